import { stripVTControlCharacters } from 'node:util';
import pg from 'pg';
import { expect, test, vi } from 'vitest';
import { z } from 'zod';
import { rowsOf } from '../support/database.ts';
import { aCompetitionFolder } from '../support/kaggle.ts';
import { databaseOf, expectNoProcess, settledHistory } from './after-run.ts';
import { type AgentProcess, aFolder, portSettings, python, runAgent, startAgent } from './agent-process.ts';
import { created } from './invariants.ts';

const answersWithinMs = 30_000;
const worksWithinMs = 300_000;
const ctrlC = '\u0003';

/** What the terminal showed since the last look, without the sequences that move its cursor. */
function createReader(agent: AgentProcess) {
  let seen = 0;
  const all = () => stripVTControlCharacters(agent.stdout()).replaceAll('\r', '');
  const waitFor = async (text: RegExp, timeout = answersWithinMs): Promise<string> =>
    await vi.waitFor(
      () => {
        const fresh = all().slice(seen);
        const match = text.exec(fresh);
        if (match === null) throw new Error(`waiting for ${text}, have:\n${fresh}`);
        seen += match.index + match[0].length;
        return match[0];
      },
      { timeout, interval: 50 },
    );
  return {
    waitFor,
    /** Asks again and again until the answer is the one that is waited for. */
    async askUntil(line: string, answer: RegExp): Promise<void> {
      await expect
        .poll(
          async () => {
            agent.type(`${line}\r`);
            return await waitFor(answer, 1_000).catch(() => null);
          },
          { timeout: answersWithinMs, interval: 200 },
        )
        .not.toBeNull();
    },
    /** Types one line, and waits for its answer. */
    async ask(line: string, answer: RegExp): Promise<string> {
      agent.type(`${line}\r`);
      return await waitFor(answer);
    },
  };
}

const overviews = z.object({ competitions: z.array(z.object({ slug: z.string(), state: z.string() })) });

/** From the database itself: a process for each look would take the cores from what is waited for. */
async function expectStates(dataFolder: string, states: Readonly<Record<string, string>>): Promise<void> {
  const rows = await rowsOf(await databaseOf(dataFolder), 'select slug, state from competitions');
  const found = z.array(z.object({ slug: z.string(), state: z.string() })).parse(rows);
  expect(Object.fromEntries(found.map(({ slug, state }) => [slug, state]))).toMatchObject(states);
}

/** The states as another process sees them that attaches to the running agent. */
async function statesIn(dataFolder: string): Promise<Record<string, string>> {
  const { code, stdout } = await runAgent(['list', '--json', '--data', dataFolder]);
  expect([code, stdout]).toEqual([0, expect.any(String)]);
  return Object.fromEntries(
    overviews.parse(JSON.parse(stdout)).competitions.map(({ slug, state }) => [slug, state]),
  );
}

test.skipIf(python === null)(
  'in one process two competitions run side by side, commanded at the prompt, across a stop and a new start',
  async () => {
    const dataFolder = await aFolder();
    const env = await portSettings();
    const up = () => startAgent(['up', '--data', dataFolder], { env, terminal: true });

    const first = up();
    await commandAtPrompt(first, dataFolder);
    first.type(ctrlC);
    const stopped = await first.ended;
    expect([stopped.code, stopped.stdout]).toEqual([
      130,
      expect.stringMatching(/stopping[\s\S]+Stopped; nothing is lost/),
    ]);
    await expectNoProcess(dataFolder);

    const second = up();
    const reader = createReader(second);
    await reader.waitFor(/resumed +\S+, round 1: /, 60_000);
    await expectOneAgentOnly(dataFolder, env);
    await reader.waitFor(/wine-cultivars finished|breast-cancer-diagnosis finished/, worksWithinMs);
    // The same end may be told again with its final score, so the states say when both are there.
    const ends = {
      'wine-cultivars': 'completed',
      'breast-cancer-diagnosis': 'completed',
      'diabetes-progression': 'abandoned',
    };
    await vi.waitFor(() => expectStates(dataFolder, ends), { timeout: worksWithinMs, interval: 500 });
    expect(await statesIn(dataFolder)).toMatchObject(ends);
    const lost = 'select id from training_jobs where starts > 1';
    expect(await rowsOf(await databaseOf(dataFolder), lost)).toEqual([]);
    await reader.ask('/kaggle leaderboard wine-cultivars', /We: rank \d of \d/);
    await reader.ask('/kaggle logs wine-cultivars', /submission\.finish +done/);
    await reader.ask('/kaggle status wine-cultivars', /hidden test \d/);

    await expectReplayChangesNothing(dataFolder);
    await expectDoctorIsFine(dataFolder, env);
    second.type(ctrlC);
    expect((await second.ended).code).toBe(130);
    await expectNoProcess(dataFolder);
  },
);

