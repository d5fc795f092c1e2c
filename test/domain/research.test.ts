import fc from 'fast-check';
import { expect, test } from 'vitest';
import { bestOf, type HistoryEntry, planQueries, rankApproaches } from '../../src/domain/research.ts';
import { profileOf } from '../support/competition-data.ts';
import { anApproach } from '../support/train-script.ts';
import { aProblem } from './problems.ts';

const rows = [{ id: '1', size: '2' }];
const profile = profileOf(rows, rows);
const proposal = (name: string, family: string, expectedGain: number) =>
  anApproach({ name, family, expectedGain });

test('the first round asks everything', () => {
  expect(planQueries(aProblem(), profile, [])).toHaveLength(4);
});

test('a later round without failures does not ask about validation again', () => {
  const history: HistoryEntry[] = [
    { round: 1, approach: 'first', family: 'boosting', cv: 0.8, verdict: 'tie' },
  ];

  expect(planQueries(aProblem(), profile, history)).toEqual(['similar-solutions', 'models-for-metric']);
  expect(planQueries(aProblem({ groupColumn: 'patient' }), profile, history)).toContain(
    'validation-pitfalls',
  );
});

test('two proposals of one name become one, with the sources of both', () => {
  const page = (place: number) => ({ title: '1st place solution', url: `https://example.com/${place}` });
  const first = { ...proposal('trees', 'boosting', 0.4), sources: [{ title: 'a' }, page(1), { title: 'b' }] };
  const second = { ...proposal('trees', 'boosting', 0.6), sources: [{ title: 'b' }, page(2)] };

  const ranked = rankApproaches([{ approaches: [first] }, { approaches: [second] }], [], 5);

  expect(ranked).toMatchObject([
    { expectedGain: 0.6, sources: [{ title: 'b' }, page(2), { title: 'a' }, page(1)] },
  ]);
});

test('what says the same under two names is one proposal, with the sources of both', () => {
  const words = { title: 'Boosted trees on counts', rationale: 'Counts tell which rows belong together.' };
  const one = {
    ...anApproach({ name: 'counts-boosted' }),
    ...words,
    family: 'boosting',
    sources: [{ title: 'A' }],
  };
  const other = { ...one, name: 'boosting-with-counts', sources: [{ title: 'B' }] };
  const elsewhere = { ...one, name: 'linear-counts', family: 'linear' };
  const different = { ...one, name: 'boosted-dates', rationale: 'Dates tell which season a row is from.' };

  const ranked = rankApproaches(
    [{ approaches: [one, elsewhere] }, { approaches: [other, different] }],
    [],
    10,
  );

  expect(ranked.map(({ name }) => name).toSorted()).toEqual([
    'boosted-dates',
    'counts-boosted',
    'linear-counts',
  ]);
  expect(ranked.find(({ name }) => name === 'counts-boosted')?.sources).toEqual([
    { title: 'A' },
    { title: 'B' },
  ]);
});

test('what the pages of a competition say is asked in the first round alone, where there are any', () => {
  const table = [{ id: '1', size: '1.5' }];
  const plan = (history: HistoryEntry[], hasPages: boolean) =>
    planQueries(aProblem(), profileOf(table, table), history, { hasPages }).includes('discussion');
  const later: HistoryEntry[] = [{ round: 1, approach: 'x', family: 'x', cv: 0.5, verdict: 'better' }];

  expect([plan([], true), plan([], false), plan(later, true)]).toEqual([true, false, false]);
});

test('another family goes before a second proposal of the same', () => {
  const approaches = [
    proposal('one', 'boosting', 0.9),
    proposal('two', 'boosting', 0.8),
    proposal('three', 'linear', 0.6),
  ];

  expect(rankApproaches([{ approaches }], [], 2).map(({ name }) => name)).toEqual(['one', 'three']);
});

test('ranking never repeats a name, never exceeds the limit and never brings back what was tried', () => {
  const names = fc.constantFrom('aa', 'bb', 'cc', 'dd', 'ee');
  const some = fc.array(
    fc.tuple(names, fc.constantFrom('x', 'y'), fc.double({ min: 0, max: 1, noNaN: true })),
  );
  fc.assert(
    fc.property(some, fc.uniqueArray(names), fc.integer({ min: 1, max: 4 }), (proposals, tried, max) => {
      const approaches = proposals.map(([name, family, gain]) => proposal(name, family, gain));
      const history = tried.map((approach) => ({
        round: 1,
        approach,
        family: 'x',
        cv: 0.5,
        verdict: 'tie' as const,
      }));

      const ranked = rankApproaches([{ approaches }], history, max).map(({ name }) => name);

      expect(new Set(ranked).size).toBe(ranked.length);
      expect(ranked.length).toBeLessThanOrEqual(max);
      expect(ranked.filter((name) => tried.some((other) => other === name))).toEqual([]);
    }),
  );
});

test('the best entry follows the direction of the metric', () => {
  const history: HistoryEntry[] = [
    { round: 1, approach: 'low', family: 'x', cv: 0.1, verdict: 'tie' },
    { round: 1, approach: 'high', family: 'x', cv: 0.9, verdict: 'tie' },
    { round: 1, approach: 'none', family: 'x', cv: null, verdict: 'failed' },
  ];

  expect(bestOf(history, 'accuracy')?.approach).toBe('high');
  expect(bestOf(history, 'rmse')?.approach).toBe('low');
});
