import { setTimeout as wait } from 'node:timers/promises';
import type { Log } from '../../domain/log.ts';
import type { Card } from '../card.ts';
import { renderLeast, renderMessage, type SlackContent } from './render-card.ts';
import { slackErrorOf } from './slack-failure.ts';
import type { Uploads } from './uploads.ts';

/** A file is worked on for a moment after its upload; until then a message that shows it is refused. */
const fileWaitsMs = [500, 1_000, 2_000] as const;

/** Slack does not take a message of this form. */
const formErrors: ReadonlySet<string> = new Set([
  'invalid_blocks',
  'invalid_blocks_format',
  'msg_blocks_too_long',
  'block_mismatch',
  'invalid_arguments',
]);

export type Presenter = {
  /**
   * Sends a card in the best form that Slack takes: with its pictures and table, else plainer.
   * @param send one try; throws Slack's error
   */
  present<T>(
    card: Card,
    options: { bars: boolean; mentions: readonly string[]; signal: AbortSignal },
    send: (content: SlackContent) => Promise<T>,
  ): Promise<{ sent: T; files: readonly (string | null)[] }>;
};

/** Makes messages of cards. What a workspace turns out not to know is left out from then on. */
export function createPresenter({ uploads, log }: { uploads: Uploads; log: Log }): Presenter {
  let hasTables = true;

  const filesOf = async (card: Card, signal: AbortSignal): Promise<(string | null)[]> => {
    const files: (string | null)[] = [];
    for (const image of card.images) {
      try {
        files.push(await uploads.chart(image, signal));
      } catch (err) {
        signal.throwIfAborted();
        log.warn({ err }, 'a picture could not be uploaded');
        files.push(null);
      }
    }
    return files;
  };

  return {
    async present(card, { bars, mentions, signal }, send) {
      const none = card.images.map(() => null);
      const files = await filesOf(card, signal);
      const full = () => send(renderMessage(card, { files, hasTables, bars, mentions }));
      try {
        return { sent: await full(), files };
      } catch (error) {
        if (!isFormError(error)) throw error;
        if (files.some((file) => file !== null)) {
          const sent = await insist(full, signal);
          if (sent !== null) return { sent: sent.value, files };
          for (const { chart } of card.images) uploads.forget(chart);
        }
        log.warn({ err: error, kinds: kindsOf(card) }, 'slack refused the form of a message');
      }
      try {
        const plainer = renderMessage(card, { files: none, hasTables: false, bars, mentions });
        const sent = await send(plainer);
        if (card.table !== null && card.images.length === 0) hasTables = false;
        return { sent, files: none };
      } catch (error) {
        if (!isFormError(error)) throw error;
      }
      const { text } = renderMessage(card, { files: none, hasTables: false, bars, mentions });
      const least = renderLeast(card, { mentions });
      try {
        return { sent: await send({ text, blocks: least }), files: none };
      } catch (error) {
        if (!isFormError(error)) throw error;
      }
      // Words alone; without the buttons people still have the commands.
      return { sent: await send({ text, blocks: [] }), files: none };
    },
  };
}

/** Again and again while the only trouble may be that a file is not ready. */
async function insist<T>(send: () => Promise<T>, signal: AbortSignal): Promise<{ value: T } | null> {
  for (const waitMs of fileWaitsMs) {
    await wait(waitMs, undefined, { signal });
    try {
      return { value: await send() };
    } catch (error) {
      if (!isFormError(error)) throw error;
    }
  }
  return null;
}

function isFormError(error: unknown): boolean {
  return formErrors.has(slackErrorOf(error) ?? '');
}

function kindsOf(card: Card): string[] {
  return Object.entries(card)
    .filter(([, value]) => Array.isArray(value) && value.length > 0)
    .map(([name]) => name);
}
