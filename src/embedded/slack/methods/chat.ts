import { z } from 'zod';
import { isInChannel, knownUser, postableChannel, seenChannel } from '../access.ts';
import { SlackApiError } from '../api-error.ts';
import { checkMessageBlocks } from '../blocks/check.ts';
import type { SlackContext } from '../context.ts';
import { storedText } from '../escaping.ts';
import { defineMethod, flag, json, type MethodTable, optionalText } from '../method.ts';
import { post, readContent, readMetadata, readThread, remove, rewrite } from '../posting.ts';
import type { MessageRecord } from '../records.ts';
import { wireMessage } from '../wire.ts';

const content = {
  text: optionalText,
  blocks: json,
  attachments: json,
  markdown_text: optionalText,
};

/** Source: reference of chat.update. */
const maxUpdatedTextLength = 4000;

const postMessage = defineMethod({
  tier: 'special',
  scopes: ['chat:write'],
  args: z.object({
    channel: z.string(),
    ...content,
    thread_ts: optionalText,
    reply_broadcast: flag,
    metadata: json,
  }),
  run(ctx, args) {
    const channel = postableChannel(ctx, args.channel);
    const { text, blocks, warnings } = readContent(ctx, args);
    const metadata = readMetadata(args.metadata) ?? null;
    const threadTs = readThread(ctx, channel.id, args.thread_ts);
    const waitSeconds = ctx.limits.takePost(channel.id);
    if (waitSeconds !== null) throw new SlackApiError('ratelimited', { retryAfterSeconds: waitSeconds });
    const message = post(ctx, {
      ...byApp(ctx),
      channel: channel.id,
      text,
      blocks,
      metadata,
      threadTs,
      isBroadcast: threadTs !== null && args.reply_broadcast,
    });
    return {
      channel: channel.id,
      ts: message.ts,
      message: wireMessage(ctx, message, true),
      ...(warnings.length > 0 && { warning: warnings.join(','), response_metadata: { warnings } }),
    };
  },
});

const update = defineMethod({
  tier: 3,
  scopes: ['chat:write'],
  args: z.object({
    channel: z.string(),
    ts: z.string(),
    ...content,
    metadata: json,
    reply_broadcast: flag,
  }),
  run(ctx, args) {
    const message = ownMessage(ctx, args.channel, args.ts, 'cant_update_message');
    if (args.text !== undefined && args.text.length > maxUpdatedTextLength)
      throw new SlackApiError('msg_too_long');
    if (ctx.channels.get(message.channel)?.isArchived) throw new SlackApiError('is_inactive');
    const metadata = readMetadata(args.metadata);
    const changed = rewrite(ctx, message, {
      ...changedContent(ctx, args),
      editedTs: ctx.clock.next(),
      ...(metadata !== undefined && { metadata }),
      ...(args.reply_broadcast && message.threadTs !== null && { isBroadcast: true }),
    });
    return {
      channel: changed.channel,
      ts: changed.ts,
      text: changed.text,
      message: wireMessage(ctx, changed, true),
    };
  },
});

/** What is not given stays: blocks go only where an empty list is given. Source: reference of chat.update. */
function changedContent(
  ctx: SlackContext,
  args: {
    text?: string | undefined;
    blocks?: unknown;
    attachments?: unknown;
    markdown_text?: string | undefined;
  },
): Partial<MessageRecord> {
  if (args.markdown_text !== undefined) {
    const { text, blocks } = readContent(ctx, args);
    return { text, blocks };
  }
  const hasBlocks = args.blocks !== undefined && args.blocks !== '';
  if (!hasBlocks && (args.text ?? '') === '' && args.attachments === undefined)
    throw new SlackApiError('no_text');
  const blocks = hasBlocks ? checkMessageBlocks(args.blocks, ctx.blockRules) : null;
  if (blocks?.length === 0 && (args.text ?? '') === '') throw new SlackApiError('no_text');
  return {
    ...(args.text !== undefined && { text: storedText(args.text) }),
    ...(blocks !== null && { blocks }),
  };
}

const deleteMessage = defineMethod({
  tier: 3,
  scopes: ['chat:write'],
  args: z.object({ channel: z.string(), ts: z.string() }),
  run(ctx, args) {
    const message = ownMessage(ctx, args.channel, args.ts, 'cant_delete_message');
    remove(ctx, message);
    return { channel: message.channel, ts: message.ts };
  },
});

const postEphemeral = defineMethod({
  tier: 4,
  scopes: ['chat:write'],
  args: z.object({ channel: z.string(), user: z.string(), ...content, thread_ts: optionalText }),
  run(ctx, args) {
    const channel = postableChannel(ctx, args.channel);
    if (!isInChannel(channel, knownUser(ctx, args.user).id)) throw new SlackApiError('user_not_in_channel');
    const { text, blocks } = readContent(ctx, args);
    const message = post(ctx, {
      ...byApp(ctx),
      channel: channel.id,
      text,
      blocks,
      threadTs: readThread(ctx, channel.id, args.thread_ts),
      ephemeralFor: args.user,
    });
    return { message_ts: message.ts };
  },
});

const getPermalink = defineMethod({
  tier: 'special',
  args: z.object({ channel: z.string(), message_ts: z.string() }),
  run(ctx, args) {
    const channel = seenChannel(ctx, args.channel);
    const message = ctx.messages.get(channel.id, args.message_ts);
    if (message === null || message.ephemeralFor !== null) throw new SlackApiError('message_not_found');
    const thread = message.threadTs === null ? '' : `?thread_ts=${message.threadTs}&cid=${channel.id}`;
    const name = `p${message.ts.replace('.', '')}`;
    return { channel: channel.id, permalink: `${ctx.publicUrl()}/archives/${channel.id}/${name}${thread}` };
  },
});

/** @throws SlackApiError `channel_not_found`, `message_not_found`, or the given error for a message of somebody else */
function ownMessage(ctx: SlackContext, channelId: string, ts: string, notOwn: string): MessageRecord {
  const channel = seenChannel(ctx, channelId);
  const message = ctx.messages.get(channel.id, ts);
  // No call reaches what one person alone sees; only a response address does.
  if (message === null || message.ephemeralFor !== null || message.isTombstone) {
    throw new SlackApiError('message_not_found');
  }
  if (!message.isBot) throw new SlackApiError(notOwn);
  return message;
}

export function byApp(ctx: SlackContext): { user: string; isBot: true } {
  return { user: ctx.identity.botUserId, isBot: true };
}

export const chatMethods: MethodTable = {
  'chat.postMessage': postMessage,
  'chat.update': update,
  'chat.delete': deleteMessage,
  'chat.postEphemeral': postEphemeral,
  'chat.getPermalink': getPermalink,
};
