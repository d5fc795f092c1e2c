import { expect, test } from 'vitest';
import { closeNames } from '../../src/domain/nearest-name.ts';

const known = [
  'titanic',
  'house-prices-advanced-regression-techniques',
  'playground-series-s6e11',
  'playground-series-s6e10',
  'spaceship-titanic',
  'digit-recognizer',
  'store-sales-time-series-forecasting',
];

test.each([
  ['titanc', ['titanic', 'spaceship-titanic']],
  ['TITANIK', ['titanic', 'spaceship-titanic']],
  ['house-price', ['house-prices-advanced-regression-techniques']],
  ['playground', ['playground-series-s6e10', 'playground-series-s6e11']],
  ['digit recogniser', ['digit-recognizer']],
  ['sales', ['store-sales-time-series-forecasting']],
  ['qqqqqq', []],
  ['a', []],
  ['', []],
] as const)('%s may mean %j', (typed, meant) => {
  expect(closeNames(typed, known)).toEqual(meant);
});

test('no more than a handful is suggested', () => {
  const many = Array.from({ length: 50 }, (_, index) => `playground-series-s5e${index}`);

  expect(closeNames('playground-series', many)).toHaveLength(3);
});
