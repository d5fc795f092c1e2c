import { expect, test } from 'vitest';
import { composeSubmission } from '../../src/domain/compose-submission.ts';
import { BusinessFailure } from '../../src/domain/errors.ts';
import { aMulticlassProblem, aProblem, aRegression } from './problems.ts';

const column = (...values: number[]) => Float64Array.from(values);

function codeOf(act: () => unknown): string {
  try {
    act();
    return 'none';
  } catch (error) {
    return error instanceof BusinessFailure ? error.code : String(error);
  }
}

test('labels are written as train writes them, in the order of the sample', () => {
  const predictions = { ids: ['b', 'a', 'unasked'], columns: [column(0.1, 0.9, 0.5), column(0.9, 0.1, 0.5)] };

  expect(composeSubmission(aProblem(), ['a', 'b'], predictions, { kind: 'argmax' })).toEqual({
    header: ['id', 'target'],
    rows: [
      ['a', '0'],
      ['b', '1'],
    ],
  });
});

test('class probabilities are divided by their sum', () => {
  const predictions = { ids: ['1'], columns: [column(1), column(1), column(2)] };

  expect(composeSubmission(aMulticlassProblem(), ['1'], predictions, { kind: 'none' }).rows).toEqual([
    ['1', '0.25', '0.25', '0.5'],
  ]);
});

test('values for RMSLE are not below zero', () => {
  const predictions = { ids: ['1', '2'], columns: [column(-3, 3)] };

  expect(
    composeSubmission(aRegression({ metric: 'rmsle' }), ['1', '2'], predictions, { kind: 'none' }).rows,
  ).toEqual([
    ['1', '0'],
    ['2', '3'],
  ]);
});

test('a row without prediction and a prediction that is not finite are refused', () => {
  const compose = (ids: string[], value: number) => () =>
    composeSubmission(aRegression(), ['1'], { ids, columns: [column(value)] }, { kind: 'none' });

  expect(codeOf(compose(['2'], 1))).toBe('submission.ids_differ');
  expect(codeOf(compose(['1'], Number.NaN))).toBe('submission.not_finite');
});
