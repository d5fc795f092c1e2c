import { z } from 'zod';
import type { CardLane } from '../domain/card-lane.ts';
import type { Posted } from '../domain/chat.ts';
import type { EditPace } from '../domain/edit-pace.ts';
import { deliveryRow, plainCardRow } from './cards.ts';
import type { StatePort } from './port.ts';
import { row, timestamp } from './row.ts';

type ChatKey = { platform: string; channel: string };

const chatRow = row({
  platform: z.string(),
  channel: z.string(),
  canAnswer: z.boolean(),
  since: timestamp,
  seenAt: timestamp,
});
export type ChatRow = z.output<typeof chatRow>;

/**
 * From now on cards are due in this chat. One that is new, or was left out for a day while others were not, gets
 * what still matters and nothing of the past.
 */
export function registerChat(
  state: StatePort,
  chat: ChatKey & { canAnswer: boolean },
  options: {
    worker?: string;
    /** No other process sends, so what others had claimed is free at once. */
    isAlone?: boolean;
    now?: Date;
  } = {},
): Promise<ChatRow> {
  return state.call(
    'register_chat',
    {
      p_platform: chat.platform,
      p_channel: chat.channel,
      p_can_answer: chat.canAnswer,
      p_worker: options.worker ?? '',
      p_is_alone: options.isAlone ?? false,
      p_now: options.now ?? null,
    },
    chatRow,
  );
}

const claimedSchema = z.object({
  card: plainCardRow,
  previous: deliveryRow.nullable(),
  parent: deliveryRow.nullable(),
  mayBePosted: z.boolean(),
  /** Failures of this card while others came through. */
  tries: z.number().int(),
});
const claimAnswer = z.union([claimedSchema, z.object({ nextAt: timestamp.nullable() })]);
export type ClaimedDelivery = z.output<typeof claimedSchema>;

/**
 * Claims the next copy to bring up to date in one lane of one chat, under a lease: one at a time, whichever process.
 * @param now the moment by which everything is decided; the database's clock by default
 * @returns when to look again, where nothing is due now; null: when something changes
 */
export function claimDelivery(
  state: StatePort,
  input: ChatKey & { lane: CardLane; pace: EditPace; worker: string; leaseSeconds: number; now?: Date },
): Promise<ClaimedDelivery | { nextAt: Date | null }> {
  return state.call(
    'claim_delivery',
    {
      p_platform: input.platform,
      p_channel: input.channel,
      p_lane: input.lane,
      p_pace: input.pace,
      p_worker: input.worker,
      p_lease_seconds: input.leaseSeconds,
      p_now: input.now ?? null,
    },
    claimAnswer,
  );
}

type Held = ChatKey & { cardId: string; rev: number; worker: string; now?: Date };

/** The chat shows this revision. @returns false where another process has taken the copy over. */
export async function completeDelivery(state: StatePort, held: Held, posted: Posted): Promise<boolean> {
  const done = await state.call(
    'complete_delivery',
    {
      ...heldArguments(held),
      p_message_id: posted.messageId,
      p_thread_id: posted.threadId,
      p_memory: posted.memory,
    },
    deliveryRow.nullable(),
  );
  return done !== null;
}

/** The chat does not show it, or nobody knows. */
export async function failDelivery(
  state: StatePort,
  held: Held,
  failure: {
    error: string;
    /** This revision is never shown. */
    isRefused: boolean;
    /** The call may have taken effect. */
    mayBePosted: boolean;
    /** Others came through meanwhile, so it is this card's own fault. */
    counts: boolean;
    retrySeconds: number | null;
  },
): Promise<void> {
  await state.call(
    'fail_delivery',
    {
      ...heldArguments(held),
      p_error: failure.error,
      p_is_refused: failure.isRefused,
      p_may_be_posted: failure.mayBePosted,
      p_counts: failure.counts,
      p_retry_seconds: failure.retrySeconds,
    },
    deliveryRow.nullable(),
  );
}

function heldArguments(held: Held) {
  return {
    p_card_id: held.cardId,
    p_platform: held.platform,
    p_channel: held.channel,
    p_worker: held.worker,
    p_rev: held.rev,
    p_now: held.now ?? null,
  };
}
