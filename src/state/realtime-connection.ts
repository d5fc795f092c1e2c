import { RealtimeClient, type WebSocketLikeConstructor } from '@supabase/supabase-js';
import WebSocket from 'ws';
import { z } from 'zod';
import type { RotatingKey } from './supabase-port.ts';

/** What Realtime tells of; the publication of the migrations holds the same. */
export const watchedTables = ['events', 'competitions', 'training_jobs', 'gpu_sessions'] as const;
type WatchedTable = (typeof watchedTables)[number];

export type RealtimeOptions = {
  /** Of the project, such as `https://abcdefghijklmnopqrst.supabase.co`. */
  url: string;
  key: RotatingKey;
  heartbeatMs?: number;
  joinTimeoutMs?: number;
};

export type Ears = {
  /** The database is listened to (again): what happened before was not told. */
  connected: () => void;
  /** With an event's type, `replay` for events that go out again, or the name of another table. */
  changed: (payload: string) => void;
};

const defaultHeartbeatMs = 15_000;
/** From the connection to the word that the database is listened to, which Realtime says some seconds later. */
const defaultJoinTimeoutMs = 20_000;

const systemMessage = z
  .object({ extension: z.string(), status: z.string(), message: z.string() })
  .catch({ extension: '', status: '', message: '' });

/**
 * One connection, from its beginning to its end, which any failure is: another one is made by a client of its
 * own, so with the key of then. @returns why it ended
 */
export async function listenOnce(
  options: RealtimeOptions,
  closing: AbortSignal,
  ears: Ears,
): Promise<string> {
  const { key, heartbeatMs = defaultHeartbeatMs, joinTimeoutMs = defaultJoinTimeoutMs } = options;
  const ended = Promise.withResolvers<string>();
  const end = (reason: string): void => ended.resolve(reason);
  const over = new AbortController();
  closing.addEventListener('abort', () => end('closing'), { once: true, signal: over.signal });
  const joinLimit = setTimeout(() => end('the database was not listened to in time'), joinTimeoutMs);
  const sockets: WebSocket[] = [];
  const client = new RealtimeClient(realtimeUrl(options.url), {
    params: { apikey: key.reveal() },
    // Asked again with every heartbeat, so that a new key reaches the server before the old one ends.
    accessToken: async () => key.reveal(),
    heartbeatIntervalMs: heartbeatMs,
    heartbeatCallback: (status) => {
      if (status === 'timeout') end('it does not answer any more');
    },
    timeout: joinTimeoutMs,
    transport: rememberingTransport(sockets),
  });
  subscribe(client, ears, {
    end,
    joined() {
      clearTimeout(joinLimit);
      ears.connected();
    },
  });
  try {
    return await ended.promise;
  } finally {
    over.abort();
    clearTimeout(joinLimit);
    disconnect(client);
    for (const socket of sockets) socket.terminate();
  }
}

function subscribe(
  client: RealtimeClient,
  ears: Ears,
  { end, joined }: { end: (reason: string) => void; joined: () => void },
): void {
  const channel = client.channel('kaggle-agent');
  for (const table of watchedTables) {
    channel.on('postgres_changes', { event: '*', schema: 'public', table }, (change) => {
      const payload = payloadOf(table, change);
      if (payload !== null) ears.changed(payload);
    });
  }
  // The reply to the join comes first; only this says that changes are told from now on.
  channel.on('system', {}, (said: unknown) => {
    const { extension, status, message } = systemMessage.parse(said);
    if (status === 'error') end(message);
    else if (extension === 'postgres_changes') joined();
  });
  channel.subscribe((status, error) => {
    if (status !== 'SUBSCRIBED') end(error?.message ?? status);
  });
}

const eventRow = z.object({
  type: z.string(),
  delivery: z.number(),
  dispatched_at: z.string().nullable(),
  lease_until: z.string().nullable(),
});

/** @returns null for the marks that the relay itself leaves on an event */
function payloadOf(table: WatchedTable, change: { eventType: string; new: object }): string | null {
  if (table !== 'events') return table;
  const row = eventRow.safeParse(change.new);
  if (!row.success) return null;
  if (change.eventType === 'INSERT') return row.data.type;
  const waits = row.data.dispatched_at === null && row.data.lease_until === null;
  return waits && row.data.delivery > 0 ? 'replay' : null;
}

function realtimeUrl(projectUrl: string): string {
  const url = new URL('realtime/v1', projectUrl.endsWith('/') ? projectUrl : `${projectUrl}/`);
  url.protocol = url.protocol === 'http:' ? 'ws:' : 'wss:';
  return url.href;
}

/** `ws` has the browser's interface; its types name the same events otherwise. */
const webSocketLike = z.custom<WebSocketLikeConstructor>((value) => typeof value === 'function');

/** Sockets that can be cut at the end: a dead network never confirms that one is closed. */
function rememberingTransport(sockets: WebSocket[]): WebSocketLikeConstructor {
  const transport = class extends WebSocket {
    constructor(address: string | URL, protocols?: string | string[]) {
      super(address, protocols);
      sockets.push(this);
    }
  };
  return webSocketLike.parse(transport);
}

/**
 * The client's own `disconnect` waits by a timer that would hold the process for 10 s; its socket's does not.
 */
function disconnect(client: RealtimeClient): void {
  const adapter: unknown = Reflect.get(client, 'socketAdapter');
  const socket = call(adapter, 'getSocket');
  if (socket === undefined) void client.disconnect();
  else call(socket, 'disconnect');
}

function call(target: unknown, name: string): unknown {
  if (typeof target !== 'object' || target === null) return undefined;
  const method: unknown = Reflect.get(target, name);
  return typeof method === 'function' ? Reflect.apply(method, target, []) : undefined;
}
