import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export type RecordedRequest = {
  method: string;
  /** Path and query. */
  path: string;
  headers: IncomingHttpHeaders;
  body: Buffer;
  atMs: number;
};

export type TinyServer = { url: string; requests: RecordedRequest[]; close(): Promise<void> };

export type Handler = (
  request: RecordedRequest,
  response: ServerResponse,
  raw: IncomingMessage,
) => void | Promise<void>;

/** A real HTTP server on a free port that answers as the test says and keeps what it was asked; closed when it ends. */
export async function startTinyServer(handler: Handler): Promise<TinyServer> {
  const server = await openTinyServer(handler);
  await atTestEnd(server.close);
  return server;
}

/** Loaded only where a test runs: benchmarks use the rest of this file. */
export async function atTestEnd(close: () => Promise<void>): Promise<void> {
  const { onTestFinished } = await import('vitest');
  onTestFinished(close);
}

/** The same for whoever closes it. */
export async function openTinyServer(handler: Handler): Promise<TinyServer> {
  const requests: RecordedRequest[] = [];
  const server = createServer(async (raw, response) => {
    const chunks: Buffer[] = [];
    // A request that is cut off is of no interest here.
    raw.on('error', () => undefined);
    for await (const chunk of raw) chunks.push(chunk);
    const request = {
      method: raw.method ?? '',
      path: raw.url ?? '',
      headers: raw.headers,
      body: Buffer.concat(chunks),
      atMs: performance.now(),
    };
    requests.push(request);
    await handler(request, response, raw);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  // listen() on a TCP port always gives an AddressInfo.
  const { port } = server.address() as AddressInfo;
  const close = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  return { url: `http://127.0.0.1:${port}`, requests, close };
}

export function sendJson(response: ServerResponse, status: number, body: unknown, headers = {}): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(JSON.stringify(body));
}
