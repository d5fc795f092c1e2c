import { randomBytes } from 'node:crypto';
import type { Server } from 'node:http';
import { type WebSocket, WebSocketServer } from 'ws';
import { z } from 'zod';
import { channelJson, userJson, type World } from './world.ts';

const frameSchema = z.object({
  op: z.number(),
  d: z.unknown(),
  s: z.unknown().optional(),
  t: z.unknown().optional(),
});
const identifySchema = z.object({ token: z.string(), intents: z.number().int(), properties: z.object({}) });
const resumeSchema = z.object({ token: z.string(), session_id: z.string(), seq: z.number() });

const guildsIntent = 1;
/** Members, presences and message content must be switched on for the application. */
const privilegedIntents = (1 << 1) | (1 << 8) | (1 << 15);
const closes = {
  unknownOpcode: 4001,
  notAuthenticated: 4003,
  badToken: 4004,
  badIntents: 4013,
  privileged: 4014,
};
const largestFrameBytes = 4096;

type Session = {
  id: string;
  socket: WebSocket | null;
  sequence: number;
  sent: { op: 0; t: string; s: number; d: unknown }[];
};

export type Gateway = ReturnType<typeof createGateway>;

/** The gateway: identify, heartbeat, resume with everything that was missed. */
export function createGateway(
  server: Server,
  world: World,
  options: { heartbeatMs: number; url: () => string },
) {
  const sockets = new WebSocketServer({ noServer: true });
  const sessions = new Map<string, Session>();
  const counts = { identified: 0, resumed: 0, heartbeats: 0 };
  let isOut = false;

  server.on('upgrade', (request, socket, head) => {
    if (isOut) return void socket.destroy();
    sockets.handleUpgrade(request, socket, head, (client) => serve(client));
  });

  const send = (session: Session, t: string, d: unknown) => {
    session.sequence += 1;
    const payload = { op: 0 as const, t, s: session.sequence, d };
    session.sent.push(payload);
    session.socket?.send(JSON.stringify(payload));
  };

  const serve = (socket: WebSocket) => {
    let session: Session | null = null;
    const say = (op: number, d: unknown) => socket.send(JSON.stringify({ op, d, s: null, t: null }));
    socket.on('error', () => undefined);
    socket.on('close', (code) => {
      if (session === null || session.socket !== socket) return;
      session.socket = null;
      // A clean goodbye of the client ends its session.
      if (code === 1000 || code === 1001) sessions.delete(session.id);
    });
    socket.on('message', (data) => {
      const text = String(data);
      const parsed = frameSchema.safeParse(JSON.parse(text));
      if (!parsed.success || text.length > largestFrameBytes) return socket.close(closes.unknownOpcode);
      const { op, d } = parsed.data;
      if (op === 1) {
        counts.heartbeats += 1;
        return say(11, null);
      }
      if (op === 2) {
        session = identify(socket, d);
        return;
      }
      if (op === 6) {
        session = resume(socket, d, say);
        return;
      }
      if (session === null) return socket.close(closes.notAuthenticated);
      if (op !== 3 && op !== 4 && op !== 8) socket.close(closes.unknownOpcode);
    });
    say(10, { heartbeat_interval: options.heartbeatMs });
  };

  const identify = (socket: WebSocket, d: unknown): Session | null => {
    const parsed = identifySchema.safeParse(d);
    const isKnown = parsed.success && parsed.data.token === world.botToken && !world.isTokenRevoked;
    if (!isKnown) {
      socket.close(closes.badToken, 'Authentication failed.');
      return null;
    }
    if ((parsed.data.intents & privilegedIntents) !== 0) {
      socket.close(closes.privileged, 'Disallowed intent(s).');
      return null;
    }
    if ((parsed.data.intents & guildsIntent) === 0) {
      socket.close(closes.badIntents, 'Invalid intent(s).');
      return null;
    }
    counts.identified += 1;
    const session: Session = { id: randomBytes(8).toString('hex'), socket, sequence: 0, sent: [] };
    sessions.set(session.id, session);
    send(session, 'READY', {
      v: 10,
      user: userJson(world.bot, true),
      guilds: [{ id: world.guild.id, unavailable: true }],
      session_id: session.id,
      resume_gateway_url: options.url(),
      shard: [0, 1],
      application: { id: world.applicationId, flags: 0 },
    });
    send(session, 'GUILD_CREATE', guildJson(world));
    return session;
  };

  const resume = (socket: WebSocket, d: unknown, say: (op: number, d: unknown) => void): Session | null => {
    const parsed = resumeSchema.safeParse(d);
    const session = parsed.success ? sessions.get(parsed.data.session_id) : undefined;
    if (!parsed.success || session === undefined || parsed.data.token !== world.botToken) {
      say(9, false);
      return null;
    }
    counts.resumed += 1;
    session.socket = socket;
    for (const payload of session.sent.filter(({ s }) => s > parsed.data.seq)) {
      socket.send(JSON.stringify(payload));
    }
    send(session, 'RESUMED', {});
    return session;
  };

  return {
    counts,
    isConnected: () => [...sessions.values()].some(({ socket }) => socket !== null),
    dispatch(t: string, d: unknown): void {
      for (const session of sessions.values()) send(session, t, d);
    },
    /** `cut`: without a word; `reconnect`: op 7; `invalid`: op 9; a number: closed with that code. */
    drop(how: 'cut' | 'reconnect' | 'invalid' | number): void {
      for (const session of sessions.values()) {
        const { socket } = session;
        if (socket === null) continue;
        if (how === 'cut') socket.terminate();
        else if (how === 'reconnect') socket.send(JSON.stringify({ op: 7, d: null, s: null, t: null }));
        else if (how === 'invalid') socket.send(JSON.stringify({ op: 9, d: false, s: null, t: null }));
        else socket.close(how);
        if (how === 'invalid' || typeof how === 'number') sessions.delete(session.id);
      }
    },
    setOutage(isOn: boolean): void {
      isOut = isOn;
      if (!isOn) return;
      for (const { socket } of sessions.values()) socket?.terminate();
    },
    async close(): Promise<void> {
      for (const client of sockets.clients) client.terminate();
      await new Promise<void>((resolve) => sockets.close(() => resolve()));
    },
  };
}

