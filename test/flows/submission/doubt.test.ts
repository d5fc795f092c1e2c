import { expect, test } from 'vitest';
import { dropReasons } from '../../../src/domain/submission-slots.ts';
import { closeDecision, listDecisions } from '../../../src/state/decisions.ts';
import { someActor as actor } from '../../support/builders.ts';
import {
  aTrainedCompetition,
  atVendor,
  type Planned,
  planFile,
  rowsOf,
  submitOnce,
} from '../../support/planned-submission.ts';
import { now } from '../../support/practice-world.ts';

const doubt = 'The predictions of y are distributed unlike the out-of-fold ones (PSI 0.61).';
const asked = { canBeAsked: () => true };

/** A round whose file predicts the test unlike the validation. */
async function aDoubtfulRound(): Promise<Planned> {
  const run = await aTrainedCompetition();
  await planFile(run, { wrong: 1, cv: 0.9 });
  await run.world.pool.query('update submissions set scores = $1', [JSON.stringify({ doubts: [doubt] })]);
  return run;
}

async function answer(run: Planned, option: string): Promise<void> {
  const [question] = await listDecisions(run.ctx.state, {
    competitionId: run.competition.id,
    onlyOpen: true,
  });
  await closeDecision(run.ctx.state, { id: question?.id ?? '', option, note: null, byDefault: false, actor });
}

test('predictions unlike the validation are held back where a person wants that, and the round goes on', async () => {
  const run = await aDoubtfulRound();
  const looks = await Promise.allSettled([submitOnce(run, asked), submitOnce(run, asked)]);
  expect(looks.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  const questions = await listDecisions(run.ctx.state, { competitionId: run.competition.id, onlyOpen: true });
  expect(questions).toMatchObject([
    { kind: 'drift', blocking: false, draft: { context: expect.stringContaining('PSI 0.61') } },
  ]);

  await answer(run, 'hold_back');
  await submitOnce(run, asked);

  expect(await rowsOf(run)).toMatchObject([{ status: 'dropped', reason: dropReasons.held_back }]);
  expect(await now(run.world, run.competition)).toMatchObject({ state: 'analyzing' });
  expect(await atVendor(run)).toEqual([]);
});

test('they are sent where a person says so, and the question is not asked again', async () => {
  const run = await aDoubtfulRound();
  await expect(submitOnce(run, asked)).rejects.toThrow('a person is asked');
  await answer(run, 'send_it');

  await submitOnce(run, asked);

  expect(await rowsOf(run)).toMatchObject([{ status: 'accepted' }]);
  expect(await atVendor(run)).toHaveLength(1);
});

test('they are sent where nobody can answer', async () => {
  const run = await aDoubtfulRound();

  await submitOnce(run, { canBeAsked: () => false });

  expect(await rowsOf(run)).toMatchObject([{ status: 'accepted' }]);
});
