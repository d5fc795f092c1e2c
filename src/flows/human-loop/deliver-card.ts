import type { Context } from '../../context.ts';
import { type CardContent, cardContentSchema } from '../../domain/card.ts';
import type { CardLane } from '../../domain/card-lane.ts';
import type { Chat, OutgoingCard, Posted } from '../../domain/chat.ts';
import { editPaceOf } from '../../domain/edit-pace.ts';
import { asFailure, BusinessFailure, type Failure, TransientFailure } from '../../domain/errors.ts';
import type { Preferences } from '../../domain/preferences.ts';
import { isQuiet } from '../../domain/quiet-hours.ts';
import {
  type ClaimedDelivery,
  claimDelivery,
  completeDelivery,
  failDelivery,
  registerChat,
} from '../../state/card-deliveries.ts';
import { readPreferences } from '../../state/preferences.ts';

type DeliveryContext = Pick<Context, 'state' | 'log' | 'signal' | 'policy' | 'now'>;

/** A platform that has not answered by then does not answer any more. */
const sendTimeoutMs = 30_000;
/** Longer than a send may take, so that no two processes send the same. */
const leaseSeconds = 60;
/** What fails by a fault of ours is tried again a little later, and given up after that many times. */
const faultRetrySeconds = 10;
const mostFaults = 5;

export type DeliveryOutcome =
  /** Nothing is due: look again then, or when something changes. */
  | { kind: 'idle'; nextAt: Date | null }
  | { kind: 'sent' }
  /** This one card will not be shown; the others go on. */
  | { kind: 'refused'; failure: Failure }
  /** The chat could not be reached, or a person must mend something. */
  | { kind: 'failed'; failure: Failure };

export type DeliveryTurn = {
  lane: CardLane;
  worker: string;
  /** Others came through since this lane's last failure. */
  isOtherwiseWell: boolean;
};

/**
 * The agent talks in this chat from now on: cards are due there.
 * @param sender.isAlone no other process sends, so what a dead one was at is taken up at once
 */
export async function openChat(
  ctx: Pick<Context, 'state'>,
  chat: Chat,
  sender: { worker: string; isAlone: boolean },
): Promise<void> {
  await registerChat(ctx.state, chat, sender);
}

/**
 * Brings the next copy that is due in one lane of a chat up to date.
 * @throws TransientFailure `state.unreachable` and what else the database throws; never what the chat throws
 */
export async function deliverNext(
  ctx: DeliveryContext,
  chat: Chat,
  turn: DeliveryTurn,
): Promise<DeliveryOutcome> {
  const claim = await claimDelivery(ctx.state, {
    platform: chat.platform,
    channel: chat.channel,
    lane: turn.lane,
    pace: editPaceOf(chat.platform),
    worker: turn.worker,
    leaseSeconds,
  });
  if ('nextAt' in claim) return { kind: 'idle', nextAt: claim.nextAt };
  const { card } = claim;
  const held = {
    cardId: card.id,
    platform: chat.platform,
    channel: chat.channel,
    rev: card.rev,
    worker: turn.worker,
  };
  try {
    const posted = await send(ctx, chat, claim);
    await completeDelivery(ctx.state, held, posted);
    return { kind: 'sent' };
  } catch (error) {
    const failure = asFailure(error);
    const isRefused =
      failure.kind === 'business' || (failure.kind === 'system' && claim.tries + 1 >= mostFaults);
    await failDelivery(ctx.state, held, {
      error: `${failure.code}: ${failure.message}`.slice(0, 500),
      isRefused,
      mayBePosted: !isRefused && (claim.mayBePosted || mayHaveHappened(failure)),
      counts: failure.kind === 'system' || (failure.kind === 'transient' && turn.isOtherwiseWell),
      retrySeconds: failure.kind === 'system' ? faultRetrySeconds : null,
    });
    report(ctx, chat, claim, failure);
    return failure.kind === 'business' || failure.kind === 'system'
      ? { kind: 'refused', failure }
      : { kind: 'failed', failure };
  }
}

/** Being asked to wait or to mend something means that nothing was posted. */
function mayHaveHappened(failure: Failure): boolean {
  if (failure instanceof TransientFailure) return failure.retryAfterMs === undefined;
  return failure.kind === 'system';
}

function report(ctx: DeliveryContext, chat: Chat, { card }: ClaimedDelivery, failure: Failure): void {
  const where = { platform: chat.platform, subject: card.subject, rev: card.rev, code: failure.code };
  if (ctx.signal.aborted) return;
  if (failure.kind === 'transient') ctx.log.debug({ ...where, err: failure }, 'a card waits for its chat');
  else ctx.log.error({ ...where, err: failure }, 'a card could not be shown');
}

async function send(ctx: DeliveryContext, chat: Chat, claim: ClaimedDelivery): Promise<Posted> {
  const preferences = await readPreferences(ctx.state, ctx.policy.preferences);
  const card = outgoing(claim, preferences, ctx.now());
  const timeout = AbortSignal.timeout(sendTimeoutMs);
  try {
    return await chat.deliver(card, AbortSignal.any([ctx.signal, timeout]));
  } catch (error) {
    if (!ctx.signal.aborted && !timeout.aborted) throw error;
    throw new TransientFailure('The chat did not answer in time; the message is sent again.', {
      code: 'chat.timed_out',
      cause: error,
    });
  }
}

/**
 * A card as its chat gets it.
 * @throws BusinessFailure `card.unknown` for facts of another version
 */
function outgoing({ card, ...copies }: ClaimedDelivery, preferences: Preferences, now: Date): OutgoingCard {
  const content = cardContentSchema.safeParse(card.content);
  if (!content.success) {
    throw new BusinessFailure('This message was written by another version, so it is not shown.', {
      code: 'card.unknown',
      cause: content.error,
    });
  }
  const isWithheld = (isQuiet(preferences, now) && !card.isUrgent) || isSettled(content.data);
  return {
    id: card.id,
    rev: card.rev,
    content: content.data,
    surface: card.surface,
    previous: postedOf(copies.previous),
    mayBePosted: copies.mayBePosted,
    parent: postedOf(copies.parent),
    mention: isWithheld ? 'nobody' : card.mention,
    isPinned: card.isPinned,
    preferences,
  };
}

/** Nobody has to look any more. */
function isSettled(content: CardContent): boolean {
  return content.kind === 'decision' && content.status !== 'open';
}

function postedOf(copy: ClaimedDelivery['previous']): Posted | null {
  if (copy === null || copy.messageId === null) return null;
  return { messageId: copy.messageId, threadId: copy.threadId, memory: copy.memory };
}
