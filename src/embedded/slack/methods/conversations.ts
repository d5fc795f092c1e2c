import { z } from 'zod';
import {
  knownUser,
  openDirectMessages,
  readableChannel,
  requireScope,
  scopeKind,
  seenChannel,
} from '../access.ts';
import { SlackApiError } from '../api-error.ts';
import type { SlackContext } from '../context.ts';
import { count, defineMethod, flag, type MethodTable, optionalText, page, paginate } from '../method.ts';
import type { ChannelRecord, MessageRecord } from '../records.ts';
import { wireChannel, wireMessage } from '../wire.ts';

const reading = ['channels:read', 'groups:read', 'im:read'];
const history = ['channels:history', 'groups:history', 'im:history'];

const info = defineMethod({
  tier: 3,
  scopes: reading,
  args: z.object({ channel: z.string(), include_num_members: flag }),
  run(ctx, args) {
    const channel = seenChannel(ctx, args.channel);
    requireScope(ctx, `${scopeKind(channel)}:read`);
    const members = args.include_num_members ? { num_members: membersOf(ctx, channel).length } : {};
    return { channel: { ...wireChannel(ctx, channel), ...members } };
  },
});

const join = defineMethod({
  tier: 3,
  scopes: ['channels:join'],
  args: z.object({ channel: z.string() }),
  run(ctx, args) {
    const channel = seenChannel(ctx, args.channel);
    if (channel.isPrivate) throw new SlackApiError('method_not_supported_for_channel_type');
    if (channel.isArchived) throw new SlackApiError('is_archived');
    const joined = { ...channel, isBotMember: true };
    ctx.channels.set(channel.id, joined);
    return {
      channel: wireChannel(ctx, joined),
      ...(channel.isBotMember && { warning: 'already_in_channel' }),
    };
  },
});

const open = defineMethod({
  tier: 3,
  scopes: ['im:write'],
  args: z.object({ users: optionalText, channel: optionalText, return_im: flag }),
  run(ctx, args) {
    if (args.channel !== undefined) return { channel: wireChannel(ctx, seenChannel(ctx, args.channel)) };
    const [userId, ...others] = (args.users ?? '').split(',').filter((id) => id !== '');
    if (userId === undefined) throw new SlackApiError('users_list_not_supplied');
    // More than one would be a group conversation, for which the app has no scope.
    if (others.length > 0) requireScope(ctx, 'mpim:write');
    const channel = openDirectMessages(ctx, knownUser(ctx, userId).id);
    return { channel: args.return_im ? wireChannel(ctx, channel) : { id: channel.id } };
  },
});

const range = {
  oldest: optionalText,
  latest: optionalText,
  inclusive: flag,
  include_all_metadata: flag,
  ...page,
};
type Range = {
  oldest?: string | undefined;
  latest?: string | undefined;
  inclusive: boolean;
};

const readHistory = defineMethod({
  tier: 3,
  scopes: history,
  args: z.object({ channel: z.string(), ...range, limit: count.optional() }),
  run(ctx, args) {
    const channel = readableChannel(ctx, args.channel);
    const messages = shared(ctx.messages.list(channel.id))
      .filter(({ threadTs, isBroadcast }) => threadTs === null || isBroadcast)
      .filter((message) => isWithin(message, args))
      .reverse();
    return pageOfMessages(ctx, messages, args);
  },
});

const readReplies = defineMethod({
  tier: 3,
  scopes: history,
  args: z.object({ channel: z.string(), ts: z.string(), ...range }),
  run(ctx, args) {
    const channel = readableChannel(ctx, args.channel);
    const named = ctx.messages.get(channel.id, args.ts);
    if (named === null) throw new SlackApiError('thread_not_found');
    const parent = named.threadTs === null ? named : ctx.messages.get(channel.id, named.threadTs);
    const replies = shared(ctx.messages.replies(channel.id, parent?.ts ?? args.ts));
    const inRange = replies.filter((message) => isWithin(message, args));
    return pageOfMessages(ctx, parent === null ? inRange : [parent, ...inRange], args);
  },
});

function shared(messages: readonly MessageRecord[]): MessageRecord[] {
  return messages.filter(({ ephemeralFor }) => ephemeralFor === null);
}

function isWithin({ ts }: MessageRecord, { oldest = '0', latest, inclusive }: Range): boolean {
  const at = Number(ts);
  const from = Number(oldest);
  const until = latest === undefined ? Number.POSITIVE_INFINITY : Number(latest);
  return inclusive ? at >= from && at <= until : at > from && at < until;
}

function pageOfMessages(
  ctx: SlackContext,
  messages: readonly MessageRecord[],
  args: { limit?: number | undefined; cursor?: string | undefined; include_all_metadata: boolean },
) {
  const { items, metadata } = paginate(messages, args);
  return {
    messages: items.map((message) => wireMessage(ctx, message, args.include_all_metadata)),
    has_more: metadata.next_cursor !== '',
    pin_count: 0,
    response_metadata: metadata,
  };
}

const members = defineMethod({
  tier: 4,
  scopes: reading,
  args: z.object({ channel: z.string(), ...page }),
  run(ctx, args) {
    const channel = seenChannel(ctx, args.channel);
    requireScope(ctx, `${scopeKind(channel)}:read`);
    const { items, metadata } = paginate(membersOf(ctx, channel), args);
    return { members: items, response_metadata: metadata };
  },
});

function membersOf(ctx: SlackContext, { userIds, isBotMember }: ChannelRecord): string[] {
  const people = userIds ?? ctx.users.values().map(({ id }) => id);
  return isBotMember ? [...people, ctx.identity.botUserId] : [...people];
}

type Kind = { scope: string; matches(channel: ChannelRecord): boolean };

const kinds: Readonly<Record<string, Kind>> = {
  public_channel: { scope: 'channels:read', matches: ({ isPrivate }) => !isPrivate },
  private_channel: { scope: 'groups:read', matches: ({ isPrivate, isIm }) => isPrivate && !isIm },
  im: { scope: 'im:read', matches: ({ isIm }) => isIm },
  mpim: { scope: 'mpim:read', matches: () => false },
};

const list = defineMethod({
  tier: 2,
  scopes: reading,
  args: z.object({ types: z.string().default('public_channel'), exclude_archived: flag, ...page }),
  run(ctx, args) {
    const wanted = args.types.split(',').map((type) => {
      const kind = kinds[type.trim()];
      if (kind === undefined) throw new SlackApiError('invalid_types');
      requireScope(ctx, kind.scope);
      return kind;
    });
    const channels = ctx.channels
      .values()
      .filter((channel) => !channel.isPrivate || channel.isBotMember)
      .filter((channel) => wanted.some((kind) => kind.matches(channel)))
      .filter(({ isArchived }) => !(args.exclude_archived && isArchived));
    const { items, metadata } = paginate(channels, args);
    return { channels: items.map((channel) => wireChannel(ctx, channel)), response_metadata: metadata };
  },
});

export const conversationMethods: MethodTable = {
  'conversations.info': info,
  'conversations.join': join,
  'conversations.open': open,
  'conversations.history': readHistory,
  'conversations.replies': readReplies,
  'conversations.members': members,
  'conversations.list': list,
};
