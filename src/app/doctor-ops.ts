import { createServer } from 'node:net';
import { z } from 'zod';
import type { Config } from '../config/load.ts';
import { asFailure } from '../domain/errors.ts';
import { listen, localUrl } from '../ops/listen.ts';
import { serviceName } from '../ops/server.ts';
import { type Check, type Finding, ok } from './doctor-chats.ts';
import type { Session } from './session.ts';

const answerTimeoutMs = 3_000;
const shortPassword = 12;

type Http = Config['http'];

/** The agent's own HTTP side: asked where it runs, else whether it could. */
export function opsChecks({ settings }: Session): Check[] {
  return [{ port: 'metrics', look: (signal) => lookAtMetrics(settings.config.http, signal) }];
}

/** Exported for tests. */
export async function lookAtMetrics(http: Http, signal: AbortSignal): Promise<Finding> {
  const { host, port, opsPassword } = http;
  if (port === 0) return ok(`/metrics on any free port of ${host}; the start prints which`);
  const url = localUrl({ host, port });
  const answer = await ask(`${url}/healthz`, signal);
  if (answer === null) return await lookAtFreePort(http);
  if (!isOurs(answer.body)) {
    return {
      status: 'error',
      message: `port ${port} is taken by another program`,
      next: `stop it, or choose another: PORT=${port + 10}`,
    };
  }
  const authorization = opsPassword === null ? {} : { authorization: `Bearer ${opsPassword.reveal()}` };
  const metrics = await ask(`${url}/metrics`, signal, authorization);
  if (metrics === null || metrics.status !== 200) {
    return {
      status: 'error',
      message: `${url}/metrics answers ${metrics?.status ?? 'nothing'}`,
      next:
        metrics?.status === 401 ? 'restart the agent: it runs with another password' : 'look at data/logs',
    };
  }
  const away = /^kaggle_agent_(database|queue)_up 0$/m.exec(metrics.body)?.[1];
  if (away !== undefined) {
    return { status: 'warn', message: `${url}/metrics says that the ${away} does not answer`, next: null };
  }
  return okUnlessGuessable(http, `${url}/metrics answers`);
}

/** Whether the agent could listen there, by doing it. */
async function lookAtFreePort(http: Http): Promise<Finding> {
  const { host, port } = http;
  const server = createServer();
  const app = {
    listen: (place: { host: string; port: number }) =>
      new Promise<string>((resolve, reject) => {
        server.once('error', reject);
        server.listen(place, () => resolve(''));
      }),
  };
  try {
    await listen(app, { host, port });
  } catch (error) {
    return { status: 'error', message: asFailure(error).message, next: 'set PORT or KAGGLE_AGENT_HOST' };
  } finally {
    server.close();
  }
  return okUnlessGuessable(http, `/metrics on ${localUrl({ host, port })} when the agent runs`);
}

function okUnlessGuessable({ opsPassword }: Http, message: string): Finding {
  if (opsPassword === null) return ok(`${message}, for this machine alone`);
  if (opsPassword.reveal().length >= shortPassword) return ok(`${message}, with the password`);
  return {
    status: 'warn',
    message: `${message}, with a password of fewer than ${shortPassword} characters`,
    next: 'a longer KAGGLE_AGENT_OPS_PASSWORD',
  };
}

function isOurs(body: string): boolean {
  try {
    return z.object({ service: z.literal(serviceName) }).safeParse(JSON.parse(body)).success;
  } catch {
    return false;
  }
}

/** @returns null where nobody answers */
async function ask(
  url: string,
  signal: AbortSignal,
  headers: Record<string, string> = {},
): Promise<{ status: number; body: string } | null> {
  try {
    const timely = AbortSignal.any([signal, AbortSignal.timeout(answerTimeoutMs)]);
    const response = await fetch(url, { headers, signal: timely, redirect: 'manual' });
    return { status: response.status, body: await response.text() };
  } catch {
    return null;
  }
}
