import { expect, test } from 'vitest';
import { BusinessFailure } from '../../src/domain/errors.ts';
import type { EventType } from '../../src/events/topics.ts';
import { tell } from '../../src/flows/human-loop/tell.ts';
import { readTable } from '../../src/flows/support/csv.ts';
import { readObject, sha256Of } from '../../src/flows/support/objects.ts';
import { listSubmissions } from '../../src/state/submissions.ts';
import { listTrainingJobs } from '../../src/state/training.ts';
import type { Work } from '../support/in-process-compute.ts';
import {
  aPracticeWorld,
  driveTo,
  oddOrEven,
  practiceSlug,
  startedCompetition,
} from '../support/practice-world.ts';

const signal = new AbortController().signal;

test('a competition goes from its start to its end, with the score that the hidden labels give', async () => {
  const world = await aPracticeWorld();
  const started = await startedCompetition(world);

  const ended = await driveTo(world, started, 'completed');
  await world.pool.query('select 1');

  expect(ended).toMatchObject({
    round: 1,
    problem: { task: 'binary', metric: 'accuracy', predictionKind: 'label' },
  });
  const jobs = await listTrainingJobs(world.ctx.state, ended.id);
  expect(jobs.map(({ purpose, status, starts }) => `${purpose} ${status} ${starts}`).sort()).toEqual([
    'confirm succeeded 1',
    'confirm succeeded 1',
    'search succeeded 1',
    'search succeeded 1',
  ]);
  const submissions = await listSubmissions(world.ctx.state, ended.id);
  expect(submissions).toMatchObject([{ status: 'scored', round: 1 }]);
  const [submission] = submissions;
  // What lies in the store is what was sent, in the form of the sample.
  const sent = await readObject(world.ctx, submission?.objectKey ?? '');
  expect(sha256Of(sent)).toBe(submission?.paramsHash);
  const table = await readTable('submission.csv', sent);
  expect(table.columns).toEqual(['id', 'y']);
  expect(table.rows.map(([id]) => id)).toEqual(Array.from({ length: 40 }, (_, row) => `${1_000 + row}`));
  expect(new Set(table.rows.map(([, y]) => y))).toEqual(new Set(['0', '1']));
  // The score is that of the file: its share of right answers on the public half.
  const publicRows = table.rows.filter(([id]) => Number(id) % 4 < 2);
  const right = publicRows.filter(([id, y]) => Number(y) === Number(id) % 2).length;
  expect(Number(submission?.publicScore)).toBeCloseTo(right / publicRows.length, 5);
  const atVendor = await world.ctx.kaggle.listSubmissions(practiceSlug, { signal });
  expect(atVendor.map(({ ref }) => String(ref))).toEqual([submission?.vendorRef]);
});

test('the file is blended from what the runs predict where together they are better than the best alone', async () => {
  const bundles: string[] = [];
  // Three ways that are wrong on different rows: any two outvote the third.
  const work: Work = (job) => {
    const { sha256 } = job.sheet.bundle;
    if (!bundles.includes(sha256)) bundles.push(sha256);
    const way = bundles.indexOf(sha256);
    return predictions(job, (id) => (id % 3 === way && id % 2 === 0 ? 0.6 : id % 2 === 1 ? 0.95 : 0.05));
  };
  const world = await aPracticeWorld({
    work,
    approaches: ['one', 'two', 'three'],
    policy: { approachesPerRound: 3 },
  });

  const ended = await driveTo(world, await startedCompetition(world), 'submitted');

  const [submission] = await listSubmissions(world.ctx.state, ended.id);
  const jobs = await listTrainingJobs(world.ctx.state, ended.id);
  const best = Math.max(...jobs.flatMap(({ scores }) => (scores === null ? [] : [scores.cv])));
  expect(submission?.members.length).toBeGreaterThan(1);
  expect(submission?.approach).toMatch(/^blend of /);
  expect(submission?.members.reduce((sum, { weight }) => sum + weight, 0)).toBeCloseTo(1, 6);
  expect(submission?.cv).toBeGreaterThan(best);
});

/** What a script writes that gives each row this probability of being odd. */
function predictions(job: Parameters<Work>[0], odd: (id: number) => number): Awaited<ReturnType<Work>> {
  const done = oddOrEven(job);
  if (done instanceof Promise || !('files' in done))
    throw new Error('unreachable: it writes its files at once');
  const rewritten = Object.entries(done.files).map(([name, text]) => {
    if (!['oof.csv', 'test.csv'].includes(name)) return [name, text] as const;
    const [header = '', ...rows] = text.trim().split('\n');
    const lines = rows.map((row) => {
      const id = row.split(',')[0] ?? '';
      const chance = odd(Number(id));
      return `${id},${1 - chance},${chance}`;
    });
    return [name, [header, ...lines, ''].join('\n')] as const;
  });
  return { files: Object.fromEntries(rewritten) };
}

