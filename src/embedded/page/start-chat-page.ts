import { readFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import fastifyStatic from '@fastify/static';
import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import { ConfigurationFailure } from '../../domain/errors.ts';
import type { Log } from '../../domain/log.ts';
import type { SlackWorkspace } from '../slack/contract.ts';
import { type Access, createAccess } from './access.ts';
import { registerCalls } from './calls.ts';
import { serveLiveChanges } from './live-changes.ts';
import { registerFiles } from './page-files.ts';
import { strangerPage } from './stranger-page.ts';
import type { CommandHint } from './wire.ts';

const host = '127.0.0.1';

/** Everything that a page sends is a line of text or a small form. */
const maxBodyBytes = 256 * 1024;

/** Nothing from elsewhere is loaded, and nothing runs but the page's own files. */
const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "font-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

export type ChatPageOptions = {
  workspace: SlackWorkspace;
  /** 0: any free port. */
  port: number;
  /** Opens the page; letters, digits, `_` and `-`. */
  key: string;
  log: Log;
  /** Where the built page lies (build-page.ts). */
  staticFolder: string;
  /** Commands that are offered while somebody types `/`. */
  hints?: readonly CommandHint[];
};

export type ChatPage = {
  /** The address with the key in it, for a person to open. */
  url: string;
  close(): Promise<void>;
};

/**
 * Serves a workspace as a web page, on this machine only, to whoever opened it with the key.
 * @throws ConfigurationFailure `page.port_in_use`, `page.not_built`
 */
export async function startChatPage(options: ChatPageOptions): Promise<ChatPage> {
  const { workspace, key, log, staticFolder, hints = [] } = options;
  const index = await readIndex(staticFolder);
  const app = Fastify({ logger: false, forceCloseConnections: true, bodyLimit: maxBodyBytes });
  const portOf = (): number => (app.server.address() as AddressInfo | null)?.port ?? 0;
  const access = createAccess({ key, port: portOf });
  app.addHook('onRequest', (request, reply) => admit(access, request, reply));
  app.addHook('onSend', async (_request, reply) => protect(reply));
  app.get('/', async (_request, reply) => reply.type('text/html; charset=utf-8').send(index));
  await app.register(fastifyStatic, {
    root: join(staticFolder, 'assets'),
    prefix: '/assets/',
    // Their names hold the hash of what they are.
    immutable: true,
    maxAge: '30d',
    index: false,
  });
  registerFiles(app, workspace);
  registerCalls(app, { workspace, log });
  const stopLive = serveLiveChanges({ server: app.server, workspace, access, hints, log });
  const close = async (): Promise<void> => {
    stopLive();
    await app.close();
  };
  try {
    await listen(app, options.port);
  } catch (error) {
    // What pings the pages would keep the process alive.
    await close();
    throw error;
  }
  return { url: `http://${host}:${portOf()}/?key=${key}`, close };
}

async function readIndex(staticFolder: string): Promise<Buffer> {
  try {
    return await readFile(join(staticFolder, 'index.html'));
  } catch (cause) {
    throw new ConfigurationFailure('The chat page is not built, so it cannot be opened. Run: script/setup', {
      code: 'page.not_built',
      cause,
      details: { staticFolder },
    });
  }
}

/** Everything needs the cookie, which only the page itself with the key in its address gives. */
async function admit(access: Access, request: FastifyRequest, reply: FastifyReply): Promise<void> {
  const isPage = request.method === 'GET' && URL.parse(request.url, 'http://localhost')?.pathname === '/';
  const isFromHere = access.isFromHere(request);
  // Query strings come as anything.
  const { key } = request.query as { key?: unknown };
  if (isFromHere && isPage && access.isKey(key)) {
    void reply.header('set-cookie', access.cookie());
    return;
  }
  if (isFromHere && access.isKnown(request)) return;
  if (isPage) await reply.code(403).type('text/html; charset=utf-8').send(strangerPage);
  else await reply.code(403).send({ error: { code: 'page.forbidden', message: 'Not allowed.' } });
}

function protect(reply: FastifyReply): void {
  void reply.headers({
    'content-security-policy': reply.getHeader('content-security-policy') ?? policy,
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-resource-policy': 'same-origin',
    'referrer-policy': 'no-referrer',
    'x-content-type-options': 'nosniff',
    'x-frame-options': 'DENY',
  });
  if (!reply.hasHeader('cache-control')) void reply.header('cache-control', 'no-store');
}

async function listen(app: FastifyInstance, port: number): Promise<void> {
  try {
    await app.listen({ host, port });
  } catch (cause) {
    if (!(cause instanceof Error) || !('code' in cause) || cause.code !== 'EADDRINUSE') throw cause;
    throw new ConfigurationFailure(
      `Port ${port} is taken by another program, so the chat page cannot be opened. Stop it, or choose another port: KAGGLE_AGENT_PAGE_PORT=${port + 10} npm start`,
      { code: 'page.port_in_use', cause, details: { port } },
    );
  }
}
