import { expect, test } from 'vitest';
import { readDecisionNumbers } from '../../src/flows/human-loop/decision-facts.ts';
import { getCompetition } from '../../src/state/competitions.ts';
import { setBudget } from '../../src/state/money.ts';
import { aCompetition, someActor } from '../support/builders.ts';
import { aContext } from '../support/context.ts';
import { freshState } from '../support/database.ts';
import { aPracticeWorld, driveTo, now, startedCompetition } from '../support/practice-world.ts';

test('who is asked sees scores, rounds and money, with the picture of the scores', async () => {
  const world = await aPracticeWorld();
  const { ctx } = world;
  const competition = await startedCompetition(world);
  await driveTo(world, competition, 'completed');
  await setBudget(ctx.state, 'gpu_day', 3_600_000, someActor);

  const { facts, chart } = await readDecisionNumbers(ctx, await now(world, competition));

  expect(facts.map(({ label }) => label)).toEqual(
    expect.arrayContaining(['Best score', 'Cross-validated', 'Rounds', 'Submissions', 'Money left today']),
  );
  expect(Object.fromEntries(facts.map(({ label, value }) => [label, value]))).toMatchObject({
    'Best score': expect.stringMatching(/^[01]\.\d+ \(accuracy\)$/),
    Rounds: '1 of 1',
    Submissions: '1',
    'Money left today': '$3.60 of $3.60',
  });
  expect(chart).toMatchObject({
    kind: 'scores',
    metric: 'accuracy',
    direction: 'maximize',
    points: [expect.anything()],
  });
});

test('where nothing was scored yet there is no picture, and the budget of the competition counts', async () => {
  const db = await freshState();
  const ctx = await aContext({ state: db.state });
  const { id } = await aCompetition(db, { state: 'failed', round: 1 });
  await db.pool.query(`update competitions set limits = '{"budgetUsd": 2}' where id = $1`, [id]);
  const limited = await getCompetition(db.state, id);
  if (limited === null) throw new Error('it is gone');

  expect(await readDecisionNumbers(ctx, limited)).toEqual({
    facts: [
      { label: 'Rounds', value: '1 of 2' },
      { label: 'Submissions', value: '0' },
      { label: 'Money left', value: '$2.00 of $2.00' },
    ],
    chart: null,
  });
});
