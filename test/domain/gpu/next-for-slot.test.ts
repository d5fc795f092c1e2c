import { expect, test } from 'vitest';
import { isItsTurn, orderForSlots } from '../../../src/domain/gpu/next-for-slot.ts';

const run = (id: string, competitionId: string, priority = 100, minute = 0) => {
  return { id, competitionId, priority, createdAt: new Date(Date.UTC(2026, 10, 1, 0, minute)) };
};
const ids = (runs: { id: string }[]) => runs.map(({ id }) => id);

test('a slot goes to the highest priority, then to who waits longest', () => {
  const waiting = [run('late', 'a', 100, 9), run('early', 'b', 100, 1), run('important', 'c', 1, 20)];

  expect(ids(orderForSlots(waiting, []))).toEqual(['important', 'early', 'late']);
});

test('no competition gets a second slot while another waits for its first', () => {
  const waiting = [run('a2', 'a', 1), run('a3', 'a', 1), run('b1', 'b', 500)];

  expect(ids(orderForSlots(waiting, ['a']))).toEqual(['b1', 'a2', 'a3']);
  expect(ids(orderForSlots(waiting, []))).toEqual(['a2', 'b1', 'a3']);
});

test('runs of one competition train side by side where nobody else waits', () => {
  const waiting = [run('a1', 'a'), run('a2', 'a', 100, 1), run('a3', 'a', 100, 2)];

  expect(isItsTurn('a1', waiting, [], 2)).toBe(true);
  expect(isItsTurn('a2', waiting, [], 2)).toBe(true);
  expect(isItsTurn('a3', waiting, [], 2)).toBe(false);
  expect(isItsTurn('a1', waiting, ['a', 'a'], 0)).toBe(false);
});

test('whatever the order in which runs came, everybody gets a place', () => {
  const waiting = [run('x', 'a', 5), run('y', 'b', 5), run('z', 'a', 5)];

  expect(ids(orderForSlots(waiting, ['b'])).sort()).toEqual(['x', 'y', 'z']);
  expect(ids(orderForSlots(waiting.toReversed(), ['b']))).toEqual(ids(orderForSlots(waiting, ['b'])));
});
