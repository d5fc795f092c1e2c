import { expect, test, vi } from 'vitest';
import type { FaultRule } from '../../src/arena/faults.ts';
import type { ArenaOptions } from '../../src/arena/server.ts';
import type { Context } from '../../src/context.ts';
import { checkScores } from '../../src/flows/submission/check-scores.ts';
import { submit } from '../../src/flows/submission/submit.ts';
import { watchScore } from '../../src/flows/submission/watch-score.ts';
import { submissionKey } from '../../src/flows/support/object-keys.ts';
import { Wait } from '../../src/flows/support/wait.ts';
import type { Competition } from '../../src/state/competitions.ts';
import { listLeaderboards } from '../../src/state/leaderboards.ts';
import type { StatePort } from '../../src/state/port.ts';
import { listSubmissions, openSubmission, scoreSubmission } from '../../src/state/submissions.ts';
import { aCompetition } from '../support/builders.ts';
import { sha256Of } from '../support/in-process-compute.ts';
import { aPracticeWorld, now, type PracticeWorld, practiceSlug } from '../support/practice-world.ts';

const signal = new AbortController().signal;
const version = 6;

/** Mostly right answers for the rows of the arena. */
const answers = (wrong = 0) =>
  [
    'id,y',
    ...Array.from({ length: 40 }, (_, row) => `${1_000 + row},${row < wrong ? 1 - (row % 2) : row % 2}`),
    '',
  ].join('\n');

type Ready = { world: PracticeWorld; competition: Competition; ctx: Context };

/** A competition that is trained, with the file that it means to submit. */
async function ready(
  options: {
    faults?: FaultRule[];
    fields?: Record<string, unknown>;
    arena?: Partial<ArenaOptions>;
    now?: () => Date;
  } = {},
): Promise<Ready> {
  const world = await aPracticeWorld({
    ...(options.fields === undefined ? {} : { fields: options.fields }),
    arena: {
      ...options.arena,
      ...(options.faults === undefined ? {} : { faults: options.faults }),
      ...(options.now === undefined ? {} : { now: options.now }),
    },
    ...(options.now === undefined ? {} : { context: { now: options.now } }),
  });
  const { pool, ctx } = world;
  const competition = await aCompetition(
    { pool, state: ctx.state },
    { slug: practiceSlug, state: 'training_completed', version, round: 1 },
  );
  // The last round: nothing is left to wait beside.
  await pool.query(`update competitions set limits = '{"maxRounds": 1}'`);
  await plan(ctx, competition, answers(3));
  return { world, competition, ctx };
}

async function plan(ctx: Context, competition: Competition, csv: string): Promise<void> {
  const paramsHash = sha256Of(csv);
  const objectKey = submissionKey(practiceSlug, competition.round, paramsHash);
  await ctx.objects.put(objectKey, Buffer.from(csv));
  await openSubmission(ctx.state, {
    competitionId: competition.id,
    version: competition.version,
    paramsHash,
    approach: 'a-way',
    members: [],
    objectKey,
    cv: 0.9,
    estimate: 0.9,
    scores: {},
  });
}

const send = ({ ctx, competition }: Ready, changes: Partial<Context> = {}) =>
  submit({ ...ctx, ...changes }, { competitionId: competition.id, version });

/** Calls the flow as its job would, until it neither waits nor fails, and tells what happened on the way. */
async function sendToEnd(run: Ready): Promise<string[]> {
  const story: string[] = [];
  await vi.waitFor(
    async () => {
      try {
        await send(run);
      } catch (error) {
        story.push(
          error instanceof Wait ? `wait: ${error.message}` : String((error as { code?: string }).code),
        );
        throw error;
      }
    },
    { timeout: 20_000, interval: 30 },
  );
  return story;
}

const row = async ({ ctx, competition }: Ready) => (await listSubmissions(ctx.state, competition.id))[0];
const atVendor = ({ ctx }: Ready) => ctx.kaggle.listSubmissions(practiceSlug, { signal });

/** What must hold in the end, whatever happened before. */
async function expectSentOnce(run: Ready): Promise<void> {
  const listed = await atVendor(run);
  expect(listed).toHaveLength(1);
  const sent = await row(run);
  expect(sent).toMatchObject({ status: 'accepted', vendorRef: String(listed[0]?.ref) });
  expect(listed[0]?.description).toContain(sent?.key);
  expect(await now(run.world, run.competition)).toMatchObject({ state: 'submitted', version: version + 1 });
}

/** A database that is lost at one function: before it runs, or after it ran and before its answer arrives. */
function losing(state: StatePort, name: string, when: 'before' | 'after'): StatePort {
  return {
    ...state,
    async call(called, args, answer) {
      if (called === name && when === 'before') throw new Error('the process dies here');
      const answered = await state.call(called, args, answer);
      if (called === name) throw new Error('the process dies here');
      return answered;
    },
  };
}

