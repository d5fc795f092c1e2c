import type { KnownBlock } from '@slack/types';
import { z } from 'zod';
import { SlackApiError } from './api-error.ts';
import { checkMessageBlocks, parseJson } from './blocks/check.ts';
import type { SlackContext } from './context.ts';
import { storedText } from './escaping.ts';
import type { NewMessage } from './messages.ts';
import type { MessageRecord } from './records.ts';
import { wireMessage } from './wire.ts';

/** What a call says a message is to contain, before anything is checked. */
export type RawContent = {
  text?: string | undefined;
  blocks?: unknown;
  attachments?: unknown;
  markdown_text?: string | undefined;
};

export type Content = { text: string; blocks: KnownBlock[]; warnings: readonly string[] };

/** Longer texts are cut off. Source: reference of chat.postMessage. */
const truncatedAt = 40_000;
const maxMarkdownLength = 12_000;
const maxAttachments = 100;

/**
 * @throws SlackApiError `no_text`, `markdown_text_conflict`, `msg_too_long`, `too_many_attachments`,
 *   `invalid_attachments`, and the errors of blocks
 */
export function readContent(ctx: SlackContext, raw: RawContent): Content {
  const hasBlocks = raw.blocks !== undefined && raw.blocks !== '';
  const blocks = hasBlocks ? checkMessageBlocks(raw.blocks, ctx.blockRules) : [];
  const attachments = readAttachments(raw.attachments);
  if (raw.markdown_text !== undefined) {
    if (raw.text !== undefined || hasBlocks) throw new SlackApiError('markdown_text_conflict');
    if (raw.markdown_text.length > maxMarkdownLength) throw new SlackApiError('msg_too_long');
    const markdown: KnownBlock = { type: 'markdown', text: raw.markdown_text, block_id: 'markdown' };
    return { text: storedText(raw.markdown_text), blocks: [markdown], warnings: [] };
  }
  const text = raw.text ?? '';
  if (text === '' && blocks.length === 0 && attachments === 0) throw new SlackApiError('no_text');
  const isLong = text.length > truncatedAt;
  return {
    text: storedText(isLong ? text.slice(0, truncatedAt) : text),
    blocks,
    warnings: isLong ? ['message_truncated'] : [],
  };
}

function readAttachments(raw: unknown): number {
  if (raw === undefined || raw === '') return 0;
  const attachments = parseJson(raw);
  if (!Array.isArray(attachments)) throw new SlackApiError('invalid_attachments');
  if (attachments.length > maxAttachments) throw new SlackApiError('too_many_attachments');
  return attachments.length;
}

const flatValue = z.union([z.string(), z.number(), z.boolean()]);
const flatObject = z.record(z.string(), flatValue);
const metadataSchema = z.strictObject({
  event_type: z.string().min(1).max(255),
  event_payload: z.record(z.string(), z.union([flatValue, flatObject, z.array(flatObject)])),
});
/** Seen in use, not documented. */
const maxMetadataBytes = 16_000;

/**
 * @returns undefined where nothing was said, null where metadata is to be removed
 * @throws SlackApiError `invalid_metadata_format`, `invalid_metadata_schema`, `metadata_too_large`
 */
export function readMetadata(raw: unknown): MessageRecord['metadata'] | undefined {
  if (raw === undefined || raw === '') return undefined;
  const value = parseJson(raw);
  if (typeof value !== 'object' || value === null) throw new SlackApiError('invalid_metadata_format');
  if (Object.keys(value).length === 0) return null;
  const parsed = metadataSchema.safeParse(value);
  if (!parsed.success) throw new SlackApiError('invalid_metadata_schema');
  if (Buffer.byteLength(JSON.stringify(value)) > maxMetadataBytes)
    throw new SlackApiError('metadata_too_large');
  return parsed.data;
}

/**
 * The thread that a reply goes to: a reply to a reply goes to its thread.
 * @throws SlackApiError `thread_not_found`, `cannot_reply_to_message` for what one person alone sees
 */
export function readThread(ctx: SlackContext, channel: string, ts: string | undefined): string | null {
  if (ts === undefined || ts === '') return null;
  const parent = ctx.messages.get(channel, ts);
  if (parent === null) throw new SlackApiError('thread_not_found');
  if (parent.ephemeralFor !== null) throw new SlackApiError('cannot_reply_to_message');
  return parent.threadTs ?? parent.ts;
}

/** Posts a message and tells clients and, in direct messages, the app itself. */
export function post(ctx: SlackContext, message: NewMessage): MessageRecord {
  const posted = ctx.messages.add(message);
  tell(ctx, posted, 'posted');
  if (posted.isBot) echo(ctx, posted, wireMessage(ctx, posted));
  return posted;
}

/** Writes a message anew. */
export function rewrite(
  ctx: SlackContext,
  before: MessageRecord,
  change: Partial<MessageRecord>,
): MessageRecord {
  const after: MessageRecord = { ...before, ...change };
  ctx.messages.update(after);
  tell(ctx, after, 'changed');
  echo(ctx, after, {
    type: 'message',
    subtype: 'message_changed',
    hidden: true,
    ts: after.editedTs ?? after.ts,
    message: wireMessage(ctx, after),
    previous_message: wireMessage(ctx, before),
  });
  return after;
}

/** Removes a message; a parent of replies leaves a placeholder. */
export function remove(ctx: SlackContext, message: MessageRecord): void {
  const { channel, ts } = message;
  ctx.pins.delete(`${channel}/${ts}`);
  if (ctx.messages.replies(channel, ts).length > 0) {
    const placeholder = { text: 'This message was deleted.', blocks: [], fileIds: [], metadata: null };
    ctx.messages.update({ ...message, ...placeholder, isTombstone: true });
  } else {
    ctx.messages.remove(channel, ts);
  }
  tell(ctx, message, 'deleted');
}

function tell(ctx: SlackContext, message: MessageRecord, change: 'posted' | 'changed' | 'deleted'): void {
  const { channel, ts, ephemeralFor } = message;
  ctx.emit({ type: 'message', channel, ts, change, ephemeralFor });
}

/** Apps that listen to direct messages hear themselves too. Source: Slack, message.im. */
function echo(
  ctx: SlackContext,
  { channel, ephemeralFor }: MessageRecord,
  event: Record<string, unknown>,
): void {
  if (ephemeralFor !== null || !ctx.channels.get(channel)?.isIm) return;
  void ctx.sendEvent({ ...event, channel, channel_type: 'im', event_ts: event.ts });
}
