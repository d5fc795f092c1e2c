import { z } from 'zod';
import { postableChannel } from '../access.ts';
import { refuse, SlackApiError } from '../api-error.ts';
import { parseJson } from '../blocks/check.ts';
import type { SlackContext } from '../context.ts';
import { defineMethod, json, type MethodTable, optionalText } from '../method.ts';
import { post, readContent, readThread } from '../posting.ts';
import type { FileRecord } from '../records.ts';
import { wireFile } from '../wire.ts';
import { byApp } from './chat.ts';

const getUploadUrl = defineMethod({
  tier: 4,
  scopes: ['files:write'],
  args: z.object({
    filename: z.string().min(1),
    length: z.coerce.number().int().min(1),
    // Not `alt_text`, which Slack ignores.
    alt_txt: z.string().max(1000).optional(),
    snippet_type: optionalText,
  }),
  run(ctx, args) {
    const { file, uploadToken } = ctx.files.promise({
      name: args.filename,
      sizeBytes: args.length,
      altText: args.alt_txt ?? '',
      refusals: ctx.faults.takeSlowFile() ? 1 : 0,
    });
    return { upload_url: `${ctx.origin()}/upload/v1/${uploadToken}`, file_id: file.id };
  },
});

const filesSchema = z.array(z.object({ id: z.string(), title: optionalText })).min(1);

const completeUpload = defineMethod({
  tier: 4,
  scopes: ['files:write'],
  args: z.object({
    files: json,
    channel_id: optionalText,
    thread_ts: optionalText,
    initial_comment: optionalText,
    blocks: json,
  }),
  run(ctx, args) {
    const parsed = filesSchema.safeParse(parseJson(args.files));
    if (!parsed.success) throw refuse('invalid_arguments', ['[ERROR] missing required field: files']);
    const channel = args.channel_id === undefined ? null : postableChannel(ctx, args.channel_id);
    const threadTs = channel === null ? null : readThread(ctx, channel.id, args.thread_ts);
    const hasContent = args.initial_comment !== undefined || args.blocks !== undefined;
    const content = hasContent ? readContent(ctx, { text: args.initial_comment, blocks: args.blocks }) : null;
    // Seen at Slack: this block alone breaks the call. Source: python-slack-sdk issue 1756.
    if (content?.blocks.some(({ type }) => type === 'markdown')) throw new SlackApiError('internal_error');
    const completed = parsed.data.map(({ id, title }) => complete(ctx, id, title));
    if (channel !== null) {
      const fileIds = completed.map(({ id }) => id);
      const { text, blocks } = content ?? { text: '', blocks: [] };
      post(ctx, { ...byApp(ctx), channel: channel.id, text, blocks, threadTs, fileIds });
    }
    return { files: completed.map((file) => wireFile(ctx, file)) };
  },
});

function complete(ctx: SlackContext, id: string, title: string | undefined): FileRecord {
  const file = ctx.files.complete(id, title);
  if (file === null) throw new SlackApiError('file_not_found');
  return file;
}

const info = defineMethod({
  tier: 4,
  scopes: ['files:read'],
  args: z.object({ file: z.string() }),
  run: (ctx, { file }) => ({ file: wireFile(ctx, completeFile(ctx, file)) }),
});

const deleteFile = defineMethod({
  tier: 3,
  scopes: ['files:write'],
  args: z.object({ file: z.string() }),
  run(ctx, { file }) {
    ctx.files.remove(completeFile(ctx, file).id);
    return {};
  },
});

function completeFile(ctx: SlackContext, id: string): FileRecord {
  const file = ctx.files.get(id);
  if (file?.state !== 'complete') throw new SlackApiError('file_not_found');
  return file;
}

export const fileMethods: MethodTable = {
  'files.getUploadURLExternal': getUploadUrl,
  'files.completeUploadExternal': completeUpload,
  'files.info': info,
  'files.delete': deleteFile,
};
