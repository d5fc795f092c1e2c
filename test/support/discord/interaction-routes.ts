import { z } from 'zod';
import { modalSchema } from './component-rules.ts';
import { type Answer, changeMessage, type Input, storeMessage } from './message-routes.ts';
import { invalidBody, Refusal, unknown } from './refusal.ts';
import { type DiscordMessage, flags, messageJson, type StoredInteraction, type World } from './world.ts';

const firstAnswerMs = 3000;
const tokenMs = 15 * 60_000;

const callbackSchema = z.strictObject({ type: z.number().int(), data: z.unknown().optional() });
const deferSchema = z.strictObject({ flags: z.number().int().optional() });
const choicesSchema = z.strictObject({
  choices: z
    .array(
      z.strictObject({
        name: z.string().min(1).max(100),
        name_localizations: z.record(z.string(), z.string()).nullable().optional(),
        value: z.union([z.string().min(1).max(100), z.number()]),
      }),
    )
    .max(25),
});

/** What answers to an interaction: its callback, and what follows by its token. */
export function interactionRoutes(world: World) {
  const byToken = (token: string): StoredInteraction | undefined =>
    [...world.interactions.values()].find((one) => one.token === token);

  const store = (one: StoredInteraction, input: Input, isPrivate: boolean): DiscordMessage => {
    const message = storeMessage(world, input, {
      channelId: one.channelId,
      ephemeralFor: isPrivate ? one.user.id : null,
      interactionId: one.id,
    });
    message.flags |= isPrivate ? flags.ephemeral : 0;
    one.messageIds.push(message.id);
    return message;
  };

  const callback = (id: string, token: string, input: Input): Answer => {
    const one = world.interactions.get(id);
    if (one === undefined || one.token !== token || world.now() - one.createdAtMs > firstAnswerMs) {
      throw unknown.interaction();
    }
    if (one.callback !== null) {
      throw new Refusal(400, 40_060, 'Interaction has already been acknowledged.');
    }
    const parsed = callbackSchema.safeParse(input.body);
    if (!parsed.success) throw invalidBody(parsed.error.issues);
    carryOut(world, one, parsed.data.type, { ...input, body: parsed.data.data ?? {} }, store);
    // JSON objects only come this far.
    const data = (parsed.data.data ?? {}) as Record<string, unknown>;
    one.callback = { type: parsed.data.type, data, atMs: world.now() };
    if (input.query.get('with_response') !== 'true') return { status: 204 };
    const original = one.originalId === null ? undefined : world.messages.get(one.originalId);
    const resource = original === undefined ? {} : { message: messageJson(world, original) };
    return {
      status: 200,
      body: { interaction: { id, type: one.type }, resource: { type: parsed.data.type, ...resource } },
    };
  };

  const follow = (one: StoredInteraction, input: Input): Answer => {
    const original = one.originalId === null ? undefined : world.messages.get(one.originalId);
    // After a deferred answer the first follow-up fills that in, and stays as private as it was.
    if (original?.isLoading) {
      changeMessage(world, original, input);
      return { status: 200, body: messageJson(world, original) };
    }
    const isPrivate =
      (z.object({ flags: z.number() }).safeParse(input.body).data?.flags ?? 0) & flags.ephemeral;
    return { status: 200, body: messageJson(world, store(one, input, isPrivate !== 0)) };
  };

  const ownMessage = (one: StoredInteraction, id: string): DiscordMessage => {
    const wanted = id === '@original' ? (one.originalId ?? one.sourceId) : id;
    const message = wanted === null ? undefined : world.messages.get(wanted);
    const isOwn =
      message !== undefined && [...one.messageIds, one.originalId, one.sourceId].includes(message.id);
    if (message === undefined || !isOwn) throw unknown.message();
    return message;
  };

  return (method: string, parts: readonly string[], input: Input): Answer | null => {
    const [top, first = '', second = '', third, fourth] = parts;
    if (top === 'interactions' && third === 'callback' && method === 'POST') {
      return callback(first, second, input);
    }
    if (top !== 'webhooks') return null;
    const one = byToken(second);
    if (first !== world.applicationId || one === undefined) throw unknown.webhook();
    if (world.now() - one.createdAtMs > tokenMs) throw new Refusal(401, 50_027, 'Invalid Webhook Token');
    if (one.callback === null) throw unknown.webhook();
    if (third === undefined) return method === 'POST' ? follow(one, input) : null;
    if (third !== 'messages' || fourth === undefined) return null;
    const message = ownMessage(one, decodeURIComponent(fourth));
    if (method === 'GET') return { status: 200, body: messageJson(world, message) };
    if (method === 'DELETE') {
      world.messages.delete(message.id);
      return { status: 204 };
    }
    if (method !== 'PATCH') return null;
    changeMessage(world, message, input);
    return { status: 200, body: messageJson(world, message) };
  };
}

const component = 3;
const autocomplete = 4;
const modalSubmit = 5;

function carryOut(
  world: World,
  one: StoredInteraction,
  type: number,
  input: Input,
  store: (one: StoredInteraction, input: Input, isPrivate: boolean) => DiscordMessage,
): void {
  const refuse = () => {
    throw invalidBody([{ path: ['type'], message: `Callback type ${type} is not allowed here` }]);
  };
  if ((type === 8) !== (one.type === autocomplete)) refuse();
  if (type === 4) {
    const isPrivate =
      (z.object({ flags: z.number() }).safeParse(input.body).data?.flags ?? 0) & flags.ephemeral;
    one.originalId = store(one, input, isPrivate !== 0).id;
  } else if (type === 5) {
    const parsed = deferSchema.safeParse(input.body);
    if (!parsed.success) throw invalidBody(parsed.error.issues);
    const given = parsed.data.flags ?? 0;
    if ((given & ~flags.ephemeral) !== 0) {
      throw invalidBody([{ path: ['data', 'flags'], message: 'Only EPHEMERAL can be set here' }]);
    }
    const loading = { ...input, body: { content: '…' } };
    const message = store(one, loading, given !== 0);
    message.content = '';
    message.isLoading = true;
    message.flags |= flags.loading;
    one.originalId = message.id;
  } else if (type === 6 || type === 7) {
    if (one.type !== component && (one.type !== modalSubmit || one.sourceId === null)) refuse();
    const source = one.sourceId === null ? undefined : world.messages.get(one.sourceId);
    if (source === undefined) throw unknown.message();
    if (type === 7) changeMessage(world, source, input);
  } else if (type === 8) {
    const parsed = choicesSchema.safeParse(input.body);
    if (!parsed.success) throw invalidBody(parsed.error.issues);
    one.choices = parsed.data.choices;
  } else if (type === 9) {
    if (one.type === modalSubmit) refuse();
    const parsed = modalSchema.safeParse(input.body);
    if (!parsed.success) throw invalidBody(parsed.error.issues);
    one.modal = parsed.data;
  } else {
    refuse();
  }
}
