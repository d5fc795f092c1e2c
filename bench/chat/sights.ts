import { setTimeout as sleep } from 'node:timers/promises';
import type { PeopleSide } from './people-side.ts';

export const platforms = ['slack', 'discord'] as const;
export type Platform = (typeof platforms)[number];

/** A message that a platform was asked to post or to rewrite. */
export type Sight = {
  change: 'post' | 'edit';
  /** Into the thread below a message. */
  isReply: boolean;
  /** Of the message; null for a post, whose id only the answer tells. */
  messageId: string | null;
  text: string;
  /** When the platform had done it, in milliseconds. */
  atMs: number;
  isRefused: boolean;
  /** As it was sent, for doing the same by hand. */
  sent: Readonly<Record<string, unknown>>;
};

/** Everything that the agent has posted and rewritten on a platform so far, in order. */
export function sightsOn({ slack, discord }: PeopleSide, platform: Platform): Sight[] {
  return platform === 'slack' ? slackSights(slack) : discordSights(discord);
}

function slackSights({ workspace, home }: PeopleSide['slack']): Sight[] {
  return workspace.calls().flatMap(({ method, at, args, error }): Sight[] => {
    if (args.channel !== home || !/^chat\.(postMessage|update)$/.test(method)) return [];
    return [
      {
        change: method === 'chat.update' ? 'edit' : 'post',
        isReply: args.thread_ts !== undefined,
        messageId: typeof args.ts === 'string' ? args.ts : null,
        text: JSON.stringify(args),
        atMs: at.getTime(),
        isRefused: error !== null,
        sent: args,
      },
    ];
  });
}

function discordSights({ server, home, other }: PeopleSide['discord']): Sight[] {
  return server.calls.flatMap(({ method, path, body, status, atMs }): Sight[] => {
    const [, channel = '', messageId = null] = /^\/channels\/(\d+)\/messages(?:\/(\d+))?$/.exec(path) ?? [];
    const change = ({ POST: 'post', PATCH: 'edit' } as const)[method];
    if (change === undefined || channel === '' || channel === other) return [];
    return [
      {
        change,
        isReply: channel !== home,
        messageId,
        text: JSON.stringify(body),
        atMs,
        isRefused: status !== 200,
        sent: Object.fromEntries(Object.entries(body ?? {})),
      },
    ];
  });
}

const lookEveryMs = 10;
const patienceMs = 60_000;

/** Waits on both platforms for the first of such a message after a moment. @returns when each showed it */
export async function awaitOnBoth(
  people: PeopleSide,
  sinceMs: number,
  isIt: (sight: Sight, platform: Platform) => boolean,
  signal: AbortSignal,
): Promise<Record<Platform, Sight>> {
  const find = (platform: Platform) =>
    sightsOn(people, platform).find((one) => one.atMs >= sinceMs && !one.isRefused && isIt(one, platform));
  for (const givenUpAt = Date.now() + patienceMs; Date.now() < givenUpAt; ) {
    const [slack, discord] = [find('slack'), find('discord')];
    if (slack !== undefined && discord !== undefined) return { slack, discord };
    await sleep(lookEveryMs, undefined, { signal });
  }
  throw new Error('something was not shown on both platforms');
}

/** Calls that a platform refused for haste. */
export function refusedForHaste({ slack, discord }: PeopleSide, platform: Platform): string[] {
  return platform === 'slack'
    ? slack.workspace.calls().flatMap(({ method, error }) => (error === 'ratelimited' ? [method] : []))
    : discord.server.calls.flatMap(({ method, path, status }) => {
        return status === 429 ? [`${method} ${path.replace(/\d{5,}/g, ':id')}`] : [];
      });
}
