import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { commandsSchema } from './command-rules.ts';
import { createGateway, rolesJson } from './gateway.ts';
import { interactionRoutes } from './interaction-routes.ts';
import { type Answer, type Input, messageRoutes } from './message-routes.ts';
import type { Upload } from './message-rules.ts';
import { createRateLimits, rateLimited } from './rate-limits.ts';
import { invalidBody, Refusal, unknown } from './refusal.ts';
import { createUserActions } from './user-actions.ts';
import {
  channelJson,
  createSnowflakes,
  type DiscordMessage,
  type DiscordUser,
  userJson,
  type World,
} from './world.ts';

export type DiscordServerOptions = {
  /** Off for tests that post much and are not about limits. */
  rateLimits?: boolean;
  heartbeatMs?: number;
};

export type DiscordCall = { method: string; path: string; body: unknown; status: number; atMs: number };

/** What the address of docs/how-to/discord.md asks for. */
const invitedPermissions = 2_252_109_051_448_320n;

type Fault = { match: RegExp; count: number; kind: 'answer' | 'drop_after_effect'; refusal: Refusal };

/** A Discord of its own on loopback: REST interface and gateway, as strict as the real one; `close` ends it. */
export async function openDiscordServer(options: DiscordServerOptions = {}) {
  let offsetMs = 0;
  const now = () => Date.now() + offsetMs;
  const nextId = createSnowflakes(now);
  const guildId = nextId();
  const calls: DiscordCall[] = [];
  const faults: Fault[] = [];
  let isOut = false;
  let duplicates = 0;

  const world: World = {
    now,
    nextId,
    botToken: `test-bot-token-${nextId()}`,
    isTokenRevoked: false,
    isInvited: true,
    applicationId: nextId(),
    bot: { id: nextId(), name: 'kaggle-agent' },
    guild: { id: guildId, name: 'Testers', roles: [] },
    botRoleId: nextId(),
    users: new Map(),
    channels: new Map(),
    messages: new Map(),
    interactions: new Map(),
    commands: [],
    commandWrites: 0,
    dispatch: (type, data) => gateway.dispatch(type, data),
  };
  world.guild.roles.push({ id: world.botRoleId, name: 'kaggle-agent', permissions: invitedPermissions });
  const limits = createRateLimits(now, options.rateLimits ?? true);
  const onMessages = messageRoutes(world, limits);
  const onInteractions = interactionRoutes(world);

  const route = (method: string, path: string, input: Input): Answer => {
    const parts = path.split('/').filter((part) => part !== '');
    const found =
      onMessages(method, parts, input) ??
      onInteractions(method, parts, input) ??
      onOthers(world, method, parts, input, gatewayUrl);
    if (found === null) throw new Refusal(404, 0, '404: Not Found');
    return found;
  };

  const server = createServer((request, response) => {
    void handle(request, response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  // listen() on a TCP port always gives an AddressInfo.
  const { port } = server.address() as AddressInfo;
  const gatewayUrl = () => `ws://127.0.0.1:${port}`;
  const gateway = createGateway(server, world, {
    heartbeatMs: options.heartbeatMs ?? 41_250,
    url: gatewayUrl,
  });

  const takeFault = (kind: Fault['kind'], method: string, path: string): Fault | null => {
    const index = faults.findIndex((one) => one.kind === kind && one.match.test(`${method} ${path}`));
    const found = faults[index];
    if (found === undefined) return null;
    found.count -= 1;
    if (found.count === 0) faults.splice(index, 1);
    return found;
  };

  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    if (isOut) return void request.socket.destroy();
    const url = new URL(request.url ?? '/', 'http://127.0.0.1');
    const method = request.method ?? 'GET';
    const path = url.pathname.replace(/^\/api\/v10/, '');
    let headers: Record<string, string> = {};
    let body: unknown;
    const finish = (status: number, answer: unknown) => {
      calls.push({ method, path, body, status, atMs: now() });
      // discord.js would read an empty body as JSON if the type said so.
      if (answer === undefined) response.writeHead(status, headers).end();
      else {
        response.writeHead(status, { 'content-type': 'application/json', ...headers });
        response.end(JSON.stringify(answer));
      }
    };
    try {
      const isOpen = /^\/(interactions|webhooks)\//.test(path);
      if (!url.pathname.startsWith('/api/v10/')) throw new Refusal(404, 0, '404: Not Found');
      checkCaller(world, request, isOpen);
      const fault = takeFault('answer', method, path);
      if (fault !== null) throw fault.refusal;
      headers = limits.count(method, path, !isOpen);
      const input = await readInput(request, Buffer.concat(chunks));
      body = input.body;
      const answer = route(method, path, { ...input, query: url.searchParams });
      if (takeFault('drop_after_effect', method, path) !== null) return void request.socket.destroy();
      finish(answer.status, answer.body);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      headers = { ...headers, ...error.headers };
      finish(error.status, error.body());
    }
  };

  const close = async () => {
    await gateway.close();
    server.closeAllConnections();
    await new Promise<void>((resolve) => server.close(() => resolve()));
  };

  const addChannel = (name: string, parentId: string | null = null) => {
    const id = nextId();
    world.channels.set(id, {
      id,
      name,
      type: parentId === null ? 0 : 11,
      parentId,
      archived: false,
      locked: false,
      denied: 0n,
      autoArchiveMinutes: 1440,
    });
    return id;
  };

  return {
    apiUrl: `http://127.0.0.1:${port}/api`,
    world,
    gateway,
    calls,
    now,
    actions: createUserActions(world, {
      takeDuplicate: () => {
        if (duplicates === 0) return false;
        duplicates -= 1;
        return true;
      },
    }),
    addChannel: (name: string) => addChannel(name),
    /** Takes permissions from the bot in one channel; 0n gives all back. */
    deny(channelId: string, permissions: bigint): void {
      const channel = world.channels.get(channelId);
      if (channel !== undefined) channel.denied = permissions;
    },
    addThread: (channelId: string, name: string) => addChannel(name, channelId),
    addRole(name: string): string {
      const id = nextId();
      world.guild.roles.push({ id, name, permissions: 0n });
      return id;
    },
    addUser(user: Partial<DiscordUser> & { name: string }): DiscordUser {
      const made = { id: nextId(), nick: null, roles: [], permissions: 0n, locale: 'en-US', ...user };
      world.users.set(made.id, made);
      return made;
    },
    /** Messages of a channel that everybody sees, oldest first. */
    history(channelId: string): DiscordMessage[] {
      return [...world.messages.values()].filter(
        (one) => one.channelId === channelId && one.ephemeralFor === null,
      );
    },
    /** Moves Discord's clock; limits, tokens and the age of messages follow it. */
    advance(ms: number): void {
      offsetMs += ms;
    },
    faults: {
      /** `match` is tried on `METHOD /path`. */
      rateLimit(match: RegExp, count: number, retryAfterSeconds: number): void {
        faults.push({ match, count, kind: 'answer', refusal: rateLimited(retryAfterSeconds, {}, 'user') });
      },
      refuse(match: RegExp, count: number, status: number, code: number, message: string): void {
        faults.push({ match, count, kind: 'answer', refusal: new Refusal(status, code, message) });
      },
      dropAfterEffect(match: RegExp, count: number): void {
        faults.push({ match, count, kind: 'drop_after_effect', refusal: new Refusal(500, 0, '') });
      },
      outage(isOn: boolean): void {
        isOut = isOn;
        gateway.setOutage(isOn);
      },
      dropSockets: gateway.drop,
      duplicateNextInteraction(): void {
        duplicates += 1;
      },
      revokeToken(): void {
        world.isTokenRevoked = true;
      },
    },
    close,
  };
}

export type DiscordServer = Awaited<ReturnType<typeof openDiscordServer>>;

function checkCaller(world: World, request: IncomingMessage, isOpen: boolean): void {
  if (!/^DiscordBot \(/.test(request.headers['user-agent'] ?? '')) {
    throw new Refusal(403, 0, 'A User-Agent of the form DiscordBot (url, version) is needed');
  }
  const given = request.headers.authorization;
  if (isOpen) return;
  if (given !== `Bot ${world.botToken}` || world.isTokenRevoked) {
    throw new Refusal(401, 0, '401: Unauthorized');
  }
}

async function readInput(request: IncomingMessage, bytes: Buffer): Promise<Pick<Input, 'body' | 'uploads'>> {
  const type = request.headers['content-type'] ?? '';
  if (bytes.length === 0) return { body: undefined, uploads: [] };
  if (type.startsWith('application/json')) return { body: parseJson(bytes.toString()), uploads: [] };
  if (!type.startsWith('multipart/form-data')) {
    throw new Refusal(
      400,
      50_035,
      'Expected "Content-Type" header to be one of {application/json, multipart/form-data}.',
    );
  }
  const form = await new Response(new Uint8Array(bytes), { headers: { 'content-type': type } }).formData();
  const uploads: Upload[] = [];
  for (const [field, value] of form) {
    if (typeof value === 'string') continue;
    const content = Buffer.from(await value.arrayBuffer());
    uploads.push({ field, filename: value.name, contentType: value.type, bytes: content });
  }
  const json = form.get('payload_json');
  return { body: typeof json === 'string' ? parseJson(json) : {}, uploads };
}

function parseJson(text: string): unknown {
  const value = parsedIfJson(text);
  if (value === undefined) throw new Refusal(400, 50_109, 'The request body contains invalid JSON.');
  return value;
}

/** JSON itself has no `undefined`. */
function parsedIfJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The gateway's address, the bot itself, and the application's commands. */
function onOthers(
  world: World,
  method: string,
  parts: readonly string[],
  input: Input,
  gatewayUrl: () => string,
): Answer | null {
  const path = `${method} /${parts.join('/')}`;
  if (path === 'GET /gateway/bot') {
    const session_start_limit = { total: 1000, remaining: 999, reset_after: 14_400_000, max_concurrency: 1 };
    return { status: 200, body: { url: gatewayUrl(), shards: 1, session_start_limit } };
  }
  if (path === 'GET /users/@me') return { status: 200, body: userJson(world.bot, true) };
  if (path === 'GET /users/@me/guilds') {
    const { id, name } = world.guild;
    return { status: 200, body: world.isInvited ? [{ id, name, owner: false, permissions: '0' }] : [] };
  }
  if (path === 'GET /applications/@me') {
    return {
      status: 200,
      body: { id: world.applicationId, name: world.bot.name, description: '', flags: 0 },
    };
  }
  if (parts[0] === 'guilds' && !world.isInvited) throw unknown.guild();
  if (path === `GET /guilds/${world.guild.id}/channels`) {
    const channels = [...world.channels.values()].filter(({ parentId }) => parentId === null);
    return { status: 200, body: channels.map((one) => channelJson(world, one)) };
  }
  if (path === `GET /guilds/${world.guild.id}`) {
    return {
      status: 200,
      body: { id: world.guild.id, name: world.guild.name, owner_id: '1', roles: rolesJson(world) },
    };
  }
  if (parts[0] === 'guilds' && parts[1] !== world.guild.id) throw unknown.guild();
  if (path === `GET /guilds/${world.guild.id}/members/${world.bot.id}`) {
    return { status: 200, body: { user: userJson(world.bot, true), roles: [world.botRoleId] } };
  }
  if (parts[0] !== 'applications' || parts[2] !== 'guilds' || parts[4] !== 'commands') return null;
  if (parts[1] !== world.applicationId) throw unknown.application();
  if (parts[3] !== world.guild.id) throw unknown.guild();
  if (method === 'PUT') putCommands(world, input.body);
  else if (method !== 'GET') return null;
  const withTexts = input.query.get('with_localizations') === 'true' || method === 'PUT';
  const body = withTexts ? world.commands : world.commands.map(withoutLocalisations);
  return { status: 200, body: body.map((one) => asDiscordTellsIt(one)) };
}

function putCommands(world: World, body: unknown): void {
  const parsed = commandsSchema.safeParse(body);
  if (!parsed.success) throw invalidBody(parsed.error.issues);
  world.commandWrites += 1;
  world.commands = parsed.data.map((one) => ({ ...one, id: world.nextId(), version: world.nextId() }));
}

/** What was left out comes back with its default. */
function asDiscordTellsIt(command: World['commands'][number]): Record<string, unknown> {
  return {
    application_id: '0',
    default_member_permissions: null,
    dm_permission: true,
    nsfw: false,
    type: 1,
    contexts: null,
    integration_types: [0],
    name_localizations: null,
    description_localizations: null,
    ...command,
  };
}

function withoutLocalisations<T>(value: T): T {
  const text = JSON.stringify(value, (key, one) => (key.endsWith('_localizations') ? undefined : one));
  // A copy of the same shape with optional fields left out.
  return JSON.parse(text) as T;
}
