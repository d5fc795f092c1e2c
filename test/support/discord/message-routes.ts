import { z } from 'zod';
import { applyBody, notifiedBy, type Upload } from './message-rules.ts';
import type { createRateLimits } from './rate-limits.ts';
import { invalidBody, Refusal, unknown } from './refusal.ts';
import {
  channelJson,
  type DiscordMessage,
  messageJson,
  needPermission,
  permissionBits,
  type World,
} from './world.ts';

export type Answer = { status: number; body?: unknown };
export type Input = { query: URLSearchParams; body: unknown; uploads: readonly Upload[] };
type RateLimits = ReturnType<typeof createRateLimits>;

/** Discord says "a few minutes". */
const nonceMs = 3 * 60_000;
const mostPins = 250;

const threadSchema = z.strictObject({
  name: z.string().min(1).max(100),
  auto_archive_duration: z
    .union([z.literal(60), z.literal(1440), z.literal(4320), z.literal(10_080)])
    .optional(),
  rate_limit_per_user: z.number().optional(),
});
const channelPatchSchema = z.strictObject({
  name: z.string().min(1).max(100).optional(),
  archived: z.boolean().optional(),
  locked: z.boolean().optional(),
  auto_archive_duration: z.number().optional(),
});

export function storeMessage(
  world: World,
  input: Input,
  about: Pick<DiscordMessage, 'channelId' | 'ephemeralFor' | 'interactionId'>,
): DiscordMessage {
  const { body, ...parts } = applyBody(input.body, input.uploads, null, world.nextId);
  const message: DiscordMessage = {
    id: world.nextId(),
    ...about,
    ...parts,
    isPinned: false,
    postedAtMs: world.now(),
    editedAtMs: null,
    edits: 0,
    nonce: body.nonce ?? null,
    notified: notifiedBy(parts, body.allowed_mentions),
    isLoading: false,
  };
  world.messages.set(message.id, message);
  return message;
}

export function changeMessage(world: World, message: DiscordMessage, input: Input): void {
  const { body: _body, ...parts } = applyBody(input.body, input.uploads, message, world.nextId);
  Object.assign(message, parts, {
    editedAtMs: world.now(),
    edits: message.edits + 1,
    isLoading: false,
  });
}