export function rolesJson({ guild }: World) {
  return [{ id: guild.id, name: '@everyone', permissions: 0n }, ...guild.roles].map((role, position) => ({
    ...role,
    permissions: String(role.permissions),
    position,
    color: 0,
    colors: { primary_color: 0, secondary_color: null, tertiary_color: null },
    hoist: false,
    managed: false,
    mentionable: false,
    flags: 0,
  }));
}

function guildJson(world: World) {
  const { guild } = world;
  const channels = [...world.channels.values()];
  return {
    id: guild.id,
    name: guild.name,
    owner_id: '1',
    icon: null,
    splash: null,
    banner: null,
    description: null,
    roles: rolesJson(world),
    emojis: [],
    features: [],
    channels: channels.filter(({ type }) => type === 0).map((one) => channelJson(world, one)),
    threads: channels.filter((one) => one.type === 11 && !one.archived).map((one) => channelJson(world, one)),
    members: [],
    presences: [],
    voice_states: [],
    stage_instances: [],
    guild_scheduled_events: [],
    stickers: [],
    member_count: world.users.size + 1,
    joined_at: '2025-01-01T00:00:00.000Z',
    large: false,
    unavailable: false,
    preferred_locale: 'en-US',
    premium_tier: 0,
    nsfw_level: 0,
    verification_level: 0,
    default_message_notifications: 0,
    explicit_content_filter: 0,
    mfa_level: 0,
    system_channel_flags: 0,
    system_channel_id: null,
    afk_timeout: 300,
  };
}