async function commandAtPrompt(agent: AgentProcess, dataFolder: string): Promise<void> {
  const { ask, askUntil, waitFor } = createReader(agent);
  await waitFor(/is ready/, 60_000);
  await ask('/kaggle help', /leaderboard .+\n[\s\S]*budget/);
  await ask('/kaggle list', /Nothing is running|0 running/);
  await ask('/kaggle strat wine-cultivars', /Did you mean start\?/);
  await ask('/kaggle start no-such-thing', /no competition "no-such-thing"/);
  await ask('/kaggle start wine-cultivars rounds=1 approaches=1', /Started wine-cultivars\./);
  await ask(
    '/kaggle start breast-cancer-diagnosis rounds=1 approaches=1',
    /Started breast-cancer-diagnosis\./,
  );
  await ask('/kaggle start diabetes-progression rounds=1 approaches=1', /Started diabetes-progression\./);
  await askUntil('/kaggle status wine-cultivars', /wine-cultivars · [a-z ]+ · round 1 of 1/);
  await ask(
    '/kaggle pause wine-cultivars',
    /wine-cultivars paused by .+\n+Go on with: \/kaggle resume wine-cultivars/,
  );
  await ask('/kaggle resume wine-cultivars', /wine-cultivars resumed by .+ It goes on with/);
  await ask('/kaggle budget', /Spent today \$0\.00/);
  await ask('/kaggle decide', /No decision is open/);
  await ask('/kaggle stop diabetes-progression', /This ends it for good[\s\S]*Type yes/);
  await ask('yes', /diabetes-progression stopped/);
  await ask('/kaggle stop diabetes-progression', /has ended before/);
  await ask('/kaggle list', /3 competitions · 2 running|\d competitions · 2 running/);
  expect(await statesIn(dataFolder)).toMatchObject({ 'diabetes-progression': 'abandoned' });
  // In the middle of the work.
  await vi.waitFor(
    async () => {
      const training = `select slug from competitions where state = 'training'`;
      expect(await rowsOf(await databaseOf(dataFolder), training)).not.toEqual([]);
    },
    { timeout: worksWithinMs, interval: 100 },
  );
}

async function expectOneAgentOnly(dataFolder: string, env: Record<string, string>): Promise<void> {
  const { code, stderr } = await runAgent(['run', 'wine-cultivars', '--data', dataFolder]);
  expect([code, stderr]).toEqual([
    7,
    expect.stringMatching(/^error +Kaggle Agent is already running .+pid \d+/),
  ]);
  const other = await runAgent(['up', '--data', await aFolder()], { env });
  expect([other.code, other.stderr]).toEqual([7, expect.stringMatching(/^error +Port \d+ is taken/)]);
}

const eventList = z.object({ events: z.array(z.object({ id: z.number(), type: z.string() })) });

