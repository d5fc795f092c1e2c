import { expect, test } from 'vitest';
import { bar, duration, money } from '../../src/cli/format.ts';

test('bars round down, money and durations read well', () => {
  expect(bar({ done: 999, total: 1000 })).toBe('███████████████████░  99 %');
  expect(bar({ done: 0, total: 0 })).toBe('░░░░░░░░░░░░░░░░░░░░   0 %');
  expect([0, 0.001, 0.714].map(money)).toEqual(['$0.00', 'less than $0.01', '$0.71']);
  expect([400, 35_000, 720_000, 4_320_000, 273_600_000].map(duration)).toEqual([
    '0.4 s',
    '35 s',
    '12 min',
    '1 h 12 min',
    '3 d 4 h',
  ]);
});
