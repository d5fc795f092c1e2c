import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import pg from 'pg';
import { type WebSocket, WebSocketServer } from 'ws';
import { z } from 'zod';
import { type ApiRole, roleOf } from './supabase-keys.ts';

/**
 * Supabase Realtime as its client sees it: Phoenix channels over a WebSocket, protocols 1.0.0 and 2.0.0, fed by what
 * is committed to a real Postgres.
 * Source: supabase/realtime, lib/realtime_web/channels/realtime_channel.ex; Supabase docs, "Realtime Protocol".
 */
export type RealtimeEmulator = {
  /** As SUPABASE_URL has it. */
  url: string;
  /** Keys of the connections that were let in, in their order. */
  keys: string[];
  /** Connections that have joined now. */
  joined(): number;
  /** Ends all connections without a word. */
  cut(): void;
  /** Takes what is sent and answers nothing, on new connections too, until `speak`. */
  mute(): void;
  speak(): void;
  /** Lets nobody in, until `admit`. */
  refuse(status: number): void;
  admit(): void;
  /** What the server says of the database, or when it ends a channel. */
  system(status: 'ok' | 'error', message: string): void;
  closeChannels(event: 'phx_close' | 'phx_error'): void;
  close(): Promise<void>;
};

type Message = { joinRef: string | null; ref: string | null; topic: string; event: string; payload: unknown };
type Subscription = { id: number; event: string; schema: string; table: string };
type Channel = { topic: string; joinRef: string | null; role: ApiRole; subscriptions: Subscription[] };
type Connection = { socket: WebSocket; vsn: string; keyRole: ApiRole; channels: Map<string, Channel> };

const watched = z.object({ event: z.string(), schema: z.string(), table: z.string() });
const joinPayload = z.object({
  config: z.object({ postgres_changes: z.array(watched).default([]) }),
  access_token: z.string().optional(),
});
const change = z.object({
  table: z.string(),
  type: z.string(),
  columns: z.array(z.object({ name: z.string(), type: z.string() })),
  record: z.record(z.string(), z.unknown()),
  old_record: z.record(z.string(), z.unknown()),
});
type Change = z.output<typeof change>;

/**
 * @param options.connectionString of a superuser of the database that is told of
 * @param options.server one that listens already, and is not closed here; its own by default
 */
export async function startRealtimeEmulator(options: {
  connectionString: string;
  server?: Server;
}): Promise<RealtimeEmulator> {
  const connections = new Set<Connection>();
  const keys: string[] = [];
  const state = { isMuted: false, refusedWith: null as number | null };
  const published = await watchDatabase(options.connectionString, (told) =>
    deliver(connections, state, told),
  );
  const server = options.server ?? createServer((_, response) => response.writeHead(426).end());
  const sockets = new WebSocketServer({ noServer: true });
  server.on('upgrade', (request, socket, head) => {
    const refusal = state.refusedWith ?? refusalOf(request);
    if (refusal !== null) {
      socket.end(`HTTP/1.1 ${refusal} Refused\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`);
      return;
    }
    sockets.handleUpgrade(request, socket, head, (open) => {
      const connection = connectionOf(open, request, keys);
      connections.add(connection);
      open.on('close', () => connections.delete(connection));
      open.on('error', () => undefined);
      open.on('message', (data) => {
        if (!state.isMuted) hear(connection, decode(String(data)), published.tables);
      });
    });
  });
  if (!server.listening) await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const eachChannel = (run: (connection: Connection, channel: Channel) => void) => {
    for (const connection of connections)
      for (const channel of connection.channels.values()) run(connection, channel);
  };
  const cut = () => {
    for (const { socket } of connections) socket.terminate();
  };
  return {
    url: `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`,
    keys,
    joined: () => [...connections].filter(({ channels }) => channels.size > 0).length,
    cut,
    mute() {
      state.isMuted = true;
    },
    speak() {
      state.isMuted = false;
    },
    refuse(status) {
      state.refusedWith = status;
    },
    admit() {
      state.refusedWith = null;
    },
    system: (status, message) =>
      eachChannel((connection, channel) => saySystem(connection, channel, { status, message })),
    closeChannels: (event) =>
      eachChannel((connection, channel) => {
        connection.channels.delete(channel.topic);
        push(connection, channel, event, {});
      }),
    async close() {
      cut();
      sockets.close();
      if (options.server === undefined) await new Promise((resolve) => server.close(resolve));
      await published.close();
    },
  };
}