/** Replaying everything after the end: handlers run again, and find that all is done. */
async function expectReplayChangesNothing(dataFolder: string): Promise<void> {
  const before = await settledHistory(dataFolder);
  expect(created(before.journal)).toHaveLength(2);
  const rows = await effectsIn(dataFolder);
  const listed = await runAgent([
    'events',
    'list',
    '--json',
    '--after',
    '0',
    '-n',
    '10000',
    '--data',
    dataFolder,
  ]);
  const ids = eventList.parse(JSON.parse(listed.stdout)).events.map(({ id }) => id);
  expect(ids).toEqual(before.events.map(({ id }) => id));

  const range = ['--from', String(Math.min(...ids)), '--to', String(Math.max(...ids))];
  const replayed = await runAgent(['events', 'replay', ...range, '--json', '--data', dataFolder]);

  expect(JSON.parse(replayed.stdout)).toMatchObject({ replayed: ids.length });
  const after = await vi.waitFor(
    async () => {
      const history = await settledHistory(dataFolder);
      const lastRuns = history.stageRuns.filter(({ delivery }) => delivery > 0).length;
      expect(lastRuns).toBeGreaterThanOrEqual(before.events.length / 2);
      return history;
    },
    { timeout: answersWithinMs, interval: 500 },
  );
  expect(await effectsIn(dataFolder)).toEqual(rows);
  expect(after.journal).toEqual(before.journal);
  expect(after.objects).toEqual(before.objects);
}

/** Every row but those of the delivery itself. */
async function effectsIn(dataFolder: string): Promise<Record<string, unknown[]>> {
  const client = new pg.Client({ connectionString: await databaseOf(dataFolder) });
  await client.connect();
  const tables = [
    'competitions',
    'transitions',
    'research_results',
    'approaches',
    'generated_code',
    'training_jobs',
    'gpu_sessions',
    'spend_ledger',
    'submissions',
    'human_interventions',
    'cards',
  ];
  try {
    const read = async (table: string) =>
      [
        table,
        (await client.query(`select to_jsonb(t) as row from ${table} t order by to_jsonb(t)::text`)).rows,
      ] as const;
    const events = await client.query('select id, type, payload from events order by id');
    const pairs: (readonly [string, unknown[]])[] = [['events', events.rows]];
    for (const table of tables) pairs.push(await read(table));
    // Edits keep their pace, so the newest may still be on its way; what was posted must stay the same.
    const posts = await client.query(
      'select card_id, platform, channel, message_id from card_deliveries order by card_id, platform',
    );
    pairs.push(['card_deliveries', posts.rows]);
    return Object.fromEntries(pairs);
  } finally {
    await client.end();
  }
}

const doctorDocument = z.object({
  ok: z.boolean(),
  checks: z.array(z.object({ port: z.string(), status: z.string(), message: z.string() })),
});

async function expectDoctorIsFine(dataFolder: string, env: Record<string, string>): Promise<void> {
  const json = await runAgent(['doctor', '--json', '--data', dataFolder], { env });
  const document = doctorDocument.parse(JSON.parse(json.stdout));
  expect([json.code, document.ok]).toEqual([0, true]);
  const ports = document.checks.map(({ port }) => port);
  expect(ports).toEqual(
    expect.arrayContaining(['state', 'queue', 'objects', 'kaggle', 'code', 'compute', 'python', 'chat']),
  );
  expect(document.checks.find(({ port }) => port === 'state')?.message).toMatch(
    /embedded Postgres, writes and reads, answers in \d+ ms/,
  );
  const text = await runAgent(['doctor', '--data', dataFolder], { env });
  expect([text.code, text.stdout]).toEqual([0, expect.stringMatching(/^ok +state +embedded Postgres/m)]);
}

test.skipIf(python === null)(
  "arena add takes a folder of a person's own, which arena list then shows",
  async () => {
    const dataFolder = await aFolder();
    const source = await aCompetitionFolder();

    const added = await runAgent(['arena', 'add', source, '--json', '--data', dataFolder]);
    const listed = await runAgent(['arena', 'list', '--data', dataFolder]);

    expect(JSON.parse(added.stdout)).toMatchObject({ competition: { slug: 'odd-or-even', entrants: 3 } });
    expect([listed.code, listed.stdout]).toEqual([0, expect.stringMatching(/^odd-or-even +accuracy/m)]);
  },
);
