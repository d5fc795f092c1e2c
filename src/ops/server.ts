import type { AddressInfo } from 'node:net';
import Fastify, { type FastifyInstance, type FastifyReply, type preHandlerAsyncHookHandler } from 'fastify';
import { asFailure } from '../domain/errors.ts';
import type { Health } from '../domain/health.ts';
import type { Log } from '../domain/log.ts';
import { createAccess, wantsPage } from './access.ts';
import { listen, localUrl } from './listen.ts';
import type { Metrics } from './metrics.ts';
import { type ObjectRoutesOptions, objectRoutes } from './object-routes.ts';
import { pagePolicy } from './page.ts';
import { boardPath, queueBoard } from './queue-board.ts';
import { notReadyReasons, overallStatus, type Status, told } from './status.ts';
import { renderStatusPage } from './status-page.ts';

const statusPath = '/ops/status';
/** Who looks whether the port is ours, looks for this. */
export const serviceName = 'kaggle-agent';

export type OpsOptions = {
  /** Anything but this machine itself needs a password to be of use. */
  host: string;
  /** 0: any free port. */
  port: number;
  /** Opens the pages on this machine. */
  key: string;
  /** Of the user `ops`; revealed anew for each request. */
  password: { reveal(): string } | null;
  /** Null where the objects are served from elsewhere. */
  objects: Omit<ObjectRoutesOptions, 'onFailure'> | null;
  /** Null: no page of the queues here. */
  queues: { raw(): unknown[] } | null;
  /** Of every module and service; empty until the first checks begin. */
  health: () => readonly Health[];
  /** Made before the server, so that others can report from the beginning. */
  metrics: Metrics;
  version: string;
  roles: readonly string[];
  /** True from the moment this process begins to stop. */
  isStopping?: () => boolean;
  log: Log;
};

export type OpsServer = {
  /** As this machine itself reaches it. */
  url: string;
  /** Addresses for a browser on this machine, with the key. */
  statusUrl: string;
  queuesUrl: string;
  close(): Promise<void>;
};

/**
 * The agent's own HTTP side: signed object links, probes, metrics, and the pages of status and queues.
 * `/healthz` and `/readyz` are open to everybody who reaches the port, and tell codes only.
 * @throws ConfigurationFailure `http.port_in_use`, `http.port_refused`, `http.bad_host`
 */
export async function startOpsServer(options: OpsOptions): Promise<OpsServer> {
  const { host, key, password, queues, metrics, log } = options;
  const app = Fastify({ logger: false, forceCloseConnections: true });
  app.addHook('onSend', async (_request, reply) => protect(reply));
  app.setErrorHandler(async (error, request, reply) => {
    const status = statusOfError(error);
    if (status >= 500) log.error({ err: asFailure(error), path: pathOf(request.url) }, 'a page failed');
    const message = status >= 500 ? 'This page failed; the log says why.' : 'This cannot be asked.';
    await reply.code(status).send({ error: { code: 'ops.failed', message } });
  });
  const onFailure: ObjectRoutesOptions['onFailure'] = (failure) =>
    log.error({ err: failure }, 'an object could not be served');
  if (options.objects !== null) await app.register(objectRoutes({ ...options.objects, onFailure }));
  addProbes(app, options);
  const access = createAccess({ key, password, onRefused: () => metrics.observeRefusedLogin() });
  app.get('/metrics', { preHandler: access('machine') }, async (_request, reply) =>
    reply.type(metrics.contentType).send(await metrics.render()),
  );
  addStatus(app, options, access('key'));
  if (queues !== null) await app.register(queueBoard(queues, access('key')));
  await listen(app, { host, port: options.port });
  const { port } = app.server.address() as AddressInfo;
  const url = localUrl({ host, port });
  const page = (path: string): string => `${url}${path}?key=${key}`;
  return {
    url,
    statusUrl: page(statusPath),
    queuesUrl: page(boardPath),
    close: () => app.close(),
  };
}

/** Without what may hold a key. */
function pathOf(url: string): string {
  return url.replace(/\?.*$/s, '');
}

/** What the server itself refuses, a request that is none, carries its status. */
function statusOfError(error: unknown): number {
  const status = error instanceof Error && 'statusCode' in error ? error.statusCode : 500;
  return typeof status === 'number' && status >= 400 ? status : 500;
}

function protect(reply: FastifyReply): void {
  const isPage = String(reply.getHeader('content-type') ?? '').startsWith('text/html');
  if (isPage && !reply.hasHeader('content-security-policy')) {
    void reply.header('content-security-policy', pagePolicy);
  }
  void reply.headers({ 'referrer-policy': 'no-referrer', 'x-content-type-options': 'nosniff' });
  if (!reply.hasHeader('cache-control')) void reply.header('cache-control', 'no-store');
}

/** That it lives, it says without asking anybody; whether it is ready, the health checks know. */
function addProbes(app: FastifyInstance, { health, isStopping }: OpsOptions): void {
  app.get('/healthz', async () => ({ status: 'ok', service: serviceName }));
  app.get('/readyz', async (_request, reply) => {
    const reasons = [
      ...(isStopping?.() === true ? [{ name: 'process', code: 'stopping' }] : []),
      ...notReadyReasons(health()),
    ];
    if (reasons.length === 0) return { status: 'ready' };
    return reply.code(503).send({ status: 'not_ready', reasons });
  });
}

function addStatus(app: FastifyInstance, options: OpsOptions, admit: preHandlerAsyncHookHandler): void {
  const startedAt = new Date();
  const queuesPath = options.queues === null ? null : boardPath;
  app.get(statusPath, { preHandler: admit }, async (request, reply) => {
    const status = await readStatus(options, startedAt);
    if (!wantsPage(request)) return status;
    return reply.type('text/html; charset=utf-8').send(renderStatusPage(status, queuesPath));
  });
}

async function readStatus(options: OpsOptions, startedAt: Date): Promise<Status> {
  const { metrics, version, roles } = options;
  const [queues, figures] = await Promise.all([metrics.readQueues(), metrics.readFigures()]);
  const health = options.health().map(told);
  return {
    status: overallStatus(health),
    at: new Date(),
    version,
    roles,
    pid: process.pid,
    startedAt,
    modules: health.filter(({ kind }) => kind === 'module'),
    services: health.filter(({ kind }) => kind === 'service'),
    queues,
    processes: figures?.processes ?? null,
    outbox: figures?.outbox ?? null,
    alerts: figures?.alerts ?? null,
  };
}
