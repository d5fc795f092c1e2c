import { z } from 'zod';
import { postableChannel } from '../access.ts';
import { SlackApiError } from '../api-error.ts';
import type { SlackContext } from '../context.ts';
import { makeId } from '../ids.ts';
import { defineMethod, flag, json, type MethodTable, optionalText, page, paginate } from '../method.ts';
import { post, readContent, readThread } from '../posting.ts';
import type { ScheduledRecord } from '../records.ts';
import { byApp } from './chat.ts';

/** Source: reference of chat.scheduleMessage. */
const maxAheadSeconds = 120 * 24 * 3600;
/** At most 30 messages in five minutes in one channel. */
const windowSeconds = 300;
const maxInWindow = 30;

const schedule = defineMethod({
  tier: 3,
  scopes: ['chat:write'],
  args: z.object({
    channel: z.string(),
    post_at: z.coerce.number().int(),
    text: optionalText,
    blocks: json,
    attachments: json,
    thread_ts: optionalText,
    reply_broadcast: flag,
  }),
  run(ctx, args) {
    const channel = postableChannel(ctx, args.channel);
    const { text, blocks } = readContent(ctx, args);
    const nowSeconds = Math.floor(ctx.now().getTime() / 1000);
    if (args.post_at <= nowSeconds) throw new SlackApiError('time_in_past');
    if (args.post_at > nowSeconds + maxAheadSeconds) throw new SlackApiError('time_too_far');
    const near = ctx.scheduled
      .values()
      .filter((other) => other.channel === channel.id)
      .filter(({ postAtSeconds }) => Math.abs(postAtSeconds - args.post_at) < windowSeconds);
    if (near.length >= maxInWindow) throw new SlackApiError('restricted_too_many');
    const scheduled: ScheduledRecord = {
      id: makeId('Q'),
      channel: channel.id,
      postAtSeconds: args.post_at,
      createdAtSeconds: nowSeconds,
      text,
      blocks,
      threadTs: readThread(ctx, channel.id, args.thread_ts),
    };
    ctx.scheduled.set(scheduled.id, scheduled);
    return {
      channel: channel.id,
      scheduled_message_id: scheduled.id,
      post_at: args.post_at,
      message: { text },
    };
  },
});

const list = defineMethod({
  tier: 3,
  args: z.object({ channel: optionalText, ...page }),
  run(ctx, args) {
    const wanted = ctx.scheduled
      .values()
      .filter(({ channel }) => args.channel === undefined || channel === args.channel);
    const { items, metadata } = paginate(wanted, args);
    return {
      scheduled_messages: items.map(({ id, channel, postAtSeconds, createdAtSeconds, text }) => ({
        id,
        channel_id: channel,
        post_at: postAtSeconds,
        date_created: createdAtSeconds,
        text,
      })),
      response_metadata: metadata,
    };
  },
});

const deleteScheduled = defineMethod({
  tier: 3,
  scopes: ['chat:write'],
  args: z.object({ channel: z.string(), scheduled_message_id: z.string() }),
  run(ctx, args) {
    const scheduled = ctx.scheduled.get(args.scheduled_message_id);
    if (scheduled?.channel !== args.channel) throw new SlackApiError('invalid_scheduled_message_id');
    ctx.scheduled.delete(scheduled.id);
    return {};
  },
});

/** Posts what is due; a channel that went away meanwhile swallows it. */
export function postDue(ctx: SlackContext): void {
  const nowSeconds = ctx.now().getTime() / 1000;
  for (const due of ctx.scheduled.values().filter(({ postAtSeconds }) => postAtSeconds <= nowSeconds)) {
    ctx.scheduled.delete(due.id);
    const { channel, text, blocks, threadTs } = due;
    if (ctx.channels.get(channel)?.isArchived === false) {
      post(ctx, { ...byApp(ctx), channel, text, blocks, threadTs });
    }
  }
}

export const scheduleMethods: MethodTable = {
  'chat.scheduleMessage': schedule,
  'chat.scheduledMessages.list': list,
  'chat.deleteScheduledMessage': deleteScheduled,
};
