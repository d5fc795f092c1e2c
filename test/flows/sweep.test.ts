import { expect, test } from 'vitest';
import { listCode } from '../../src/state/code.ts';
import { listTrainingJobs } from '../../src/state/training.ts';
import type { Work } from '../support/in-process-compute.ts';
import { aPracticeWorld, driveTo, oddOrEven, startedCompetition } from '../support/practice-world.ts';

/** A script whose predictions are those of its bundle and seed, whatever its parameters are. */
const indifferent: Work = async (job) => {
  const done = await oddOrEven(job);
  if (!('files' in done)) return done;
  const given = job.files.get('params.json');
  const own = { model: { learning_rate: 0.05, num_leaves: 31 } };
  const params = given === undefined ? own : { model: { ...own.model, ...JSON.parse(given).model } };
  const meta = JSON.stringify({ family: 'rule', feature_count: 1, packages: {}, params });
  return { ...done, files: { ...done.files, 'meta.json': meta } };
};

test('in the last round other parameters are tried once, and what is no better does not count', async () => {
  const world = await aPracticeWorld({
    work: indifferent,
    approaches: ['first-way'],
    policy: { sweepTries: 2 },
  });

  const competition = await driveTo(world, await startedCompetition(world), 'training_completed');

  const codes = await listCode(world.ctx.state, competition.id);
  const tried = codes.filter(({ generator }) => generator === 'sweep');
  expect(tried.length).toBeGreaterThan(0);
  expect(tried.length).toBeLessThanOrEqual(2);
  const jobs = await listTrainingJobs(world.ctx.state, competition.id);
  for (const { id, params } of tried) {
    expect(jobs.filter(({ codeId }) => codeId === id)).toMatchObject([
      { purpose: 'search', status: 'failed', params, error: expect.stringContaining('not better') },
    ]);
  }
});
