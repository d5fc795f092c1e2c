import { randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import {
  dropModelAnswers,
  readModelBudgets,
  readModelCosts,
  recallModelAnswer,
  reserveModelCall,
  settleModelCall,
  settleOrphanModelCalls,
} from '../../src/state/llm.ts';
import { readBudget, setBudget } from '../../src/state/money.ts';
import type { StatePort } from '../../src/state/port.ts';
import { aCompetition, someActor } from '../support/builders.ts';
import { freshState } from '../support/database.ts';

const sha = 'a'.repeat(64);
const otherSha = 'b'.repeat(64);
const usage = { inputTokens: 100, cacheWriteTokens: 20, cacheReadTokens: 30, outputTokens: 40, searches: 2 };

function reserve(state: StatePort, changes: Partial<Parameters<typeof reserveModelCall>[1]> = {}) {
  return reserveModelCall(state, {
    callKey: 'plan:1',
    promptSha256: sha,
    competitionId: null,
    approachId: null,
    step: 'plan',
    model: 'claude-opus-5-5',
    microUsd: 1_000_000,
    maxAttempts: 4,
    ...changes,
  });
}

function settle(state: StatePort, attemptKey: string, microUsd: number, answer: unknown = { text: 'Yes.' }) {
  return settleModelCall(state, { attemptKey, usage, microUsd, outcome: 'end_turn', answer });
}

test('an answer is recalled for exactly the same question, once it is settled', async () => {
  const { state } = await freshState();
  const { attemptKey } = await reserve(state);
  expect(await recallModelAnswer(state, 'plan:1', sha)).toBeNull();

  await settle(state, attemptKey, 300_000, { text: 'Yes.', content: [{ type: 'text' }] });

  expect(await recallModelAnswer(state, 'plan:1', sha)).toEqual({
    text: 'Yes.',
    content: [{ type: 'text' }],
  });
  expect(await recallModelAnswer(state, 'plan:1', otherSha)).toBeNull();
  expect(await recallModelAnswer(state, 'plan:2', sha)).toBeNull();
});

test('what was reserved counts until it is settled, then what it cost', async () => {
  const { state } = await freshState();
  const { attemptKey } = await reserve(state);
  expect((await readBudget(state, null)).llmTodayMicroUsd).toBe(1_000_000);

  await settle(state, attemptKey, 300_000);
  await settle(state, attemptKey, 900_000);

  expect((await readBudget(state, null)).llmTodayMicroUsd).toBe(300_000);
});

test('two hundred calls at once never pass the cap of the day', async () => {
  const { pool, state } = await freshState();
  await setBudget(state, 'llm_day', 5_000_000, someActor);

  const answers = await Promise.all(
    Array.from({ length: 200 }, (_, index) =>
      reserve(state, { callKey: `call-${index}`, microUsd: 700_000 }),
    ),
  );

  expect(answers.filter(({ granted }) => granted)).toHaveLength(7);
  expect(answers.find(({ granted }) => !granted)).toMatchObject({ cap: 'llm_day', freeMicroUsd: 100_000 });
  const { rows } = await pool.query('select count(*)::int as n from model_calls');
  expect(rows).toEqual([{ n: 7 }]);
});

test('the caps of a competition hold for its calls alone', async () => {
  const db = await freshState();
  const { id } = await aCompetition(db);
  const other = await aCompetition(db);
  await setBudget(db.state, 'llm_competition', 1_500_000, someActor);

  expect(await reserve(db.state, { competitionId: id, callKey: '1' })).toMatchObject({ granted: true });
  expect(await reserve(db.state, { competitionId: id, callKey: '2' })).toMatchObject({
    granted: false,
    cap: 'llm_competition',
    freeMicroUsd: 500_000,
  });
  expect(await reserve(db.state, { competitionId: other.id, callKey: '3' })).toMatchObject({ granted: true });
});

test('the same question is a new attempt each time, and has a limit of those that may have cost something', async () => {
  const { state } = await freshState();
  const first = await reserve(state, { maxAttempts: 2 });
  const free = await reserve(state, { maxAttempts: 3 });
  await settleModelCall(state, {
    attemptKey: free.attemptKey,
    usage: { ...usage, outputTokens: 0 },
    microUsd: 0,
    outcome: 'claude.overloaded',
    answer: null,
  });
  const second = await reserve(state, { maxAttempts: 2 });

  expect(new Set([first.attemptKey, free.attemptKey, second.attemptKey]).size).toBe(3);
  expect(await reserve(state, { maxAttempts: 2 })).toMatchObject({ granted: false, cap: 'attempts' });
  expect(await reserve(state, { maxAttempts: 2, promptSha256: otherSha })).toMatchObject({ granted: true });
});

test('calls at once for the same answer get attempts of their own', async () => {
  const { state } = await freshState();

  const answers = await Promise.all(Array.from({ length: 20 }, () => reserve(state, { maxAttempts: 50 })));

  expect(new Set(answers.map(({ attemptKey }) => attemptKey)).size).toBe(20);
});

test('an attempt without an end is settled at what was reserved, and keeps an answer that comes late', async () => {
  const { pool, state } = await freshState();
  const { attemptKey } = await reserve(state);
  const { attemptKey: fresh } = await reserve(state, { callKey: 'plan:2' });
  await pool.query(
    `update model_calls set created_at = created_at - interval '2 hours' where attempt_key = $1`,
    [attemptKey],
  );

  expect(await settleOrphanModelCalls(state, 3_600)).toEqual({ settled: 1, microUsd: 1_000_000 });
  expect(await settleOrphanModelCalls(state, 3_600)).toEqual({ settled: 0, microUsd: 0 });
  await settle(state, attemptKey, 300_000);
  await settle(state, fresh, 200_000);

  expect((await readBudget(state, null)).llmTodayMicroUsd).toBe(1_200_000);
  expect(await recallModelAnswer(state, 'plan:1', sha)).toEqual({ text: 'Yes.' });
  expect((await readModelCosts(state, null)).total?.microUsd).toBe(1_200_000);
});

test('costs are told by step, node and model, dearest first, open calls at what is reserved', async () => {
  const db = await freshState();
  const { state } = db;
  const { id } = await aCompetition(db);
  const call = { competitionId: id, maxAttempts: 9 };
  const plan = await reserve(state, { ...call, callKey: '1' });
  const code = await reserve(state, { ...call, callKey: '2', step: 'code', approachId: randomUUID() });
  await reserve(state, { ...call, callKey: '3', step: 'code', model: 'claude-haiku-5-5', microUsd: 50_000 });
  await settle(state, plan.attemptKey, 100_000);
  await settle(state, code.attemptKey, 400_000);

  const costs = await readModelCosts(state, id);

  expect(costs.total).toMatchObject({ calls: 3, microUsd: 550_000, inputTokens: 200, searches: 4 });
  expect(costs.bySteps.map(({ name, microUsd }) => [name, microUsd])).toEqual([
    ['code', 450_000],
    ['plan', 100_000],
  ]);
  expect(costs.byModels.map(({ name, calls }) => [name, calls])).toEqual([
    ['claude-opus-5-5', 2],
    ['claude-haiku-5-5', 1],
  ]);
  expect(costs.byApproaches).toMatchObject([{ name: null, calls: 3 }]);
  expect((await readModelCosts(state, (await aCompetition(db)).id)).total).toBeNull();
});

test('the caps tell how much of them is used', async () => {
  const db = await freshState();
  const { id, slug } = await aCompetition(db, { state: 'researching', requested: true, admitted: true });
  await setBudget(db.state, 'llm_day', 5_000_000, someActor);
  await setBudget(db.state, 'llm_competition', 20_000_000, someActor);
  await reserve(db.state, { competitionId: id });

  expect(await readModelBudgets(db.state)).toEqual([
    { scope: 'llm_competition', competitionId: id, slug, capMicroUsd: 20_000_000, usedMicroUsd: 1_000_000 },
    { scope: 'llm_day', competitionId: null, slug: null, capMicroUsd: 5_000_000, usedMicroUsd: 1_000_000 },
  ]);
});

test('old answers of what has ended are dropped, their costs stay', async () => {
  const db = await freshState();
  const { state, pool } = db;
  const ended = await aCompetition(db, { state: 'completed' });
  const going = await aCompetition(db, { state: 'researching' });
  for (const [callKey, competitionId] of [
    ['ended', ended.id],
    ['going', going.id],
  ] as const) {
    await settle(state, (await reserve(state, { callKey, competitionId })).attemptKey, 100_000);
  }
  await pool.query(`update model_calls set settled_at = settled_at - interval '40 days'`);

  expect(await dropModelAnswers(state, 30 * 86_400, 100)).toBe(1);

  expect(await recallModelAnswer(state, 'ended', sha)).toBeNull();
  expect(await recallModelAnswer(state, 'going', sha)).not.toBeNull();
  expect((await readModelCosts(state, ended.id)).total?.microUsd).toBe(100_000);
});
