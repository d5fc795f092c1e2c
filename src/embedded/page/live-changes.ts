import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import type { Log } from '../../domain/log.ts';
import type { SlackChange, SlackWorkspace } from '../slack/contract.ts';
import type { Access } from './access.ts';
import { channelsOf, homeOf, messageOf, snapshotOf, viewsOf } from './read-workspace.ts';
import type { CommandHint, Frame } from './wire.ts';

export const livePath = '/live';

/** A page that went to sleep or lost its network is let go after this long without a sign of life. */
const pingEveryMs = 20_000;
/** Pages only listen; what they say comes by HTTP. */
const maxFrameBytes = 1024;

type LiveOptions = {
  server: Server;
  workspace: SlackWorkspace;
  access: Access;
  hints: readonly CommandHint[];
  log: Log;
};

/** Tells open pages of each change as it happens, beginning with a snapshot. @returns how to stop */
export function serveLiveChanges(options: LiveOptions): () => void {
  const sockets = new WebSocketServer({ noServer: true, maxPayload: maxFrameBytes });
  /** Pages that answered since they were last asked. */
  const alive = new WeakSet<WebSocket>();
  const onUpgrade = (request: IncomingMessage, socket: Duplex, head: Buffer): void => {
    const user = admit(options, request);
    if (user === null) {
      socket.end('HTTP/1.1 403 Forbidden\r\nConnection: close\r\nContent-Length: 0\r\n\r\n');
      return;
    }
    sockets.handleUpgrade(request, socket, head, (page) => {
      alive.add(page);
      page.on('pong', () => alive.add(page));
      talk(options, page, user);
    });
  };
  options.server.on('upgrade', onUpgrade);
  const pinging = setInterval(() => {
    for (const page of sockets.clients) {
      if (alive.delete(page)) page.ping();
      else page.terminate();
    }
  }, pingEveryMs);
  return () => {
    clearInterval(pinging);
    options.server.off('upgrade', onUpgrade);
    for (const page of sockets.clients) page.terminate();
    sockets.close();
  };
}

/** @returns whose page it is, or null for a stranger */
function admit({ access, workspace }: LiveOptions, request: IncomingMessage): string | null {
  const asked = { method: request.method ?? 'GET', headers: request.headers };
  // A WebSocket is not held to the same origin by the browser, so the origin has to be there.
  if (request.headers.origin === undefined || !access.isFromHere(asked) || !access.isKnown(asked))
    return null;
  const url = URL.parse(request.url ?? '/', 'http://localhost');
  if (url?.pathname !== livePath) return null;
  const wanted = url.searchParams.get('user');
  const people = workspace.users();
  return (people.find(({ id }) => id === wanted) ?? people[0])?.id ?? null;
}

function talk({ workspace, hints, log }: LiveOptions, page: WebSocket, user: string): void {
  const send = (frame: Frame): void => page.send(JSON.stringify(frame));
  let channels = workspace.channels().length;
  const tell = (change: SlackChange): void => {
    if (workspace.channels().length !== channels) {
      channels = workspace.channels().length;
      send({ type: 'channels', channels: channelsOf({ workspace, user }) });
    }
    for (const frame of framesOf(workspace, user, change)) send(frame);
  };
  page.on('error', (error) => log.debug({ err: error }, 'a chat page lost its connection'));
  send(snapshotOf({ workspace, user, hints }));
  const unsubscribe = workspace.subscribe((change) => {
    try {
      tell(change);
    } catch (error) {
      // What a page is told must never harm what it is told of.
      log.error({ err: error }, 'a chat page could not be told of a change');
    }
  });
  page.on('close', unsubscribe);
}

function framesOf(workspace: SlackWorkspace, user: string, change: SlackChange): Frame[] {
  if (change.type !== 'message') {
    if (change.userId !== user) return [];
    if (change.type === 'view') return [{ type: 'views', views: viewsOf({ workspace, user }) }];
    if (change.type === 'home') return [{ type: 'home', home: homeOf({ workspace, user }) }];
    return [{ type: 'trouble', what: change.what }];
  }
  const { channel, ts, ephemeralFor } = change;
  if (ephemeralFor !== null && ephemeralFor !== user) return [];
  const message = messageOf({ workspace, user, channel, ts });
  if (message === null || change.change === 'deleted') return [{ type: 'gone', channel, ts }];
  // The head of a thread shows how many replies there are.
  const root =
    message.threadTs === null || change.change === 'changed'
      ? null
      : messageOf({ workspace, user, channel, ts: message.threadTs });
  return [message, ...(root === null ? [] : [root])].map((one) => ({ type: 'message', message: one }));
}
