import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import { type Acknowledgements, createAcknowledgements } from './acknowledgements.ts';
import type { SlackDeliveryType } from './contract.ts';
import { type Attempt, ackTimeoutMs, type Delivery, failedAttempt, type Violations } from './delivery.ts';
import { makeSecret } from './ids.ts';

export type SocketMode = Delivery & {
  /** A ticket for one connection; part of the address that `apps.connections.open` answers. */
  issueTicket(): string;
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
  /** Ends all connections; with a reason, politely. */
  drop(reason: 'refresh_requested' | 'warning' | 'link_disabled' | null): void;
  count(): number;
  close(): void;
};

/** At Slack a connection lives about five hours. */
const approximateConnectionSeconds = 18_060;

/** Slack's Socket Mode: sends envelopes over one of the app's connections and waits for the acknowledgement. */
export function createSocketMode(options: { appId: string; violations: Violations }): SocketMode {
  const { appId, violations } = options;
  const server = new WebSocketServer({ noServer: true });
  const tickets = new Set<string>();
  const connections: WebSocket[] = [];
  const acknowledgements = createAcknowledgements(violations);

  const connect = (socket: WebSocket): void => {
    connections.push(socket);
    // Every envelope that waits listens for the end of its connection.
    socket.setMaxListeners(0);
    const forget = (): void => {
      const index = connections.indexOf(socket);
      if (index >= 0) connections.splice(index, 1);
    };
    socket.on('close', forget);
    socket.on('error', forget);
    socket.on('message', (data, isBinary) => {
      if (!isBinary) acknowledgements.receive(data.toString());
    });
    socket.send(JSON.stringify(hello(connections.length, appId)));
  };

  return {
    async attempt(type, payload, { retryAttempt }) {
      const socket = connections.shift();
      if (socket === undefined) return failedAttempt('dispatch_failed', 0);
      // The next payload goes to the next connection.
      connections.push(socket);
      return sendAndWait(socket, acknowledgements, { type, payload, retryAttempt });
    },
    issueTicket() {
      const ticket = makeSecret(16);
      tickets.add(ticket);
      return ticket;
    },
    upgrade(request, socket, head) {
      const ticket = new URL(request.url ?? '/', 'ws://localhost').searchParams.get('ticket') ?? '';
      // Each ticket is for one connection.
      if (tickets.delete(ticket)) server.handleUpgrade(request, socket, head, connect);
      else socket.end('HTTP/1.1 408 Request Timeout\r\n\r\n');
    },
    drop(reason) {
      for (const socket of [...connections]) {
        if (reason !== null) socket.send(JSON.stringify(disconnect(reason)));
        else socket.terminate();
      }
      // After the message the client closes; until then nothing more is sent to it.
      if (reason !== 'warning') connections.length = 0;
    },
    count: () => connections.length,
    close() {
      for (const socket of server.clients) socket.close(1001);
      server.close();
    },
  };
}

type Outgoing = { type: SlackDeliveryType; payload: unknown; retryAttempt: number };

function sendAndWait(
  socket: WebSocket,
  acknowledgements: Acknowledgements,
  outgoing: Outgoing,
): Promise<Attempt> {
  const id = randomUUID();
  const startedMs = performance.now();
  const { promise, resolve } = Promise.withResolvers<Attempt>();
  const settle = (result: Omit<Attempt, 'elapsedMs'>): void => {
    clearTimeout(timer);
    socket.off('close', lose);
    acknowledgements.giveUp(id);
    resolve({ ...result, elapsedMs: performance.now() - startedMs });
  };
  const lose = (): void => settle(failedAttempt('dispatch_failed', 0));
  const timer = setTimeout(() => settle(failedAttempt('operation_timeout', 0)), ackTimeoutMs);
  acknowledgements.expect(id, (payload) =>
    settle({ isAcknowledged: true, payload, failure: null, status: null, isFinal: false }),
  );
  socket.on('close', lose);
  socket.send(JSON.stringify(envelope(id, outgoing)));
  return promise;
}

function hello(connectionCount: number, appId: string) {
  return {
    type: 'hello',
    num_connections: connectionCount,
    debug_info: { host: 'loopback', approximate_connection_time: approximateConnectionSeconds },
    connection_info: { app_id: appId },
  };
}

function disconnect(reason: string) {
  return { type: 'disconnect', reason, debug_info: { host: 'loopback' } };
}

function envelope(id: string, { type, payload, retryAttempt }: Outgoing) {
  const isEvent = type === 'events_api';
  return {
    envelope_id: id,
    type,
    payload,
    accepts_response_payload: !isEvent,
    ...(isEvent && {
      retry_attempt: retryAttempt,
      retry_reason: retryAttempt === 0 ? '' : 'timeout',
    }),
  };
}
