import { expect, test } from 'vitest';
import { type Move, passedStages } from '../../src/flows/commands/passed-stages.ts';

const at = (second: number): Date => new Date(Date.UTC(2026, 10, 22, 14, 0, second));
const began = at(0);

const rows = [
  { version: 1, fromState: 'discovered', event: 'research_started', toState: 'researching' },
  { version: 1, fromState: 'researching', event: 'training_started', toState: null },
  { version: 2, fromState: 'researching', event: 'research_failed', toState: 'recovering' },
  { version: 3, fromState: 'recovering', event: 'manual_intervention_required', toState: 'failed' },
  { version: 4, fromState: 'failed', event: 'retry_different_approach', toState: 'researching' },
  { version: 5, fromState: 'researching', event: 'paused', toState: 'paused' },
] as const;
const moves = rows.map(
  (move, index): Move => ({ ...move, payload: { reason: `reason ${index}` }, at: at(index + 1) }),
);

test('the history of moves gives every stage its round, its time, and what ended it', () => {
  const passed = passedStages(moves, { beganAt: began, version: 5 });

  expect(passed.map(({ state, round, event, to }) => [state, round, event, to])).toEqual([
    ['discovered', 0, 'research_started', 'researching'],
    ['researching', 1, 'research_failed', 'recovering'],
    ['recovering', 1, 'manual_intervention_required', 'failed'],
    ['failed', 1, 'retry_different_approach', 'researching'],
    ['researching', 2, 'paused', 'paused'],
  ]);
  expect(passed[1]).toMatchObject({ startedAt: at(1), endedAt: at(3), reason: 'reason 2' });
  expect(passed[0]?.startedAt).toEqual(began);
});

test('a move that the snapshot does not know of yet has ended nothing in it', () => {
  expect(passedStages(moves, { beganAt: began, version: 3 }).at(-1)).toMatchObject({ to: 'failed' });
});
