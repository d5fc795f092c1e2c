import { expect, test } from 'vitest';
import {
  medalLinesOf,
  medalOfRank,
  medalThresholds,
  medianScore,
  nextMedal,
  percentile,
  placeScore,
} from '../../src/domain/medals.ts';

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

test('the lines are the scores of the last places that take a medal, as far down as they are known', () => {
  const scores = Array.from({ length: 100 }, (_, index) => 1 - index / 1000);

  expect(medalLinesOf(scores)).toEqual({ gold: scores[9], silver: scores[19], bronze: scores[39] });
  expect(medalLinesOf(scores.slice(0, 15), 100)).toEqual({ gold: scores[9], silver: null, bronze: null });
  expect(medalLinesOf([])).toEqual({ gold: null, silver: null, bronze: null });
  expect(medianScore([3, 2, 1])).toBe(2);
  expect(medianScore([3], 9)).toBeNull();
});

test('the next medal is the lowest line that is not reached, in the direction of the metric', () => {
  const lines = { gold: 0.9, silver: 0.8, bronze: 0.75 };
  const next = nextMedal('accuracy', 0.7, lines);

  expect(next?.medal).toBe('bronze');
  expect(next?.distance).toBeCloseTo(0.05);
  expect(nextMedal('accuracy', 0.8, lines)).toMatchObject({ medal: 'gold' });
  expect(nextMedal('accuracy', 0.9, lines)).toBeNull();
  // by its place it takes bronze already, whatever an older line says
  expect(nextMedal('accuracy', 0.7, lines, 'bronze')).toMatchObject({ medal: 'silver' });
  expect(nextMedal('accuracy', 0.7, lines, 'gold')).toBeNull();
  expect(nextMedal('rmse', 0.3, { gold: 0.1, silver: 0.2, bronze: null })).toMatchObject({ medal: 'silver' });
});
