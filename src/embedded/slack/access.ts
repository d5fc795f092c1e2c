import { SlackApiError } from './api-error.ts';
import type { SlackContext } from './context.ts';
import type { SlackUser } from './contract.ts';
import { makeId } from './ids.ts';
import type { ChannelRecord } from './records.ts';

/** @throws SlackApiError `missing_scope` */
export function requireScope(ctx: SlackContext, ...oneOf: readonly string[]): void {
  if (oneOf.length === 0 || oneOf.some((scope) => ctx.scopes.has(scope))) return;
  throw new SlackApiError('missing_scope', {
    needed: oneOf.join(','),
    provided: [...ctx.scopes].join(','),
  });
}

/** A channel that the app may know of. @throws SlackApiError `channel_not_found` */
export function seenChannel(ctx: SlackContext, id: string): ChannelRecord {
  const byName = id.startsWith('#') ? ctx.channels.values().find(({ name }) => `#${name}` === id) : undefined;
  const channel = ctx.channels.get(id) ?? byName;
  const isHidden = channel?.isPrivate && !channel.isIm && !channel.isBotMember;
  if (channel === undefined || isHidden) throw new SlackApiError('channel_not_found');
  return channel;
}

/**
 * A channel that the app may post in: its own, and with `chat:write.public` every public one. A person's id stands
 * for their direct messages.
 * @throws SlackApiError `channel_not_found`, `not_in_channel`, `is_archived`
 */
export function postableChannel(ctx: SlackContext, id: string): ChannelRecord {
  const user = ctx.users.get(id);
  const channel = user === undefined ? seenChannel(ctx, id) : openDirectMessages(ctx, user.id);
  if (!channel.isBotMember && !ctx.scopes.has('chat:write.public')) throw new SlackApiError('not_in_channel');
  if (channel.isArchived) throw new SlackApiError('is_archived');
  return channel;
}

/** A channel whose messages the app may read. @throws SlackApiError `channel_not_found`, `not_in_channel`, `missing_scope` */
export function readableChannel(ctx: SlackContext, id: string): ChannelRecord {
  const channel = seenChannel(ctx, id);
  requireScope(ctx, `${scopeKind(channel)}:history`);
  if (!channel.isBotMember) throw new SlackApiError('not_in_channel');
  return channel;
}

export function scopeKind({ isIm, isPrivate }: ChannelRecord): 'im' | 'groups' | 'channels' {
  if (isIm) return 'im';
  return isPrivate ? 'groups' : 'channels';
}

/** @throws SlackApiError `user_not_found` */
export function knownUser(ctx: SlackContext, id: string): SlackUser {
  const user = ctx.users.get(id);
  if (user === undefined) throw new SlackApiError('user_not_found');
  return user;
}

export function isInChannel({ userIds }: ChannelRecord, userId: string): boolean {
  return userIds === null || userIds.includes(userId);
}

/** The direct messages between the app and a person; made when they are first needed. */
export function openDirectMessages(
  ctx: Pick<SlackContext, 'channels' | 'now'>,
  userId: string,
): ChannelRecord {
  const existing = ctx.channels.values().find(({ isIm, userIds }) => isIm && userIds?.[0] === userId);
  if (existing !== undefined) return existing;
  const channel: ChannelRecord = {
    id: makeId('D'),
    name: 'directmessage',
    isPrivate: true,
    isIm: true,
    isArchived: false,
    isBotMember: true,
    userIds: [userId],
    createdAtSeconds: Math.floor(ctx.now().getTime() / 1000),
  };
  ctx.channels.set(channel.id, channel);
  return channel;
}
