import { expect, test } from 'vitest';
import { type ComparableRun, compareRuns } from '../../src/domain/compare-runs.ts';

function aRun(approach: string, cv: number, params: ComparableRun['params']): ComparableRun {
  return {
    ...{ approach, operator: 'draft', round: 1, cv, cvSd: 0.01, folds: [cv] },
    ...{ seconds: 1, memoryBytes: 1, costUsd: 0, params, url: null, trackedState: null },
  };
}

test('runs are ordered by the metric, and only what somebody set otherwise counts as a difference', () => {
  const { runs, differing } = compareRuns('rmse', [
    aRun('worse', 0.9, { a: { lr: 0.03 * 0.8333333333333334, depth: 6 }, b: { only: 1 } }),
    aRun('better', 0.8, { a: { lr: 0.025, depth: 8 } }),
  ]);

  expect(runs.map(({ approach }) => approach)).toEqual(['better', 'worse']);
  expect(differing).toEqual([{ name: 'a.depth', values: [8, 6] }]);
});
