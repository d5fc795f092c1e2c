import type { SlackContext } from '../context.ts';
import type { Acknowledged } from '../contract.ts';
import type { Attempt, Delivery } from '../delivery.ts';

/** What every action of a person works with. */
export type Client = { ctx: SlackContext; delivery: Delivery };

/** Sends what a person did; where it fails, the person sees so. */
export async function sendInteraction(
  { ctx, delivery }: Client,
  userId: string,
  payload: unknown,
): Promise<Attempt> {
  return told(ctx, userId, await delivery.attempt('interactive', payload, firstAttempt));
}

export async function sendCommand(
  { ctx, delivery }: Client,
  userId: string,
  payload: unknown,
): Promise<Attempt> {
  return told(ctx, userId, await delivery.attempt('slash_commands', payload, firstAttempt));
}

export const firstAttempt = { retryAttempt: 0, signature: 'valid' } as const;

export function acknowledged({ isAcknowledged, elapsedMs, payload }: Attempt): Acknowledged {
  return { isAcknowledged, elapsedMs, payload };
}

function told(ctx: SlackContext, userId: string, attempt: Attempt): Attempt {
  if (attempt.failure !== null) ctx.trouble(userId, attempt.failure);
  return attempt;
}

/** @throws Error for a person or channel that is not there, or a channel that the person is not in */
export function placeOf(ctx: SlackContext, userId: string, channelId: string) {
  const user = ctx.users.get(userId);
  if (user === undefined) throw new Error(`There is no user ${userId}.`);
  const channel = ctx.channels.get(channelId);
  if (channel === undefined) throw new Error(`There is no channel ${channelId}.`);
  if (channel.userIds !== null && !channel.userIds.includes(userId)) {
    throw new Error(`${user.name} is not in the channel ${channelId}.`);
  }
  return { user, channel };
}
