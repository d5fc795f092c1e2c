import { type REST, Routes } from 'discord.js';
import { z } from 'zod';
import type { Attached } from './pictures.ts';
import type { RenderedCard } from './render-card.ts';

const messageSchema = z.object({
  id: z.string(),
  channel_id: z.string(),
  author: z.object({ id: z.string() }),
  attachments: z.array(z.object({ id: z.string() })).default([]),
  components: z.array(z.unknown()).default([]),
});

export type SentMessage = {
  id: string;
  channelId: string;
  authorId: string;
  /** Of its files, in their order. */
  attachmentIds: readonly string[];
  components: readonly unknown[];
};

export type Body = RenderedCard & {
  files: readonly Attached[];
  /** Files that stay from before; null: none, or none that are known. */
  kept: readonly string[] | null;
  /** Roles that are notified. */
  notify: readonly string[];
};

/** @param nonce twice the same within minutes gives the first message again */
export async function postMessage(
  rest: REST,
  channelId: string,
  { nonce, ...body }: Body & { nonce: string },
  signal: AbortSignal,
): Promise<SentMessage> {
  const request = requestOf(body);
  const answer = await rest.post(Routes.channelMessages(channelId), {
    ...request,
    body: { ...request.body, nonce, enforce_nonce: true },
    signal,
  });
  return readMessage(answer);
}

export async function editMessage(
  rest: REST,
  { channelId, messageId }: { channelId: string; messageId: string },
  body: Body,
  signal: AbortSignal,
): Promise<SentMessage> {
  const answer = await rest.patch(Routes.channelMessage(channelId, messageId), {
    ...requestOf(body),
    signal,
  });
  return readMessage(answer);
}

/** Newest first. */
export async function recentMessages(
  rest: REST,
  channelId: string,
  signal: AbortSignal,
): Promise<readonly SentMessage[]> {
  const query = new URLSearchParams({ limit: '100' });
  const answer = await rest.get(Routes.channelMessages(channelId), { query, signal });
  return z.array(z.unknown()).parse(answer).map(readMessage);
}

/**
 * As the REST interface wants it. Each new file is named in the list too: without that, an edit cannot show it.
 * Source: docs.discord.com, "Reference", "Uploading Files"; discord/discord-api-docs issue 7529
 */
export function requestOf({ components, flags, files, kept, notify }: Body) {
  const fresh = files.map(({ name, description }, index) => ({
    id: String(index),
    filename: name,
    ...(description === null ? {} : { description }),
  }));
  return {
    body: {
      components,
      flags,
      allowed_mentions: { parse: [], roles: [...notify] },
      attachments: [...(kept ?? []).map((id) => ({ id })), ...fresh],
    },
    files: files.map(({ name, data, contentType }) => ({ name, data, contentType })),
  };
}

function readMessage(answer: unknown): SentMessage {
  const { id, channel_id, author, attachments, components } = messageSchema.parse(answer);
  const listed = attachments.map((one) => one.id);
  return {
    id,
    channelId: channel_id,
    authorId: author.id,
    attachmentIds: listed.length > 0 ? listed : attachmentIdsIn(components),
    components,
  };
}

const holderSchema = z.object({
  attachment_id: z.string().optional(),
  media: z.unknown().optional(),
  file: z.unknown().optional(),
  items: z.array(z.unknown()).optional(),
  components: z.array(z.unknown()).optional(),
});

/**
 * Files that components show are named there and not in the message's own list.
 * Source: discord/discord-api-docs issue 8277 and pull request 7611
 */
function attachmentIdsIn(parts: readonly unknown[]): string[] {
  return parts.flatMap((part) => {
    const parsed = holderSchema.safeParse(part);
    if (!parsed.success) return [];
    const { attachment_id, media, file, items, components } = parsed.data;
    const inside = [media, file].filter((one) => one !== undefined);
    const own = attachment_id === undefined ? [] : [attachment_id];
    return [...own, ...attachmentIdsIn([...inside, ...(items ?? []), ...(components ?? [])])];
  });
}
