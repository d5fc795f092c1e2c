import { expect, test } from 'vitest';
import { medalOfRank, medalThresholds, percentile, placeScore } from '../../src/domain/medals.ts';

test.each([
  [1, 1, 1, 1],
  [50, 5, 10, 20],
  [99, 9, 19, 39],
  [100, 10, 20, 40],
  [249, 10, 49, 99],
  [250, 10, 50, 100],
  [999, 11, 50, 100],
  [1000, 12, 50, 100],
  [2500, 15, 125, 250],
  [15_739, 41, 786, 1573],
])('with %i teams gold ends at %i, silver at %i, bronze at %i', (teams, gold, silver, bronze) => {
  expect(medalThresholds(teams)).toEqual({ gold, silver, bronze });
});

test('a position earns the best medal whose last position it reaches', () => {
  expect([1, 15, 16, 125, 126, 250, 251].map((rank) => medalOfRank(rank, 2500))).toEqual([
    'gold',
    'gold',
    'silver',
    'silver',
    'bronze',
    'bronze',
    null,
  ]);
});

test('the percentile is the share of teams that are beaten', () => {
  expect(percentile(1, 101)).toBe(1);
  expect(percentile(51, 101)).toBe(0.5);
  expect(percentile(101, 101)).toBe(0);
  expect(percentile(1, 1)).toBe(1);
});

test('a score is placed by five decimals, ties share the better position, and the median must be beaten', () => {
  const others = [0.9, 0.8, 0.8, 0.7];

  expect(placeScore('accuracy', 0.800001, others)).toMatchObject({ rank: 2, teams: 5, isAboveMedian: false });
  expect(placeScore('accuracy', 0.81, others)).toMatchObject({ rank: 2, isAboveMedian: true });
  expect(placeScore('rmse', 0.7, others)).toMatchObject({ rank: 1, percentile: 1 });
  expect(placeScore('rmse', 0.95, others)).toMatchObject({ rank: 5, percentile: 0, isAboveMedian: false });
});
