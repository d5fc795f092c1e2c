import { execFileSync, spawn } from 'node:child_process';
import { createHash, randomUUID } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { join, resolve } from 'node:path';
import { buffer } from 'node:stream/consumers';
import Fastify from 'fastify';
import { onTestFinished } from 'vitest';
import type { z } from 'zod';
import {
  type JobSheet,
  jobSheetSchema,
  type RunResult,
  runResultSchema,
} from '../../src/domain/run-contract.ts';
import { objectRoutes } from '../../src/ops/object-routes.ts';
import { createBundle } from '../../src/providers/compute/bundle.ts';
import { createFolderStore } from '../../src/providers/objects/folder.ts';
import { findPython } from './python.ts';
import { tempFolder } from './temp-folder.ts';

/** Absolute path of the interpreter that tests train with; empty where there is none, and then they are skipped. */
export function trainingPython(): string {
  const name = findPython();
  if (name === null) return '';
  return execFileSync(name, ['-c', 'import sys; print(sys.executable)'], { encoding: 'utf8' }).trim();
}

export const runnerPath = resolve(import.meta.dirname, '../../runner/runner.py');

/** An object store behind a real HTTP server, with one job's objects under `job/`. */
export async function aJobServer() {
  const folder = await tempFolder();
  const secret = randomUUID();
  const now = () => new Date();
  let url = '';
  const store = createFolderStore({ folder, ownUrl: () => url, linkSecret: secret, now });
  const app = Fastify();
  await app.register(objectRoutes({ store, secret, now }));
  await app.listen({ host: '127.0.0.1', port: 0 });
  onTestFinished(() => app.close());
  url = `http://127.0.0.1:${portOf(app.server)}`;

  const readText = async (name: string) => (await buffer(await store.get(`job/${name}`))).toString('utf8');
  const has = async (name: string) => (await store.head(`job/${name}`)) !== null;
  const result = async (): Promise<RunResult> =>
    runResultSchema.parse(JSON.parse(await readText('result.json')));
  const link = (name: string, method: 'GET' | 'PUT', maxBytes = 100_000_000) =>
    store.signedUrl(`job/${name}`, { method, expiresInSeconds: 600, maxBytes });
  return { store, secret, url: () => url, readText, has, result, link };
}
export type JobServer = Awaited<ReturnType<typeof aJobServer>>;

type SheetChanges = Partial<Omit<z.input<typeof jobSheetSchema>, 'limits'>> & {
  limits?: Partial<JobSheet['limits']>;
};

/** A sheet for `script`, with every object behind the job server. */
export async function aSheet(
  server: JobServer,
  script: string,
  changes: SheetChanges = {},
): Promise<JobSheet> {
  const body = await createBundle({
    script,
    requirements: '',
    manifest: {
      schema: 1,
      competition: 'titanic',
      approach: 'test',
      seed: 1,
      timeLimitSeconds: 60,
      expectedOutputs: ['submission.csv'],
    },
  });
  const bundle = await published(server, 'bundle.tar.gz', body);
  const train = await published(server, 'train.csv', Buffer.from('id,x\n1,2\n'));
  const { limits, ...rest } = changes;
  return jobSheetSchema.parse({
    schema: 1,
    job: 'job-1',
    token: 'token-1',
    bundle,
    data: [{ name: 'train.csv', ...train }],
    outputs: [await anOutput(server, 'submission.csv', true), await anOutput(server, 'oof.csv', false)],
    uploads: {
      heartbeat: await server.link('heartbeat.json', 'PUT'),
      log: await server.link('run.log', 'PUT'),
      result: await server.link('result.json', 'PUT'),
    },
    timeLimitSeconds: 30,
    graceSeconds: 0.5,
    heartbeatSeconds: 0.2,
    seed: 7,
    debug: false,
    limits: {
      memoryBytes: null,
      cpuSeconds: null,
      fileSizeBytes: null,
      processes: null,
      diskBytes: null,
      ...limits,
    },
    isolation: { network: 'none' },
    install: false,
    python: null,
    ...rest,
  });
}

export async function anOutput(server: JobServer, name: string, required: boolean, maxBytes = 1_000_000) {
  return { name, url: await server.link(name, 'PUT'), required, maxBytes };
}

export async function published(server: JobServer, name: string, body: Buffer) {
  await server.store.put(`job/${name}`, body);
  return { url: await server.link(name, 'GET'), sha256: sha256Of(body), sizeBytes: body.length };
}

/** Puts the sheet on the server. @returns its URL */
export async function publishSheet(server: JobServer, sheet: JobSheet): Promise<string> {
  await server.store.put('job/sheet.json', Buffer.from(JSON.stringify(sheet)));
  return await server.link('sheet.json', 'GET');
}

export function sha256Of(body: Buffer | string): string {
  return createHash('sha256').update(body).digest('hex');
}

/** A runner process in a scratch folder of its own, ended with the test at the latest. */
export async function startRunner(
  python: string,
  location: string,
  { args = [], env = {} }: { args?: string[]; env?: Record<string, string> } = {},
) {
  const scratch = join(await tempFolder(), 'run');
  const child = spawn(python, [runnerPath, location, '--scratch', scratch, ...args], {
    stdio: ['pipe', 'ignore', 'pipe'],
    env: { PATH: process.env.PATH ?? '', HOME: process.env.HOME ?? '', ...env },
  });
  let errors = '';
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    errors += chunk;
  });
  const ended = new Promise<number | null>((done) => child.once('close', () => done(child.exitCode)));
  onTestFinished(async () => {
    child.kill('SIGKILL');
    await ended;
  });
  return { child, scratch, ended, errors: () => errors };
}

/** Runs a script to its end. */
export async function runScript(
  python: string,
  server: JobServer,
  script: string,
  changes: SheetChanges = {},
  options: Parameters<typeof startRunner>[2] = {},
) {
  const location = await publishSheet(server, await aSheet(server, script, changes));
  const runner = await startRunner(python, location, options);
  const exitCode = await runner.ended;
  return { exitCode, errors: runner.errors(), scratch: runner.scratch };
}

/** Python that writes a good submission. `OUT` is the out folder. */
export const writeSubmission = `
import os, sys
OUT = sys.argv[sys.argv.index("--out") + 1]
open(os.path.join(OUT, "submission.csv"), "w").write("id,y\\n1,0\\n")
`;

/** Ids of living processes that carry `marker` in their command line. Linux only. */
export async function processesWith(marker: string): Promise<number[]> {
  const found: number[] = [];
  for (const name of await readdir('/proc')) {
    if (!/^\d+$/.test(name) || Number(name) === process.pid) continue;
    const command = await readFile(`/proc/${name}/cmdline`, 'utf8').catch(() => '');
    const status = await readFile(`/proc/${name}/stat`, 'utf8').catch(() => ') Z');
    if (command.includes(marker) && !/\) [ZX]/.test(status)) found.push(Number(name));
  }
  return found;
}

/** A bare HTTP server for faults that the job server does not make. */
export async function aServer(
  answer: (request: IncomingMessage, response: ServerResponse) => void,
): Promise<string> {
  const server = createServer(answer);
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  onTestFinished(() => {
    server.closeAllConnections();
    return new Promise<void>((done) => server.close(() => done()));
  });
  return `http://127.0.0.1:${portOf(server)}`;
}

function portOf(server: Server): number {
  const address = server.address();
  return address === null || typeof address === 'string' ? 0 : address.port;
}
