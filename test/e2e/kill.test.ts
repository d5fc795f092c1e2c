import { readFile } from 'node:fs/promises';
import { createServer, type IncomingMessage } from 'node:http';
import { join } from 'node:path';
import pg from 'pg';
import { expect, onTestFinished, test, vi } from 'vitest';
import { z } from 'zod';
import { attachEmbeddedPostgres } from '../../src/embedded/postgres.ts';
import { expectWholeHistory } from './after-run.ts';
import { type AgentProcess, aFolder, portSettings, python, startAgent } from './agent-process.ts';
import { created } from './invariants.ts';

const slug = 'wine-cultivars';
const oneApproach = { KAGGLE_AGENT_APPROACHES_PER_ROUND: '1' };

/** The event by which a competition enters each of its states, in order. */
const boundaries = [
  'new_competition_found',
  'research_started',
  'research_completed',
  'generation_started',
  'code_ready',
  'training_started',
  'training_completed',
  'submission_completed',
  'score_received',
  'success',
] as const;

const runDocument = z.object({
  status: z.string(),
  rounds: z.number(),
  submissions: z.array(z.object({ key: z.string(), score: z.number().nullable() })),
});

test.skipIf(python === null)(
  'a run that is killed at every stage boundary ends with each submission made once',
  async () => {
    const dataFolder = await aFolder();
    const run = () =>
      startAgent(['run', slug, '--json', '--max-rounds', '1', '--data', dataFolder], { env: oneApproach });

    const killed: string[] = [];
    for (const boundary of boundaries) {
      const agent = run();
      if (await killWhen(agent, dataFolder, boundary)) killed.push(boundary);
    }
    const { code, stdout, stderr } = await run().ended;

    expect([code, stderr]).toEqual([0, expect.not.stringContaining('    at ')]);
    const document = runDocument.parse(JSON.parse(stdout));
    expect(document).toMatchObject({
      status: 'completed',
      rounds: 1,
      submissions: [{ score: expect.any(Number) }],
    });
    // A boundary that two moves pass faster than a kill arrives is hit together with the next.
    expect(killed.length).toBeGreaterThanOrEqual(boundaries.length - 2);
    const history = await expectWholeHistory(dataFolder);
    expect(created(history.journal)).toHaveLength(1);
    expect(history.submissions).toHaveLength(1);
  },
);

/** @returns false where the event had happened before anybody could look. */
async function killWhen(agent: AgentProcess, dataFolder: string, event: string): Promise<boolean> {
  const client = await connect(dataFolder);
  const seen = new Promise<void>((resolve) => {
    client.on('notification', ({ payload }) => {
      if (payload === event) resolve();
    });
  });
  await client.query('listen kaggle_agent_events');
  const earlier = await client
    .query('select from events where type = $1', [event])
    .catch(() => ({ rowCount: 0 }));
  const isEarly = (earlier.rowCount ?? 0) > 0;
  if (!isEarly) await seen;
  agent.killGroup();
  const { signal } = await agent.ended;
  expect(signal).toBe('SIGKILL');
  await client.end().catch(() => undefined);
  return !isEarly;
}

async function connect(dataFolder: string): Promise<pg.Client> {
  return await vi.waitFor(
    async () => {
      const connectionString = await attachEmbeddedPostgres(dataFolder);
      if (connectionString === null) throw new Error('not yet');
      const client = new pg.Client({ connectionString });
      client.on('error', () => undefined);
      await client.connect();
      return client;
    },
    { timeout: 60_000, interval: 20 },
  );
}

test.skipIf(python === null)(
  'a kill between the vendor taking a submission and our knowing of it sends nothing twice',
  async () => {
    const [dataFolder, arenaData] = [await aFolder(), await aFolder()];
    const arena = await serveArena(arenaData);
    let agent: AgentProcess | null = null;
    let cut = 0;
    const proxyUrl = await startProxy(arena.apiUrl, (method) => {
      if (method !== 'CreateSubmission' || cut > 0) return 'answer';
      cut += 1;
      agent?.killGroup();
      return 'cut';
    });
    const env = { ...oneApproach, KAGGLE_API_BASE_URL: proxyUrl, KAGGLE_API_TOKEN: arena.token };
    const run = () => startAgent(['run', slug, '--json', '--max-rounds', '1', '--data', dataFolder], { env });

    agent = run();
    expect((await agent.ended).signal).toBe('SIGKILL');
    const { code, stdout, stderr } = await run().ended;

    expect([code, stderr]).toEqual([0, expect.stringContaining('ok     submission')]);
    expect(runDocument.parse(JSON.parse(stdout))).toMatchObject({ status: 'completed' });
    const history = await expectWholeHistory(dataFolder, { env, arenaFolder: join(arenaData, 'arena') });
    expect([cut, created(history.journal).length]).toEqual([1, 1]);
    expect(history.submissions).toMatchObject([{ status: 'scored', vendorRef: expect.any(String) }]);
  },
);

/** The arena as a process of its own: what it knows survives every kill of the agent. */
async function serveArena(dataFolder: string): Promise<{ apiUrl: string; token: string }> {
  const arena = startAgent(['arena', 'serve', '--json', '--data', dataFolder], { env: await portSettings() });
  const apiUrl = await vi.waitFor(
    () => z.object({ apiUrl: z.url() }).parse(JSON.parse(arena.stdout())).apiUrl,
    {
      timeout: 60_000,
    },
  );
  const secrets = JSON.parse(await readFile(join(dataFolder, 'secrets.json'), 'utf8'));
  return { apiUrl, token: z.object({ arenaToken: z.string() }).parse(secrets).arenaToken };
}

/** Passes every call on, and answers as the test says: with what came, or not at all. */
async function startProxy(target: string, decide: (method: string) => 'answer' | 'cut'): Promise<string> {
  const server = createServer(async (request, response) => {
    const answer = await fetch(new URL(request.url ?? '/', target), {
      method: request.method ?? 'GET',
      headers: forwarded(request),
      redirect: 'manual',
      ...(request.method === 'GET' ? {} : { body: await bodyOf(request) }),
    });
    const body = Buffer.from(await answer.arrayBuffer());
    if (decide(request.url?.split('/').at(-1) ?? '') === 'cut') {
      request.socket.destroy();
      return;
    }
    const {
      'content-encoding': _,
      'content-length': __,
      'transfer-encoding': ___,
      ...headers
    } = Object.fromEntries(answer.headers);
    response.writeHead(answer.status, headers).end(body);
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  onTestFinished(() => {
    server.closeAllConnections();
    return new Promise<void>((done) => server.close(() => done()));
  });
  const address = server.address();
  return `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`;
}

function forwarded(request: IncomingMessage): Record<string, string> {
  const names = ['authorization', 'content-type', 'accept', 'user-agent'];
  return Object.fromEntries(
    names.flatMap((name) => {
      const value = request.headers[name];
      return typeof value === 'string' ? [[name, value]] : [];
    }),
  );
}

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks);
}