function refusalOf({ url = '/' }: IncomingMessage): number | null {
  const { pathname, searchParams } = new URL(url, 'http://emulator');
  if (pathname !== '/realtime/v1/websocket') return 404;
  return 'role' in roleOf(searchParams.get('apikey') ?? '') ? null : 401;
}

function connectionOf(socket: WebSocket, { url = '/' }: IncomingMessage, keys: string[]): Connection {
  const { searchParams } = new URL(url, 'http://emulator');
  const key = searchParams.get('apikey') ?? '';
  keys.push(key);
  const found = roleOf(key);
  const keyRole = 'role' in found ? found.role : 'anon';
  return { socket, vsn: searchParams.get('vsn') ?? '1.0.0', keyRole, channels: new Map() };
}

const arrayMessage = z.tuple([
  z.string().nullable(),
  z.string().nullable(),
  z.string(),
  z.string(),
  z.unknown(),
]);
const objectMessage = z.object({
  join_ref: z.string().nullish(),
  ref: z.string().nullish(),
  topic: z.string(),
  event: z.string(),
  payload: z.unknown(),
});

function decode(text: string): Message {
  const value: unknown = JSON.parse(text);
  if (Array.isArray(value)) {
    const [joinRef, ref, topic, event, payload] = arrayMessage.parse(value);
    return { joinRef, ref, topic, event, payload };
  }
  const { join_ref, ref, topic, event, payload } = objectMessage.parse(value);
  return { joinRef: join_ref ?? null, ref: ref ?? null, topic, event, payload };
}

function send({ socket, vsn }: Connection, { joinRef, ref, topic, event, payload }: Message): void {
  const body =
    vsn === '1.0.0'
      ? { join_ref: joinRef, ref, topic, event, payload }
      : [joinRef, ref, topic, event, payload];
  socket.send(JSON.stringify(body));
}

function push(connection: Connection, { topic, joinRef }: Channel, event: string, payload: unknown): void {
  send(connection, {
    joinRef: event === 'phx_error' || event === 'phx_close' ? joinRef : null,
    ref: event === 'phx_close' ? joinRef : null,
    topic,
    event,
    payload,
  });
}

function saySystem(
  connection: Connection,
  channel: Channel,
  said: { status: 'ok' | 'error'; message: string; extension?: string },
): void {
  const payload = { extension: 'postgres_changes', channel: channel.topic.replace('realtime:', ''), ...said };
  push(connection, channel, 'system', payload);
}

function hear(connection: Connection, message: Message, tables: ReadonlySet<string>): void {
  const reply = (status: 'ok' | 'error', response: unknown) =>
    send(connection, { ...message, event: 'phx_reply', payload: { status, response } });
  const channel = connection.channels.get(message.topic);
  if (message.event === 'heartbeat') {
    reply('ok', {});
  } else if (message.event === 'phx_join') {
    join(connection, message, { reply, tables });
  } else if (channel === undefined) {
    reply('error', { reason: 'unmatched topic' });
  } else if (message.event === 'phx_leave') {
    connection.channels.delete(message.topic);
    reply('ok', {});
    push(connection, channel, 'phx_close', {});
  } else if (message.event === 'access_token') {
    renew(connection, channel, message.payload);
  }
}

function join(
  connection: Connection,
  message: Message,
  {
    reply,
    tables,
  }: { reply: (status: 'ok' | 'error', response: unknown) => void; tables: ReadonlySet<string> },
): void {
  const { config, access_token: token } = joinPayload.parse(message.payload);
  const found = token === undefined || token.startsWith('sb_') ? { role: connection.keyRole } : roleOf(token);
  if ('refused' in found) {
    const reason =
      found.refused === 'malformed'
        ? 'MalformedJWT: The token provided is not a valid JWT'
        : 'JwtSignatureError';
    reply('error', { reason });
    return;
  }
  const subscriptions = config.postgres_changes.map((one, index) => ({ id: index + 1, ...one }));
  const channel: Channel = {
    topic: message.topic,
    joinRef: message.joinRef,
    role: found.role,
    subscriptions,
  };
  reply('ok', { postgres_changes: subscriptions });
  const unknown = subscriptions.find(({ schema, table }) => schema !== 'public' || !tables.has(table));
  connection.channels.set(message.topic, channel);
  if (unknown !== undefined) {
    const text = `Unable to subscribe to changes with given parameters. Please check Realtime is enabled for the given connect parameters: [event: ${unknown.event}, schema: ${unknown.schema}, table: ${unknown.table}]`;
    saySystem(connection, channel, { status: 'error', message: text });
    return;
  }
  saySystem(connection, channel, { status: 'ok', message: 'Subscribed to PostgreSQL' });
}

