import { z } from 'zod';
import {
  type AnyComponent,
  allComponents,
  classicComponents,
  countProblems,
  layoutComponents,
  withIds,
} from './component-rules.ts';
import { invalidBody, Refusal } from './refusal.ts';
import { type DiscordMessage, flags, isLayout, type StoredFile } from './world.ts';

export type Upload = { field: string; filename: string; contentType: string; bytes: Buffer };

const largestFileBytes = 10 * 1024 * 1024;

const attachment = z.strictObject({
  id: z.union([z.string(), z.number()]).transform(String),
  filename: z.string().max(1024).optional(),
  description: z.string().max(1024).nullable().optional(),
});

const bodySchema = z.strictObject({
  content: z.string().max(2000, 'Must be 2000 or fewer in length.').nullable().optional(),
  nonce: z
    .union([z.string().max(25, 'Must be 25 or fewer in length.'), z.number()])
    .transform(String)
    .optional(),
  enforce_nonce: z.boolean().optional(),
  tts: z.boolean().optional(),
  embeds: z.array(z.unknown()).max(10).optional(),
  allowed_mentions: z
    .strictObject({
      parse: z.array(z.enum(['roles', 'users', 'everyone'])).optional(),
      roles: z.array(z.string()).max(100).optional(),
      users: z.array(z.string()).max(100).optional(),
      replied_user: z.boolean().optional(),
    })
    .nullable()
    .optional(),
  components: z.array(z.unknown()).nullable().optional(),
  flags: z.number().int().nullable().optional(),
  attachments: z.array(attachment).nullable().optional(),
});

export type MessageBody = z.output<typeof bodySchema>;

/** Reads what was sent against an existing message, or for a new one. @throws Refusal */
export function applyBody(
  input: unknown,
  uploads: readonly Upload[],
  before: DiscordMessage | null,
  nextId: () => string,
): Pick<DiscordMessage, 'content' | 'components' | 'flags' | 'files'> & { body: MessageBody } {
  const parsed = bodySchema.safeParse(input);
  if (!parsed.success) throw invalidBody(parsed.error.issues);
  const body = parsed.data;
  const newFlags = mergeFlags(before, body.flags ?? 0);
  const isNewLayout = isLayout({ flags: newFlags });
  const content = body.content === undefined ? (before?.content ?? '') : (body.content ?? '');
  if (isNewLayout && (content !== '' || (body.embeds ?? []).length > 0)) {
    throw invalidBody([
      {
        path: ['content'],
        message: 'The content and embeds fields cannot be used with MessageFlags.IS_COMPONENTS_V2',
      },
    ]);
  }
  const components = readComponents(body.components ?? undefined, isNewLayout) ?? before?.components ?? [];
  const files = readFiles(body.attachments ?? undefined, uploads, before, nextId);
  checkReferences(components, files);
  const isEmpty = isNewLayout ? components.length === 0 : content === '' && files.length === 0;
  if (isEmpty && (isNewLayout || components.length === 0 || before === null)) {
    throw new Refusal(400, 50_006, 'Cannot send an empty message');
  }
  return { body, content, components, flags: newFlags, files };
}

function mergeFlags(before: DiscordMessage | null, given: number): number {
  if (before === null) return given & ~flags.loading;
  // Layout can be switched on by an edit, and never off; ephemeral stays as it was.
  return (before.flags & ~flags.loading) | (given & flags.layout);
}

function readComponents(given: unknown[] | undefined, isNewLayout: boolean): AnyComponent[] | null {
  if (given === undefined) return null;
  const schema = isNewLayout && given.length > 0 ? layoutComponents : classicComponents;
  const parsed = schema.safeParse(given);
  if (!parsed.success) {
    throw invalidBody(
      parsed.error.issues.map((issue) => ({ ...issue, path: ['components', ...issue.path] })),
    );
  }
  const components: AnyComponent[] = parsed.data;
  const problems = countProblems(components);
  if (problems.length > 0) {
    throw invalidBody(problems.map((message) => ({ path: ['components'], message })));
  }
  return withIds(components);
}

function readFiles(
  listed:
    | { id: string; filename?: string | undefined; description?: string | null | undefined }[]
    | undefined,
  uploads: readonly Upload[],
  message: DiscordMessage | null,
  nextId: () => string,
): StoredFile[] {
  const fresh = uploads.map((upload): StoredFile & { index: string } => {
    if (upload.bytes.length > largestFileBytes) {
      throw new Refusal(413, 40_005, 'Request entity too large');
    }
    const index = /^files\[(\d+)\]$/.exec(upload.field)?.[1];
    if (index === undefined) throw invalidBody([{ path: ['files'], message: 'Must be named files[n]' }]);
    const about = listed?.find(({ id }) => id === index);
    if (listed !== undefined && about === undefined) {
      throw invalidBody([{ path: ['attachments'], message: `files[${index}] is not listed` }]);
    }
    const { filename, contentType, bytes } = upload;
    return {
      index,
      id: nextId(),
      // An edit knows a new file by its name in the list alone (discord-api-docs issue 7529).
      filename: about?.filename ?? (message === null ? filename : ''),
      description: about?.description ?? null,
      contentType,
      bytes,
    };
  });
  const before = message?.files ?? [];
  const kept = listed === undefined ? before : before.filter(({ id }) => listed.some((one) => one.id === id));
  const known = new Set([...kept.map(({ id }) => id), ...fresh.map(({ index }) => index)]);
  for (const { id } of listed ?? []) {
    if (!known.has(id)) throw invalidBody([{ path: ['attachments'], message: `${id} is no attachment` }]);
  }
  return [...kept, ...fresh.map(({ index: _index, ...file }) => file)];
}

function checkReferences(components: readonly AnyComponent[], files: readonly StoredFile[]): void {
  const urls = allComponents(components).flatMap((one) => [
    ...(one.items ?? []).map(({ media }) => media.url),
    ...(one.file === undefined ? [] : [one.file.url]),
  ]);
  for (const url of urls) {
    const name = /^attachment:\/\/(.+)$/.exec(String(url))?.[1];
    if (name !== undefined && !files.some(({ filename }) => filename === name)) {
      throw invalidBody([
        { path: ['components'], message: `The referenced attachment ${name} was not found` },
      ]);
    }
  }
}

/** Ids that a message notifies: mentions in its text that `allowed_mentions` lets through. */
export function notifiedBy(
  { content, components }: Pick<DiscordMessage, 'content' | 'components'>,
  allowed: MessageBody['allowed_mentions'],
): string[] {
  const text = [
    content,
    ...allComponents(components).map((one) => (one.type === 10 ? one.content : '')),
  ].join('\n');
  const may = (kind: 'roles' | 'users' | 'everyone', id: string) =>
    allowed === undefined ||
    allowed === null ||
    (allowed.parse?.includes(kind) ?? false) ||
    (kind !== 'everyone' && (allowed[kind]?.includes(id) ?? false));
  const found = [
    ...[...text.matchAll(/<@&(\d+)>/g)].map(([, id = '']) => ({ kind: 'roles' as const, id })),
    ...[...text.matchAll(/<@!?(\d+)>/g)].map(([, id = '']) => ({ kind: 'users' as const, id })),
    ...[...text.matchAll(/@(everyone|here)/g)].map(([, id = '']) => ({ kind: 'everyone' as const, id })),
  ];
  return [...new Set(found.filter(({ kind, id }) => may(kind, id)).map(({ id }) => id))];
}