/** Channels, messages, threads and pins. @returns null for a route that is none of these */
export function messageRoutes(world: World, limits: RateLimits) {
  const channelOf = (id: string) => {
    const channel = world.channels.get(id);
    if (channel === undefined) throw unknown.channel();
    return channel;
  };
  const messageOf = (channelId: string, id: string) => {
    channelOf(channelId);
    const message = world.messages.get(id);
    // What only one person sees does not exist for the bot's token.
    if (message?.channelId !== channelId || message.ephemeralFor !== null) throw unknown.message();
    return message;
  };

  const post = (channelId: string, input: Input): Answer => {
    const channel = channelOf(channelId);
    needPermission(world, channelId, permissionBits[channel.type === 0 ? 'sendMessages' : 'sendInThreads']);
    if (channel.locked) throw new Refusal(400, 160_005, 'Thread is locked');
    const known = knownByNonce(world, channelId, input.body);
    if (known !== null) return { status: 200, body: messageJson(world, known) };
    const message = storeMessage(world, input, { channelId, ephemeralFor: null, interactionId: null });
    channel.archived = false;
    return { status: 200, body: { ...messageJson(world, message), nonce: message.nonce } };
  };

  const patch = (channelId: string, id: string, input: Input): Answer => {
    const message = messageOf(channelId, id);
    if (channelOf(channelId).archived) throw new Refusal(400, 50_083, 'Thread is archived');
    limits.countEdit(channelId, message.postedAtMs);
    changeMessage(world, message, input);
    return { status: 200, body: messageJson(world, message) };
  };

  const startThread = (channelId: string, id: string, input: Input): Answer => {
    messageOf(channelId, id);
    needPermission(world, channelId, permissionBits.createPublicThreads);
    const parsed = threadSchema.safeParse(input.body);
    if (!parsed.success) throw invalidBody(parsed.error.issues);
    if (world.channels.has(id)) {
      throw new Refusal(400, 160_004, 'A thread has already been created for this message');
    }
    const thread = {
      id,
      name: parsed.data.name,
      type: 11 as const,
      parentId: channelId,
      archived: false,
      locked: false,
      denied: 0n,
      autoArchiveMinutes: parsed.data.auto_archive_duration ?? 1440,
    };
    world.channels.set(id, thread);
    world.dispatch('THREAD_CREATE', { ...channelJson(world, thread), newly_created: true });
    return { status: 201, body: channelJson(world, thread) };
  };

  const pin = (channelId: string, id: string, isPinned: boolean): Answer => {
    const message = messageOf(channelId, id);
    needPermission(world, channelId, permissionBits.pinMessages);
    if (isPinned && !message.isPinned && pinsOf(world, channelId).length >= mostPins) {
      throw new Refusal(400, 30_003, 'Maximum number of pins reached (250)');
    }
    message.isPinned = isPinned;
    return { status: 204 };
  };

  const patchChannel = (id: string, input: Input): Answer => {
    const channel = channelOf(id);
    const parsed = channelPatchSchema.safeParse(input.body);
    if (!parsed.success) throw invalidBody(parsed.error.issues);
    channel.archived = parsed.data.archived ?? channel.archived;
    channel.locked = parsed.data.locked ?? channel.locked;
    return { status: 200, body: channelJson(world, channel) };
  };

  const list = (channelId: string, query: URLSearchParams): Answer => {
    channelOf(channelId);
    const limit = Number(query.get('limit') ?? '50');
    if (!(limit >= 1 && limit <= 100)) {
      throw invalidBody([{ path: ['limit'], message: 'int value should be between 1 and 100.' }]);
    }
    const before = query.get('before');
    const found = [...world.messages.values()]
      .filter((one) => one.channelId === channelId && one.ephemeralFor === null)
      .filter(({ id }) => before === null || BigInt(id) < BigInt(before))
      .toSorted((a, b) => (BigInt(a.id) < BigInt(b.id) ? 1 : -1))
      .slice(0, limit);
    return { status: 200, body: found.map((one) => messageJson(world, one)) };
  };

  return (method: string, parts: readonly string[], input: Input): Answer | null => {
    const [top, channelId = '', kind, id = '', last, pinned] = parts;
    if (top !== 'channels') return null;
    if (kind === undefined) {
      if (method === 'GET') return { status: 200, body: channelJson(world, channelOf(channelId)) };
      return method === 'PATCH' ? patchChannel(channelId, input) : null;
    }
    if (kind !== 'messages') return null;
    if (id === '') {
      if (method === 'POST') return post(channelId, input);
      return method === 'GET' ? list(channelId, input.query) : null;
    }
    if (id === 'pins') {
      if (last === undefined) return listPins(world, channelId);
      if (pinned !== undefined) return null;
      return method === 'PUT' || method === 'DELETE' ? pin(channelId, last, method === 'PUT') : null;
    }
    if (last === 'threads') return method === 'POST' ? startThread(channelId, id, input) : null;
    if (last !== undefined) return null;
    if (method === 'GET') return { status: 200, body: messageJson(world, messageOf(channelId, id)) };
    if (method === 'PATCH') return patch(channelId, id, input);
    if (method !== 'DELETE') return null;
    world.messages.delete(messageOf(channelId, id).id);
    return { status: 204 };
  };
}

function pinsOf(world: World, channelId: string): DiscordMessage[] {
  return [...world.messages.values()].filter((one) => one.channelId === channelId && one.isPinned);
}

function listPins(world: World, channelId: string): Answer {
  const items = pinsOf(world, channelId)
    .toReversed()
    .map((one) => ({ pinned_at: new Date(one.postedAtMs).toISOString(), message: messageJson(world, one) }));
  return { status: 200, body: { items, has_more: false } };
}

const nonceSchema = z.object({
  nonce: z.union([z.string(), z.number()]).transform(String),
  enforce_nonce: z.literal(true),
});

function knownByNonce(world: World, channelId: string, body: unknown): DiscordMessage | null {
  const parsed = nonceSchema.safeParse(body);
  if (!parsed.success) return null;
  const found = [...world.messages.values()].find(
    (one) =>
      one.channelId === channelId &&
      one.nonce === parsed.data.nonce &&
      world.now() - one.postedAtMs < nonceMs,
  );
  return found ?? null;
}