test('the file is sent once, under a key that the vendor keeps, and the competition moves on', async () => {
  const run = await ready();

  await send(run);

  await expectSentOnce(run);
  // a second job for the same, and one that comes late
  await Promise.all([send(run), send(run)]);
  await expectSentOnce(run);
});

test('two workers at once send it once', async () => {
  const run = await ready();

  await Promise.allSettled([send(run), send(run)]);
  await sendToEnd(run);

  await expectSentOnce(run);
});

const lost = (method: string, action: FaultRule['action'], times = 1): FaultRule[] => [
  { method, action, times },
];

test.each([
  [
    'the upload cannot be begun for a while',
    lost('StartSubmissionUpload', { kind: 'answer', status: 503 }, 4),
  ],
  ['the upload is cut off', lost('storage.PUT', { kind: 'drop', afterBytes: 50 }, 4)],
  ['the call is cut off before it took effect', lost('CreateSubmission', { kind: 'drop' })],
  [
    'the vendor is too busy',
    lost('CreateSubmission', { kind: 'answer', status: 429, headers: { 'retry-after': '0.1' } }),
  ],
])('nothing happened yet: %s; it is sent once in the end', async (_what, faults) => {
  const run = await ready({ faults });

  await sendToEnd(run);

  await expectSentOnce(run);
});

test.each([
  ['cut off', lost('CreateSubmission', { kind: 'drop', when: 'after' })],
  ['an error page', lost('CreateSubmission', { kind: 'answer', status: 502, body: '<html>', when: 'after' })],
  ['never there', lost('CreateSubmission', { kind: 'hang', when: 'after' })],
  [
    'in a shape that nobody knows',
    lost('CreateSubmission', { kind: 'answer', status: 200, body: '{"odd":1}', when: 'after' }),
  ],
])(
  'it took effect, but the answer was %s: it is found by its key and not sent again',
  async (_what, faults) => {
    const run = await ready({ faults });

    const story = await sendToEnd(run);

    expect(story).toEqual(['wait: the answer was lost; looking it up']);
    await expectSentOnce(run);
  },
);

test('while the list lags behind it is looked for again, before anything is sent', async () => {
  const run = await ready({
    faults: [
      { method: 'CreateSubmission', action: { kind: 'drop', when: 'after' } },
      {
        method: 'ListSubmissions',
        action: { kind: 'answer', status: 200, body: '{"submissions":[]}' },
        times: 2,
      },
    ],
  });

  const story = await sendToEnd(run);

  expect(story).toContain('wait: looking for a submission whose answer was lost');
  await expectSentOnce(run);
});

test('a list that fails is not taken for an absence', async () => {
  const run = await ready({
    faults: [
      { method: 'CreateSubmission', action: { kind: 'drop', when: 'after' } },
      { method: 'ListSubmissions', action: { kind: 'answer', status: 500 }, times: 7 },
    ],
  });

  await sendToEnd(run);

  await expectSentOnce(run);
});

test.each([
  ['before the intent to send is written', 'mark_submission_sent', 'before'],
  ['between the intent and the call', 'mark_submission_sent', 'after'],
  ['after the call, before it is recorded', 'accept_submission', 'before'],
  ['after the record, before its job is done', 'accept_submission', 'after'],
] as const)('a crash %s: it is sent once in the end', async (_what, name, when) => {
  const run = await ready();
  await expect(send(run, { state: losing(run.ctx.state, name, when) })).rejects.toThrow('dies here');

  await sendToEnd(run);

  await expectSentOnce(run);
});

test('a refusal is final: it is told in its own words, and the file is not sent again', async () => {
  const refusal = { kind: 'answer', status: 400, message: 'Submission must have 40 rows' } as const;
  const run = await ready({ faults: lost('CreateSubmission', refusal) });

  await expect(send(run)).rejects.toMatchObject({
    kind: 'business',
    code: 'kaggle.submission_refused',
    message: expect.stringContaining('40 rows'),
  });

  expect(await row(run)).toMatchObject({ status: 'refused', error: expect.stringContaining('40 rows') });
  expect(await now(run.world, run.competition)).toMatchObject({ state: 'training_completed' });
  expect(await atVendor(run)).toEqual([]);
});

test("where today's submissions are used up it waits for the next day, and sends then", async () => {
  let at = new Date('2026-11-22T23:50:00Z');
  const clock = () => at;
  const run = await ready({ fields: { dailySubmissions: 1 }, now: clock });
  const earlier = await aCompetition(
    { pool: run.world.pool, state: run.ctx.state },
    { slug: 'earlier', state: 'training_completed', version, round: 1 },
  );
  await plan(run.ctx, earlier, answers(20));
  await sendAs(run, earlier);

  const waits = await send(run).catch((error: unknown) => error);

  expect(waits).toBeInstanceOf(Wait);
  expect(waits).toMatchObject({ message: "today's submissions are used up", delayMs: 600_000 });
  expect(await row(run)).toMatchObject({ status: 'planned' });
  at = new Date('2026-11-23T00:01:00Z');
  await sendToEnd(run);
  expect(await row(run)).toMatchObject({ status: 'accepted' });
});

