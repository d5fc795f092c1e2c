import { z } from 'zod';
import { SlackApiError } from './api-error.ts';
import { parseJson } from './blocks/check.ts';
import type { SlackContext } from './context.ts';
import { flag } from './method.ts';
import { type Content, post, readContent, readMetadata, readThread, remove, rewrite } from './posting.ts';
import type { MessageRecord } from './records.ts';
import type { ResponseTarget } from './response-urls.ts';

const bodySchema = z.object({
  text: z.string().optional(),
  blocks: z.unknown().optional(),
  attachments: z.unknown().optional(),
  response_type: z.enum(['ephemeral', 'in_channel']).default('ephemeral'),
  replace_original: flag,
  delete_original: flag,
  thread_ts: z.string().optional(),
  metadata: z.unknown().optional(),
});
type Body = z.output<typeof bodySchema>;

/** Answers a POST to a response address, as Slack does: status and body. */
export function respond(ctx: SlackContext, id: string, rawBody: string): { status: number; body: string } {
  const target = ctx.responseUrls.use(id);
  if (typeof target === 'string') return { status: 404, body: JSON.stringify({ ok: false, error: target }) };
  const body = bodySchema.safeParse(parseJson(rawBody));
  if (!body.success) return { status: 400, body: 'invalid_payload' };
  try {
    applyResponse(ctx, target, body.data);
    return { status: 200, body: 'ok' };
  } catch (error) {
    if (!(error instanceof SlackApiError)) throw error;
    return { status: 400, body: JSON.stringify({ ok: false, error: error.error, ...error.fields }) };
  }
}

/**
 * What the acknowledgement of a slash command says: nothing, a text or a message.
 * @returns whether it could be shown
 */
export function answerCommand(
  ctx: SlackContext,
  target: ResponseTarget,
  payload: unknown,
  typed: string,
): boolean {
  const given = typeof payload === 'string' ? { text: payload } : payload;
  const body = bodySchema.safeParse(given);
  if (!body.success) return false;
  const isEmpty = [body.data.text, body.data.blocks, body.data.attachments].every(
    (part) => part === undefined,
  );
  if (body.data.response_type === 'in_channel') {
    // Everybody sees what was typed, too.
    post(ctx, { channel: target.channel, user: target.userId, isBot: false, text: typed });
  }
  if (isEmpty) return true;
  try {
    applyResponse(ctx, target, body.data);
    return true;
  } catch (error) {
    if (error instanceof SlackApiError) return false;
    throw error;
  }
}

function applyResponse(ctx: SlackContext, target: ResponseTarget, body: Body): void {
  const { original } = target;
  const message = original === null ? null : ctx.messages.get(original.channel, original.ts);
  if (body.delete_original) {
    if (message !== null) remove(ctx, message);
    return;
  }
  const content = readContent(ctx, body);
  if (body.replace_original && message !== null) replace(ctx, message, content, body);
  else answer(ctx, target, content, body);
}

function replace(ctx: SlackContext, message: MessageRecord, content: Content, body: Body): void {
  const metadata = readMetadata(body.metadata);
  rewrite(ctx, message, {
    text: content.text,
    blocks: content.blocks,
    editedTs: message.ephemeralFor === null ? ctx.clock.next() : null,
    ...(metadata !== undefined && { metadata }),
  });
}

function answer(ctx: SlackContext, target: ResponseTarget, content: Content, body: Body): void {
  const posted = post(ctx, {
    channel: target.channel,
    user: ctx.identity.botUserId,
    isBot: true,
    text: content.text,
    blocks: content.blocks,
    metadata: readMetadata(body.metadata) ?? null,
    threadTs: readThread(ctx, target.channel, body.thread_ts),
    ephemeralFor: body.response_type === 'ephemeral' ? target.userId : null,
  });
  if (target.isCommand) target.original = { channel: posted.channel, ts: posted.ts };
}
