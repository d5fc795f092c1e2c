import { expect, test } from 'vitest';
import { editPaceOf } from '../../src/domain/edit-pace.ts';

const minute = 60_000;

test.each([
  ['slack', 'status', 0, 3_000],
  ['slack', 'status', 10 * minute - 1, 3_000],
  ['slack', 'status', 10 * minute, 10_000],
  ['slack', 'status', 60 * minute, 30_000],
  ['discord', 'status', 59 * minute, 10_000],
  ['discord', 'status', 60 * minute, 60_000],
  ['slack', 'board', 0, 30_000],
  ['discord', 'board', 120 * minute, 60_000],
  ['slack', 'decision', 300 * minute, 0],
  ['discord', 'decision', 0, 0],
] as const)('on %s a %s message %d ms old is edited every %d ms', (platform, kind, ageMs, gapMs) => {
  const pace = editPaceOf(platform);

  const step = (pace[kind] ?? pace.other).find(({ untilMs }) => untilMs === null || ageMs < untilMs);

  expect(step?.gapMs).toBe(gapMs);
});

test('Discord slows down old messages of one channel together, Slack does not', () => {
  expect(editPaceOf('discord').oldTogetherMs).toBe(3_000);
  expect(editPaceOf('slack').oldTogetherMs).toBe(0);
});
