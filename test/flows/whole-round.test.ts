import { expect, test } from 'vitest';
import { listSubmissions } from '../../src/state/submissions.ts';
import { listTrainingJobs } from '../../src/state/training.ts';
import { aPracticeWorld, driveTo, startedCompetition } from '../support/practice-world.ts';

test('a competition goes from its start to its end, with the score that the hidden labels give', async () => {
  const world = await aPracticeWorld();
  const started = await startedCompetition(world);

  const ended = await driveTo(world, started, 'completed');

  expect(ended).toMatchObject({ round: 1, outcome: 'all 1 rounds are done' });
  const jobs = await listTrainingJobs(world.ctx.state, ended.id);
  expect(jobs.map(({ purpose, status }) => `${purpose} ${status}`).sort()).toEqual([
    'confirm succeeded',
    'confirm succeeded',
    'search succeeded',
    'search succeeded',
  ]);
  const [submission] = await listSubmissions(world.ctx.state, ended.id);
  expect(submission?.status).toBe('scored');
});