/** A new token takes the old one's place; one that is no good ends the channel. */
function renew(connection: Connection, channel: Channel, payload: unknown): void {
  const { access_token: token } = z.object({ access_token: z.string() }).parse(payload);
  if (token.startsWith('sb_')) return;
  const found = roleOf(token);
  if ('role' in found) {
    channel.role = found.role;
    return;
  }
  connection.channels.delete(channel.topic);
  saySystem(connection, channel, { status: 'error', message: 'Token has expired', extension: 'system' });
  push(connection, channel, 'phx_close', {});
}

function deliver(
  connections: ReadonlySet<Connection>,
  { isMuted }: { isMuted: boolean },
  told: Change,
): void {
  if (isMuted) return;
  for (const connection of connections) {
    for (const channel of connection.channels.values()) {
      const ids = channel.subscriptions
        .filter(({ table, event }) => table === told.table && (event === '*' || event === told.type))
        .map(({ id }) => id);
      if (ids.length === 0) continue;
      const isAllowed = channel.role === 'service_role';
      const data = {
        schema: 'public',
        table: told.table,
        type: told.type,
        commit_timestamp: new Date().toISOString(),
        columns: told.columns,
        record: isAllowed ? told.record : {},
        old_record: isAllowed ? told.old_record : {},
        errors: isAllowed ? null : ['Error 401: Unauthorized'],
      };
      push(connection, channel, 'postgres_changes', { ids, data });
    }
  }
}

/** Triggers in place of the replication slot: what is rolled back is told to nobody, and all in its order. */
async function watchDatabase(
  connectionString: string,
  tell: (told: Change) => void,
): Promise<{ tables: ReadonlySet<string>; close(): Promise<void> }> {
  const client = new pg.Client({ connectionString });
  client.on('error', () => undefined);
  client.on('notification', ({ payload }) => tell(change.parse(JSON.parse(payload ?? '{}'))));
  await client.connect();
  const channel = `realtime_${randomUUID().slice(0, 8)}`;
  await client.query(`listen ${channel}`);
  const { rows } = await client.query<{ name: string }>(
    `select tablename as name from pg_publication_tables where pubname = 'supabase_realtime' and schemaname = 'public'`,
  );
  await client.query(
    `create schema if not exists realtime;
     create or replace function realtime.tell() returns trigger language plpgsql security definer as $$
     begin
       perform pg_notify('${channel}', jsonb_build_object(
         'table', tg_table_name, 'type', tg_op,
         'columns', (select jsonb_agg(jsonb_build_object('name', a.attname, 'type', t.typname))
                     from pg_attribute a join pg_type t on t.oid = a.atttypid
                     where a.attrelid = tg_relid and a.attnum > 0 and not a.attisdropped),
         'record', case tg_op when 'DELETE' then '{}' else (
           select jsonb_object_agg(key, value) from jsonb_each(to_jsonb(new))
           -- A notice is short. Realtime, too, leaves the long columns of a row that is too large.
           where length(to_jsonb(new)::text) < 4000 or length(value::text) <= 64) end,
         'old_record', case tg_op when 'INSERT' then '{}' else jsonb_build_object('id', to_jsonb(old) -> 'id') end)::text);
       return null;
     end $$`,
  );
  for (const { name } of rows) {
    await client.query(
      `create or replace trigger realtime after insert or update or delete on public.${name} for each row execute function realtime.tell()`,
    );
  }
  return { tables: new Set(rows.map(({ name }) => name)), close: () => client.end() };
}
