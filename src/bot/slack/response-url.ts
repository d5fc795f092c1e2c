import { BusinessFailure, TransientFailure } from '../../domain/errors.ts';
import type { SlackContent } from './render-card.ts';

/** Slack gives five; ours are for the first answers only. */
const ownUses = 2;
const timeoutMs = 10_000;

/** The address of an interaction, at which its answers are left. */
export type ResponseUrl = {
  hasUses(): boolean;
  post(
    message: SlackContent,
    how: { audience: 'ephemeral' | 'in_channel'; replace: boolean; threadTs: string | null },
  ): Promise<void>;
  /** Takes away what was said there; never throws. */
  deleteOriginal(): Promise<void>;
};

/**
 * @param url from outside, so only Slack's own addresses (those beside `apiUrl`) are called
 * @returns null for another address
 */
export function createResponseUrl(
  url: string | null,
  { apiUrl, fetch }: { apiUrl: string; fetch: typeof globalThis.fetch },
): ResponseUrl | null {
  if (url === null || !isSlackAddress(url, apiUrl)) return null;
  let uses = 0;

  const send = async (body: object): Promise<void> => {
    uses += 1;
    let status: number;
    let text: string;
    try {
      const answer = await fetch(url, {
        method: 'POST',
        headers: { 'content-type': 'application/json; charset=utf-8' },
        body: JSON.stringify(body),
        redirect: 'error',
        signal: AbortSignal.timeout(timeoutMs),
      });
      status = answer.status;
      text = (await answer.text()).slice(0, 300);
    } catch (cause) {
      throw new TransientFailure('Slack does not answer.', { code: 'slack.unreachable', cause });
    }
    if (status === 200 && !text.includes('"ok":false')) return;
    throw new BusinessFailure('Slack did not take an answer.', {
      code: 'slack.response_refused',
      details: { status, slack: /[a-z]+(?:_[a-z]+)+/.exec(text)?.[0] ?? null },
    });
  };

  return {
    hasUses: () => uses < ownUses,
    post: ({ text, blocks }, { audience, replace, threadTs }) =>
      send({
        response_type: audience,
        replace_original: replace,
        text,
        blocks,
        unfurl_links: false,
        ...(threadTs === null ? {} : { thread_ts: threadTs }),
      }),
    deleteOriginal: () => send({ delete_original: true }).catch(() => undefined),
  };
}

function isSlackAddress(url: string, apiUrl: string): boolean {
  const asked = URL.parse(url);
  const api = URL.parse(apiUrl);
  if (asked === null || api === null) return false;
  if (asked.origin === api.origin) return true;
  const domain = /(?:^|\.)(slack(?:-gov)?\.com)$/.exec(api.hostname)?.[1];
  return domain !== undefined && asked.protocol === 'https:' && asked.hostname === `hooks.${domain}`;
}
