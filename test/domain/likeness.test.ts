import { expect, test } from 'vitest';
import { likenessOf } from '../../src/domain/likeness.ts';

test('numbers are compared by their ranks', () => {
  expect(likenessOf([['1', '2', '3']], [['10', '200', '3000']])).toBeCloseTo(1);
  expect(likenessOf([['1', '2', '3']], [['3', '2', '1']])).toBeCloseTo(-1);
});

test('labels, and numbers that do not vary, by the share of equal cells', () => {
  expect(likenessOf([['cat', 'dog', 'cat', 'cat']], [['cat', 'dog', 'dog', 'cat']])).toBe(0.75);
  expect(likenessOf([['1', '1']], [['1', '0']])).toBe(0.5);
});

test('of several columns the mean counts, and files of different shapes are not compared', () => {
  const both = [
    ['1', '2'],
    ['1', '2'],
  ];
  const turned = [
    ['1', '2'],
    ['2', '1'],
  ];

  expect(likenessOf(both, turned)).toBe(0);
  expect(likenessOf([['1', '2']], [['1']])).toBeNull();
  expect(likenessOf([['1', '2']], both)).toBeNull();
  expect(likenessOf([], [])).toBeNull();
});
