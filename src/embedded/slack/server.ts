import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { ConfigurationFailure } from '../../domain/errors.ts';
import type { WebApi } from './api.ts';
import { SlackApiError } from './api-error.ts';
import { readBody, readUpload } from './body.ts';
import type { SlackContext } from './context.ts';
import { respond } from './respond.ts';
import type { SocketMode } from './sockets.ts';

const host = '127.0.0.1';
/** Names under which a program on this machine reaches us; any other one is a web page's trick (DNS rebinding). */
const loopbackNames = ['127.0.0.1', 'localhost', '[::1]'];
const maxCallBytes = 4 * 1024 * 1024;
const maxUploadBytes = 64 * 1024 * 1024;

export type SlackServer = { port: number; close(): Promise<void> };

type Parts = { ctx: SlackContext; api: WebApi; sockets: SocketMode };

/**
 * Starts the HTTP side of the workspace, on the loopback interface alone.
 * @throws ConfigurationFailure `slack_workspace.port_in_use`
 */
export async function startServer(port: number, parts: () => Parts): Promise<SlackServer> {
  const server = createServer((request, response) => {
    void handle(parts(), request, response).catch((error: unknown) => answerError(response, error));
  });
  server.on('upgrade', (request, socket, head) => {
    const { ctx, sockets } = parts();
    const isConnection = new URL(request.url ?? '/', 'http://localhost').pathname === '/link/';
    if (ctx.faults.isOutage() || !isConnection || !isLocal(request)) socket.destroy();
    else sockets.upgrade(request, socket, head);
  });
  return {
    port: await listen(server, port),
    close() {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

type Reply = { status: number; headers: Record<string, string>; body: string | Buffer } | 'drop';

async function handle(parts: Parts, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const reply = parts.ctx.faults.isOutage() ? 'drop' : await route(parts, request);
  if (reply === 'drop') request.socket.destroy();
  else send(response, reply);
}

async function route({ ctx, api }: Parts, request: IncomingMessage): Promise<Reply> {
  if (!isLocal(request)) return text(403, 'Only this machine may ask.');
  const url = new URL(request.url ?? '/', 'http://localhost');
  const [, area, ...rest] = url.pathname.split('/');
  const isPost = request.method === 'POST';
  if (area === 'api') {
    const reply = await api.call(rest.join('/'), request, url, await readBody(request, maxCallBytes));
    return reply === 'drop' ? reply : json(reply.status, reply.body, reply.headers);
  }
  if (area === 'actions' && isPost) {
    const body = await readBody(request, maxCallBytes);
    return withFaults(ctx, 'response_url', () => {
      const answer = respond(ctx, rest[1] ?? '', body.toString('utf8'));
      return text(answer.status, answer.body);
    });
  }
  if (area === 'upload' && isPost) {
    const bytes = await readUpload(request, await readBody(request, maxUploadBytes));
    return withFaults(ctx, 'upload', () => {
      const problem = ctx.files.upload(rest[1] ?? '', bytes);
      if (problem === null) return text(200, `OK - ${bytes.length}`);
      return text(problem === 'unknown' ? 404 : 400, problem);
    });
  }
  if (area === 'files-pri' && !isPost) return privateFile(ctx, request, rest[0] ?? '');
  return text(404, 'not found');
}

function withFaults(ctx: SlackContext, name: string, answer: () => Reply): Reply {
  const fault = ctx.faults.next(name);
  switch (fault?.kind) {
    case 'rate_limit':
      return {
        status: 429,
        headers: { 'retry-after': String(fault.retryAfterSeconds) },
        body: 'rate_limited',
      };
    case 'status':
      return text(fault.status, 'failed on purpose');
    case 'refusal':
      return text(400, fault.error);
    case 'drop_after':
      answer();
      return 'drop';
    default:
      return answer();
  }
}

/** A private address of a file needs the app's token. */
function privateFile(ctx: SlackContext, request: IncomingMessage, name: string): Reply {
  const id = name.split('-')[1] ?? '';
  const file = ctx.files.get(id);
  const bytes = ctx.files.bytes(id);
  if (request.headers.authorization !== `Bearer ${ctx.identity.botToken}`) return text(403, 'not allowed');
  if (file?.state !== 'complete' || bytes === null) return text(404, 'not found');
  return { status: 200, headers: { 'content-type': file.mimetype }, body: bytes };
}

function text(status: number, body: string): Reply {
  return { status, headers: { 'content-type': 'text/plain; charset=utf-8' }, body };
}

function json(status: number, body: unknown, headers: Record<string, string> = {}): Exclude<Reply, 'drop'> {
  const type = { 'content-type': 'application/json; charset=utf-8' };
  return { status, headers: { ...headers, ...type }, body: JSON.stringify(body) };
}

function send(response: ServerResponse, { status, headers, body }: Exclude<Reply, 'drop'>): void {
  response.writeHead(status, { ...headers, 'x-content-type-options': 'nosniff' });
  response.end(body);
}

function answerError(response: ServerResponse, error: unknown): void {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  const isOurs = error instanceof SlackApiError;
  send(response, json(isOurs ? 200 : 500, { ok: false, error: isOurs ? error.error : 'internal_error' }));
}

function isLocal({ headers }: IncomingMessage): boolean {
  const isNamed = loopbackNames.includes(hostOf(`http://${headers.host ?? ''}`));
  const isOwnPage = headers.origin === undefined || loopbackNames.includes(hostOf(headers.origin));
  return isNamed && isOwnPage;
}

function hostOf(origin: string): string {
  return URL.canParse(origin) ? new URL(origin).hostname : '';
}

async function listen(server: Server, port: number): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once('error', reject);
  server.listen(port, host, resolve);
  try {
    await promise;
  } catch (cause) {
    const isTaken = cause instanceof Error && 'code' in cause && cause.code === 'EADDRINUSE';
    if (!isTaken) throw cause;
    throw new ConfigurationFailure(
      `Port ${port} is taken by another program; stop it, or give the built-in chat another port.`,
      { code: 'slack_workspace.port_in_use', cause },
    );
  }
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : port;
}
