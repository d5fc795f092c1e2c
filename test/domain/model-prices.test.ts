import fc from 'fast-check';
import { expect, test } from 'vitest';
import { listPrices } from '../../src/config/model-prices.ts';
import { reachedThresholds } from '../../src/domain/model-budget.ts';
import {
  type BilledUsage,
  costMicroUsd,
  isPriced,
  type ModelPrices,
  modelPricesSchema,
  worstCaseMicroUsd,
} from '../../src/domain/model-prices.ts';

const today = new Date('2026-11-22T12:00:00Z');
const nothing: BilledUsage = {
  inputTokens: 0,
  cacheWrite5mTokens: 0,
  cacheWrite1hTokens: 0,
  cacheReadTokens: 0,
  outputTokens: 0,
  searches: 0,
};
const tokens = fc.integer({ min: 0, max: 300_000 });
const usage = fc.record({
  inputTokens: tokens,
  cacheWrite5mTokens: tokens,
  cacheWrite1hTokens: tokens,
  cacheReadTokens: tokens,
  outputTokens: tokens,
  searches: fc.integer({ min: 0, max: 20 }),
});
const model = fc.constantFrom(...listPrices.models.map((row) => row.model), 'claude-of-tomorrow');

test.each([
  // A million of each at the list price.
  ['claude-opus-5-5', { inputTokens: 1_000_000 }, 4_000_000],
  ['claude-opus-5-5', { outputTokens: 1_000_000 }, 20_000_000],
  ['claude-opus-5-5', { cacheReadTokens: 1_000_000 }, 200_000],
  ['claude-sonnet-5-5', { cacheWrite1hTokens: 1_000_000 }, 4_000_000],
  ['claude-haiku-5-5', { inputTokens: 100_000 }, 10_000],
  // One token more, and the whole prompt costs five times as much.
  ['claude-haiku-5-5', { inputTokens: 100_001 }, 50_001],
  ['claude-haiku-5-5', { inputTokens: 60_000, cacheReadTokens: 60_000 }, 33_000],
  ['claude-opus-5-5', { searches: 3 }, 30_000],
] as const)('%s costs for %o %i micro-dollars', (name, used, expected) => {
  expect(costMicroUsd(listPrices, name, { ...nothing, ...used }, today)).toBe(expected);
});

test('no usage within a bound costs more than the bound said', () => {
  fc.assert(
    fc.property(model, usage, fc.constantFrom('none', '5m', '1h'), (name, drawn, cache) => {
      const used = {
        ...drawn,
        cacheWrite5mTokens: cache === 'none' ? 0 : drawn.cacheWrite5mTokens,
        cacheWrite1hTokens: cache === '1h' ? drawn.cacheWrite1hTokens : 0,
      };
      const promptTokens =
        used.inputTokens + used.cacheWrite5mTokens + used.cacheWrite1hTokens + used.cacheReadTokens;
      const bound = { promptTokens, maxOutputTokens: used.outputTokens, maxSearches: used.searches, cache };
      expect(costMicroUsd(listPrices, name, used, today)).toBeLessThanOrEqual(
        worstCaseMicroUsd(listPrices, name, bound, today),
      );
    }),
  );
});

test('more of anything never costs less, and amounts are whole', () => {
  fc.assert(
    fc.property(model, usage, usage, (name, some, more) => {
      const both = {
        inputTokens: some.inputTokens + more.inputTokens,
        cacheWrite5mTokens: some.cacheWrite5mTokens + more.cacheWrite5mTokens,
        cacheWrite1hTokens: some.cacheWrite1hTokens + more.cacheWrite1hTokens,
        cacheReadTokens: some.cacheReadTokens + more.cacheReadTokens,
        outputTokens: some.outputTokens + more.outputTokens,
        searches: some.searches + more.searches,
      };
      const cost = costMicroUsd(listPrices, name, some, today);
      expect(Number.isSafeInteger(cost)).toBe(true);
      expect(cost).toBeLessThanOrEqual(costMicroUsd(listPrices, name, both, today));
    }),
  );
});

test('a price holds from its first day on, and a dated name has the price of its family', () => {
  const tier = { upToPromptTokens: null, output: 0, cacheWrite5m: 0, cacheWrite1h: 0, cacheRead: 0 };
  const prices: ModelPrices = {
    searchUsdPerThousand: 0,
    models: [
      { model: 'm', effectiveFrom: '2026-01-01', tiers: [{ ...tier, input: 1 }] },
      { model: 'm', effectiveFrom: '2026-12-01', tiers: [{ ...tier, input: 2 }] },
      { model: 'dear', effectiveFrom: '2026-01-01', tiers: [{ ...tier, input: 9 }] },
    ],
  };
  const cost = (name: string, day: string) =>
    costMicroUsd(prices, name, { ...nothing, inputTokens: 10 }, new Date(`${day}T23:59:59Z`));

  expect(cost('m', '2026-11-30')).toBe(10);
  expect(cost('m', '2026-12-01')).toBe(20);
  expect(cost('m-20261001', '2026-11-30')).toBe(10);
  expect(cost('unheard-of', '2026-11-30')).toBe(90);
  expect(isPriced(prices, 'unheard-of', today)).toBe(false);
});

test('tiers must rise and end without a bound', () => {
  const tier = { input: 1, output: 1, cacheWrite5m: 1, cacheWrite1h: 1, cacheRead: 1 };
  const parse = (bounds: (number | null)[]) =>
    modelPricesSchema.safeParse({
      searchUsdPerThousand: 10,
      models: [
        {
          model: 'm',
          effectiveFrom: '2026-01-01',
          tiers: bounds.map((upToPromptTokens) => ({ ...tier, upToPromptTokens })),
        },
      ],
    }).success;

  expect([parse([null]), parse([1_000, null])]).toEqual([true, true]);
  expect([parse([1_000]), parse([2_000, 1_000, null]), parse([null, null]), parse([])]).toEqual([
    false,
    false,
    false,
    false,
  ]);
});

test.each([
  [49, []],
  [50, [50]],
  [80, [50, 80]],
  [95, [50, 80, 95]],
  [130, [50, 80, 95]],
])('%i of 100 used reaches %j', (used, expected) => {
  expect(reachedThresholds(used, 100)).toEqual(expected);
});
