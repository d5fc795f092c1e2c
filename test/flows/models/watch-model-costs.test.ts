import { expect, test } from 'vitest';
import { watchModelCosts } from '../../../src/flows/models/watch-model-costs.ts';
import { listAlerts } from '../../../src/state/alerts.ts';
import { reserveModelCall, settleModelCall } from '../../../src/state/llm.ts';
import { setBudget } from '../../../src/state/money.ts';
import type { StatePort } from '../../../src/state/port.ts';
import { aCompetition, someActor } from '../../support/builders.ts';
import { contextWithout } from '../../support/context.ts';
import { freshState } from '../../support/database.ts';

let calls = 0;

async function spend(state: StatePort, microUsd: number, competitionId: string | null = null): Promise<void> {
  calls += 1;
  const { attemptKey } = await reserveModelCall(state, {
    callKey: `call:${calls}`,
    promptSha256: 'a'.repeat(64),
    competitionId,
    approachId: null,
    step: 'plan',
    model: 'claude-opus-5-5',
    microUsd,
    maxAttempts: 1,
  });
  const usage = { inputTokens: 1, cacheWriteTokens: 0, cacheReadTokens: 0, outputTokens: 1, searches: 0 };
  await settleModelCall(state, {
    attemptKey,
    usage,
    microUsd,
    outcome: 'end_turn',
    answer: { text: 'Yes.' },
  });
}

const kinds = async (state: StatePort) => (await listAlerts(state)).map(({ kind }) => kind).sort();

test('half, four fifths and nearly all of a cap are told once each, and cleared with a higher cap', async () => {
  const { state } = await freshState();
  const ctx = contextWithout(state);
  await setBudget(state, 'llm_day', 1_000_000, someActor);

  await spend(state, 490_000);
  expect(await watchModelCosts(ctx)).toEqual({ settled: 0, told: 0 });
  await spend(state, 20_000);
  expect(await watchModelCosts(ctx)).toEqual({ settled: 0, told: 1 });
  expect(await watchModelCosts(ctx)).toEqual({ settled: 0, told: 0 });
  await spend(state, 450_000);
  expect(await watchModelCosts(ctx)).toEqual({ settled: 0, told: 2 });

  expect(await kinds(state)).toEqual(['llm_budget:*:50', 'llm_budget:*:80', 'llm_budget:*:95']);
  expect(await listAlerts(state)).toMatchObject([
    { severity: 'info', count: 1, message: expect.stringContaining('$0.51 of $1.00') },
    { severity: 'warning' },
    { severity: 'warning' },
  ]);
  await setBudget(state, 'llm_day', 1_300_000, someActor);
  await watchModelCosts(ctx);
  expect(await kinds(state)).toEqual(['llm_budget:*:50']);
});

test('the cap of a competition is told by its name', async () => {
  const db = await freshState();
  const { id, slug } = await aCompetition(db, { state: 'researching' });
  await setBudget(db.state, 'llm_competition', 1_000_000, someActor);
  await spend(db.state, 600_000, id);

  await watchModelCosts(contextWithout(db.state));

  expect(await listAlerts(db.state)).toMatchObject([
    { kind: `llm_budget:${slug}:50`, message: expect.stringContaining(slug) },
  ]);
});