/** Uses up the allowance with a file of another competition of ours in the same arena competition. */
async function sendAs({ ctx }: Ready, other: Competition): Promise<void> {
  const kaggle: Context['kaggle'] = {
    ...ctx.kaggle,
    submissionLimits: (_, options) => ctx.kaggle.submissionLimits(practiceSlug, options),
    startUpload: (_, file, options) => ctx.kaggle.startUpload(practiceSlug, file, options),
    createSubmission: (_, submission, options) =>
      ctx.kaggle.createSubmission(practiceSlug, submission, options),
  };
  await submit({ ...ctx, kaggle }, { competitionId: other.id, version });
}

test('an allowance that a team mate used up between the look and the call is waited for as well', async () => {
  const at = new Date('2026-11-22T23:50:00Z');
  const refusal = {
    kind: 'answer',
    status: 400,
    message: 'Your team has used its daily Submission allowance (3) today.',
  } as const;
  const run = await ready({ faults: lost('CreateSubmission', refusal), now: () => at });

  const waits = await send(run).catch((error: unknown) => error);

  expect(waits).toMatchObject({ name: 'Wait', delayMs: 600_000 });
  expect(await row(run)).toMatchObject({ status: 'planned' });
  await sendToEnd(run);
  await expectSentOnce(run);
});

test('what an earlier round never sent is out of date, what it may have sent is looked up', async () => {
  const run = await ready();
  await run.world.pool.query(`update submissions set round = 0`);

  // There is no run to make a file of, so nothing is sent in place of the old one.
  await expect(send(run)).rejects.toMatchObject({ code: 'submission.nothing_to_submit' });
  expect(await atVendor(run)).toEqual([]);

  await run.world.pool.query(`update submissions set status = 'sent', sent_at = clock_timestamp()`);
  await expect(send(run)).rejects.toThrow('looking for a submission whose answer was lost');
});

const watch = ({ ctx, competition }: Ready) =>
  watchScore(ctx, { competitionId: competition.id, version: version + 1 });

test('a score that is there moves the competition on, with the board as it stands', async () => {
  const run = await ready();
  await send(run);

  await vi.waitFor(() => watch(run), { timeout: 20_000, interval: 30 });

  expect(await row(run)).toMatchObject({ status: 'scored', publicScore: expect.stringMatching(/^0\.\d+$/) });
  expect(await now(run.world, run.competition)).toMatchObject({ state: 'analyzing' });
  const boards = await listLeaderboards(run.ctx.state, run.competition.id, 5);
  expect(boards).toMatchObject([{ rank: 1, score: Number((await row(run))?.publicScore) }]);
  // a second job has nothing to do
  await watch(run);
});

test('while the vendor is still scoring it waits, longer and longer', async () => {
  const run = await ready({ arena: { behaviour: { pendingPolls: 4 } } });
  await send(run);

  const first = await watch(run).catch((error: unknown) => error);

  expect(first).toBeInstanceOf(Wait);
  expect(await now(run.world, run.competition)).toMatchObject({ state: 'submitted' });
  await vi.waitFor(() => watch(run), { timeout: 20_000, interval: 30 });
  expect(await row(run)).toMatchObject({ status: 'scored' });
});

test('a file that the vendor cannot score ends the stage, with its reason', async () => {
  const run = await ready();
  await run.world.pool.query('delete from submissions');
  await plan(run.ctx, run.competition, 'id,y\n1000,1\n');
  await send(run);

  await vi.waitFor(
    async () => {
      const ended = await watch(run).catch((error: unknown) => error);
      expect(ended).toMatchObject({ kind: 'business', code: 'submission.error' });
    },
    { timeout: 20_000, interval: 30 },
  );

  expect(await row(run)).toMatchObject({ status: 'error', error: expect.any(String) });
  expect(await now(run.world, run.competition)).toMatchObject({ state: 'submitted' });
});

test('a board that cannot be read holds nothing up', async () => {
  const run = await ready({
    faults: [{ method: 'DownloadLeaderboard', action: { kind: 'answer', status: 500 }, times: 20 }],
  });
  await send(run);

  await vi.waitFor(() => watch(run), { timeout: 20_000, interval: 30 });

  expect(await now(run.world, run.competition)).toMatchObject({ state: 'analyzing' });
});

test('the periodic look takes up scores that nobody waits for, and leaves final ones alone', async () => {
  const run = await ready();
  await send(run);
  await vi.waitFor(async () => expect(await checkScores(run.ctx)).toBe(1), { timeout: 20_000, interval: 30 });

  expect(await row(run)).toMatchObject({ status: 'scored' });
  expect(await checkScores(run.ctx)).toBe(0);
  const id = (await row(run))?.id ?? '';
  await scoreSubmission(run.ctx.state, {
    id,
    status: 'error',
    publicScore: null,
    privateScore: null,
    error: 'late',
  });
  expect(await row(run)).toMatchObject({ status: 'scored' });
});
