import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createServer, request } from 'node:http';
import { delimiter, join } from 'node:path';
import { onTestFinished, vi } from 'vitest';
import { jwtSecret } from './supabase-keys.ts';
import { tempFolder } from './temp-folder.ts';

const patience = { timeout: 20_000, interval: 50 };

/** `POSTGREST_BIN`, or postgrest on the PATH; null where there is none. */
export function findPostgrest(): string | null {
  const named = process.env.POSTGREST_BIN;
  if (named !== undefined && named !== '') return named;
  const folders = (process.env.PATH ?? '').split(delimiter).filter((folder) => folder !== '');
  return folders.map((folder) => join(folder, 'postgrest')).find((path) => existsSync(path)) ?? null;
}

/** A real PostgREST under the path that Supabase gives it; it ends with the test. */
export async function startRealPostgrest(binary: string, connectionString: string): Promise<string> {
  const socket = join(await tempFolder(), 'postgrest.sock');
  const child = spawn(binary, [], {
    stdio: 'ignore',
    env: {
      PATH: process.env.PATH,
      PGRST_DB_URI: connectionString,
      PGRST_DB_SCHEMAS: 'public',
      PGRST_DB_ANON_ROLE: 'anon',
      PGRST_JWT_SECRET: jwtSecret,
      PGRST_SERVER_UNIX_SOCKET: socket,
    },
  });
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  onTestFinished(async () => {
    child.kill('SIGKILL');
    await ended;
  });
  const gate = createServer((incoming, outgoing) => {
    const path = (incoming.url ?? '/').replace(/^\/rest\/v1/, '');
    const { method, headers } = incoming;
    const forwarded = request({ socketPath: socket, path, method, headers }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(outgoing);
    });
    forwarded.on('error', () => outgoing.writeHead(502).end());
    incoming.pipe(forwarded);
  });
  await new Promise<void>((resolve) => gate.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    gate.closeAllConnections();
    gate.close();
  });
  const address = gate.address();
  const url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`;
  await vi.waitFor(async () => {
    const { ok } = await fetch(`${url}/rest/v1/competition_moves?limit=0`, { method: 'OPTIONS' });
    if (!ok) throw new Error('PostgREST is not ready');
  }, patience);
  return url;
}

/** PostgREST calls a new function only when it has read the schema anew. */
export async function untilPublished(url: string, name: string): Promise<void> {
  await vi.waitFor(async () => {
    const { ok } = await fetch(`${url}/rest/v1/rpc/${name}`, { method: 'OPTIONS' });
    if (!ok) throw new Error(`${name} is not published`);
  }, patience);
}
