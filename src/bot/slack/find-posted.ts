import type { WebClient } from '@slack/web-api';
import { z } from 'zod';
import { orAbort } from './clients.ts';
import { slackErrorOf, slackFailure } from './slack-failure.ts';

/** Messages of ours carry this, so that they are found again. */
export const cardEvent = 'kaggle_card';
const pageSize = 200;
const mostPages = 5;
/** Nothing is posted again for longer than an outage lasts. */
const lookBackMs = 24 * 3_600_000;

const pageSchema = z.looseObject({
  messages: z
    .array(
      z.looseObject({
        ts: z.string(),
        metadata: z
          .looseObject({
            event_type: z.string().optional(),
            event_payload: z.looseObject({ card_id: z.unknown() }).optional(),
          })
          .nullish(),
      }),
    )
    .default([]),
  response_metadata: z.looseObject({ next_cursor: z.string().optional() }).nullish(),
});

/**
 * Looks for a card that may have been posted without our knowing.
 * @returns the message's ts; null where there is none
 * @throws Failure where Slack does not let us look: posting blindly could say it twice
 */
export async function findPosted(
  client: WebClient,
  { cardId, channel, threadTs, now }: { cardId: string; channel: string; threadTs: string | null; now: Date },
  signal: AbortSignal,
): Promise<string | null> {
  let cursor: string | undefined;
  for (let page = 0; page < mostPages; page += 1) {
    const asked = {
      channel,
      limit: pageSize,
      include_all_metadata: true,
      oldest: String(Math.floor((now.getTime() - lookBackMs) / 1_000)),
      ...(cursor === undefined ? {} : { cursor }),
    };
    const call =
      threadTs === null
        ? client.conversations.history(asked)
        : client.conversations.replies({ ...asked, ts: threadTs });
    const answer = await orAbort(call, signal).catch((error: unknown) => {
      signal.throwIfAborted();
      if (slackErrorOf(error) === 'thread_not_found') return { messages: [] };
      throw slackFailure(error);
    });
    const { messages, response_metadata: more } = pageSchema.parse(answer);
    const found = messages.find(
      ({ metadata }) => metadata?.event_type === cardEvent && metadata.event_payload?.card_id === cardId,
    );
    if (found !== undefined) return found.ts;
    if (more?.next_cursor === undefined || more.next_cursor === '') return null;
    cursor = more.next_cursor;
  }
  return null;
}
