import { DefaultRestOptions, REST, type RESTOptions } from 'discord.js';
import { z } from 'zod';
import { OldMessageRefused } from './failure-of.ts';

const requestTimeoutMs = 15_000;
/** A short wait is cheaper than a failed send; what takes longer is for the sender to plan. */
const longestWaitMs = 3_000;
const tooManyOldEdits = 30_046;
const refusalSchema = z.object({ code: z.number() });

export type DiscordApi = {
  /** Waits a little where Discord asks for it. */
  patient: REST;
  /** Never waits: only the newest state of a living message is worth sending. */
  living: REST;
};

/**
 * Two clients, so that a throttled living message does not hold up a decision. Neither repeats a call by itself:
 * the sender knows whether it may have taken effect.
 */
export function createApi({ token, apiUrl }: { token: string; apiUrl: string }): DiscordApi {
  const make = (rejectOnRateLimit: RESTOptions['rejectOnRateLimit']) => {
    const rest = new REST({
      api: apiUrl,
      version: '10',
      retries: 0,
      timeout: requestTimeoutMs,
      rejectOnRateLimit,
      makeRequest: requestWithRefusals,
      // Few routes, and no timers that somebody would have to stop.
      hashSweepInterval: 0,
      handlerSweepInterval: 0,
    });
    return rest.setToken(token);
  };
  return {
    patient: make(({ retryAfter }) => retryAfter > longestWaitMs),
    living: make(() => true),
  };
}

/**
 * The client treats every 429 alike; the one for old messages must be told apart, since waiting does not help.
 * @throws OldMessageRefused
 */
const requestWithRefusals: RESTOptions['makeRequest'] = async (url, init) => {
  const response = await DefaultRestOptions.makeRequest(url, init);
  if (response.status !== 429) return response;
  const refusal = refusalSchema.safeParse(await response.json().catch(() => null));
  if (refusal.data?.code === tooManyOldEdits) throw new OldMessageRefused('changed too often');
  return response;
};
