import { expect, test } from 'vitest';
import { answerModelCap } from '../../../src/flows/models/ask-about-cap.ts';
import { watchModelCosts } from '../../../src/flows/models/watch-model-costs.ts';
import { findCompetition } from '../../../src/state/competitions.ts';
import { closeDecision, listDecisions } from '../../../src/state/decisions.ts';
import { reserveModelCall } from '../../../src/state/llm.ts';
import { readBudget, setBudget } from '../../../src/state/money.ts';
import type { StatePort } from '../../../src/state/port.ts';
import { aCompetition, someActor } from '../../support/builders.ts';
import { contextWithout } from '../../support/context.ts';
import { freshState } from '../../support/database.ts';

let calls = 0;

async function reserve(state: StatePort, microUsd: number, competitionId: string) {
  calls += 1;
  return await reserveModelCall(state, {
    ...{ callKey: `cap:${calls}`, promptSha256: 'b'.repeat(64), competitionId, approachId: null },
    ...{ step: 'code', model: 'claude-opus-5-5', microUsd, maxAttempts: 1 },
  });
}

async function aCompetitionNearItsCap() {
  const db = await freshState();
  const competition = await aCompetition(db, { state: 'training', requested: true, admitted: true });
  const ctx = { ...contextWithout(db.state), canBeAsked: () => true };
  await setBudget(db.state, 'llm_competition', 20_000_000, someActor);
  await reserve(db.state, 18_500_000, competition.id);
  const questions = async () =>
    (await listDecisions(db.state, { competitionId: competition.id, onlyOpen: false })).filter(
      ({ kind }) => kind === 'model_budget',
    );
  const answer = async (option: string) => {
    const [question] = await questions();
    if (question === undefined) throw new Error('nothing was asked');
    const closing = { id: question.id, option, note: null, byDefault: false, actor: someActor };
    await closeDecision(db.state, closing);
    await answerModelCap(ctx, { payload: { decisionId: question.id } });
  };
  return { ...db, ctx, competition, questions, answer };
}

test('a competition whose models have nearly used their cap is asked about once, and the work goes on', async () => {
  const { ctx, state, competition, questions } = await aCompetitionNearItsCap();

  await watchModelCosts(ctx);
  await watchModelCosts(ctx);

  expect(await questions()).toMatchObject([
    {
      status: 'open',
      draft: { question: expect.stringContaining('$18.50 of the $20.00'), defaultOption: 'baseline' },
    },
  ]);
  expect((await findCompetition(state, competition.slug))?.state).toBe('training');
});

test('more money is for that competition alone, and its next question comes with its next cap', async () => {
  const { ctx, state, competition, questions, answer } = await aCompetitionNearItsCap();
  await watchModelCosts(ctx);
  expect(await reserve(state, 5_000_000, competition.id)).toMatchObject({ granted: false });

  await answer('more_40');
  await answer('more_40');

  expect((await readBudget(state, competition.id)).caps).toMatchObject({
    llm_competition: 20_000_000,
    [`llm:${competition.id}`]: 40_000_000,
  });
  expect(await reserve(state, 5_000_000, competition.id)).toMatchObject({ granted: true });
  await watchModelCosts(ctx);
  expect(await questions()).toHaveLength(1);
  await reserve(state, 14_000_000, competition.id);
  await watchModelCosts(ctx);
  expect(await questions()).toHaveLength(2);
});

test('baseline only pays for no model of that competition any more, and asks no more', async () => {
  const { ctx, state, competition, questions, answer } = await aCompetitionNearItsCap();
  await watchModelCosts(ctx);

  await answer('baseline');
  await watchModelCosts(ctx);

  expect(await reserve(state, 1, competition.id)).toMatchObject({ granted: false });
  expect(await questions()).toHaveLength(1);
});

test('stop ends the competition, however often the answer is told', async () => {
  const { ctx, state, competition, answer } = await aCompetitionNearItsCap();
  await watchModelCosts(ctx);

  await answer('stop');
  await answer('stop');

  expect((await findCompetition(state, competition.slug))?.state).toBe('abandoned');
});

test('nobody is asked where nobody can answer: the cap holds by itself', async () => {
  const { ctx, questions } = await aCompetitionNearItsCap();

  await watchModelCosts({ ...ctx, canBeAsked: () => false });

  expect(await questions()).toEqual([]);
});
