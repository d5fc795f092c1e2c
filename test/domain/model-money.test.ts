import { expect, test } from 'vitest';
import { decisionDraftSchema } from '../../src/domain/decision.ts';
import { capOfAnswer, isModelCapReached, modelCapDraft } from '../../src/domain/model-cap.ts';
import { spendingOf } from '../../src/domain/model-spending.ts';
import { neededRole } from '../../src/domain/permissions.ts';

const figures = {
  ...{ calls: 4, inputTokens: 1_000, cacheWriteTokens: 1_000, cacheReadTokens: 6_000 },
  ...{ outputTokens: 900, searches: 2, microUsd: 250_000 },
};

test('spending says how much of the prompts came from the cache', () => {
  const spending = spendingOf({ total: figures, bySteps: [{ ...figures, name: 'plan' }], byModels: [] });

  expect(spending).toMatchObject({ usd: 0.25, calls: 4, cacheShare: 0.75, promptTokens: 8_000, searches: 2 });
  expect(spending?.bySteps).toEqual([{ name: 'plan', calls: 4, usd: 0.25, cacheShare: 0.75 }]);
  expect(spendingOf({ total: null, bySteps: [], byModels: [] })).toBeNull();
});

test('a model cap is asked about before it is used up, with the option that costs nothing as default', () => {
  const draft = modelCapDraft({ slug: 'titanic', capUsd: 20, usedUsd: 18.4 }, [{ name: 'code', usd: 11 }]);

  expect(decisionDraftSchema.parse(draft)).toMatchObject({
    kind: 'model_budget',
    blocking: false,
    defaultOption: 'baseline',
    options: [
      { id: 'baseline', costUsd: 0 },
      { id: 'more_40', isCostly: true },
      { id: 'stop', isFinal: true },
    ],
  });
  expect(isModelCapReached({ capUsd: 20, usedUsd: 17.9 })).toBe(false);
  expect(isModelCapReached({ capUsd: 20, usedUsd: 18 })).toBe(true);
  expect(isModelCapReached({ capUsd: 0, usedUsd: 5 })).toBe(false);
});

test('an answer about a model cap is the cap of that competition, and only an admin gives it', () => {
  expect([capOfAnswer('baseline'), capOfAnswer('more_40'), capOfAnswer('stop')]).toEqual([0, 40, null]);
  expect(neededRole('decide', 'model_budget')).toBe('admin');
  expect(neededRole('decide', 'stagnation')).toBe('operator');
});