test('the same file again is not sent again: the result of the first stands', async () => {
  const bundles: string[] = [];
  const work: Work = (job) => {
    const { sha256 } = job.sheet.bundle;
    if (!bundles.includes(sha256)) bundles.push(sha256);
    // Whatever the second round tries is always wrong, so that the first round's best stays the best.
    return predictions(job, (id) => ((bundles.indexOf(sha256) === 0) === (id % 2 === 1) ? 0.9 : 0.1));
  };
  let round = 0;
  const world = await aPracticeWorld({
    work,
    policy: { maxRounds: 2, approachesPerRound: 1 },
    context: {
      research: [
        {
          name: 'one at a time',
          research: async (request) => {
            round = request.round;
            const { anApproach } = await import('../support/builders.ts');
            return {
              provider: 'tests',
              summary: '',
              findings: [],
              citations: [],
              approaches: [anApproach(`way-${round}`)],
            };
          },
        },
      ],
    },
  });

  const ended = await driveTo(world, await startedCompetition(world), 'completed');

  expect(ended.round).toBe(2);
  expect(await listSubmissions(world.ctx.state, ended.id)).toMatchObject([{ round: 1, status: 'scored' }]);
  expect(await world.ctx.kaggle.listSubmissions(practiceSlug, { signal })).toHaveLength(1);
  const told = await world.pool.query<{ id: string; type: EventType; payload: unknown }>(
    "select id, type, payload from events where type in ('submission_completed', 'score_received') order by id",
  );
  for (const { id, type, payload } of told.rows) {
    await tell(world.ctx, { eventId: Number(id), type, competitionId: ended.id, payload });
  }
  const { rows } = await world.pool.query(
    "select content ->> 'event' as event from cards where kind = 'notice' and subject like 'event:%' and content ->> 'event' <> 'next_round' order by seq",
  );
  expect(rows.map(({ event }) => event)).toEqual([
    'submission_completed',
    'score_received',
    'submission_known',
  ]);
});

test('where one approach cannot be trained the round goes on with the others', async () => {
  const bundles: string[] = [];
  const work: Work = (job) => {
    const { sha256 } = job.sheet.bundle;
    if (!bundles.includes(sha256)) bundles.push(sha256);
    return bundles.indexOf(sha256) === 0
      ? { exitClass: 'script_error', message: 'ValueError: it is broken' }
      : oddOrEven(job);
  };
  const world = await aPracticeWorld({ work });

  const ended = await driveTo(world, await startedCompetition(world), 'completed');

  const jobs = await listTrainingJobs(world.ctx.state, ended.id);
  expect(jobs.filter(({ status }) => status === 'failed')).toMatchObject([
    { purpose: 'search', error: 'ValueError: it is broken' },
  ]);
  expect(await listSubmissions(world.ctx.state, ended.id)).toMatchObject([{ status: 'scored' }]);
});

test('where none can be trained the stage says why', async () => {
  const world = await aPracticeWorld({
    work: () => ({ exitClass: 'out_of_memory', message: 'It needed more memory than there is.' }),
  });
  const started = await startedCompetition(world);

  const failed = driveTo(world, started, 'completed');

  await expect(failed).rejects.toBeInstanceOf(BusinessFailure);
  await expect(failed).rejects.toMatchObject({
    code: 'training.nothing_succeeded',
    message: 'No training run of round 1 succeeded. It needed more memory than there is.',
  });
});

test('a generator that cannot write an approach, and one that is not there, leave a reason', async () => {
  const world = await aPracticeWorld({
    context: {
      generators: [
        {
          name: 'stubborn',
          canDebug: false,
          generate: async () => {
            throw new BusinessFailure('There is no template for this.', { code: 'codegen.no_template' });
          },
        },
      ],
    },
  });

  await expect(driveTo(world, await startedCompetition(world), 'completed')).rejects.toMatchObject({
    code: 'codegen.nothing_ready',
    message: expect.stringContaining('There is no template for this.'),
  });
});

test('research asks the next provider where one fails, and says what it used', async () => {
  const { anApproach } = await import('../support/builders.ts');
  const world = await aPracticeWorld({
    context: {
      research: [
        {
          name: 'broken',
          research: async () => {
            throw new Error('down');
          },
        },
        {
          name: 'spare',
          research: async () => ({
            provider: 'spare',
            summary: '',
            findings: [],
            citations: [],
            approaches: [anApproach('a-way')],
          }),
        },
      ],
    },
  });

  const ended = await driveTo(world, await startedCompetition(world), 'research_completed');

  const { rows } = await world.pool.query(
    'select distinct provider, status from research_results where competition_id = $1',
    [ended.id],
  );
  expect(rows).toEqual([{ provider: 'spare', status: 'done' }]);
});
