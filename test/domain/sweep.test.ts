import { expect, test } from 'vitest';
import { parameterRanges } from '../../src/domain/parameters.ts';
import { planSweep, type SweepSituation, triesInTime } from '../../src/domain/sweep.ts';

const situation: SweepSituation = {
  params: {
    lightgbm: { learning_rate: 0.05, num_leaves: 31, n_estimators: 400, seeds: 3, objective: 'binary' },
    linear: { C: 1, unheard_of: 3 },
  },
  seed: 'a node',
  tries: 6,
  runSeconds: 10,
  slots: 2,
  spentSeconds: 600,
  secondsLeft: null,
};

test('tries move up to three numbers a little, inside of what they may be, the same for the same node', () => {
  const tries = planSweep(situation);

  expect(tries).toHaveLength(6);
  expect(planSweep(situation)).toEqual(tries);
  expect(planSweep({ ...situation, seed: 'another' })).not.toEqual(tries);
  for (const changes of tries) {
    expect(changes.length).toBeGreaterThan(0);
    expect(changes.length).toBeLessThanOrEqual(3);
    for (const { name, from, to } of changes) {
      expect(['learning_rate', 'num_leaves', 'n_estimators', 'C']).toContain(name);
      const { min, max, isWhole } = parameterRanges[name] ?? { min: 0, max: 0 };
      expect(Number(to)).toBeGreaterThanOrEqual(Math.max(min, Number(from) / 2.1));
      expect(Number(to)).toBeLessThanOrEqual(Math.min(max, Number(from) * 2.1));
      if (isWhole === true) expect(Number.isInteger(to)).toBe(true);
    }
  }
});

test('never more tries than there is time for, beside what was trained and what is left', () => {
  expect(triesInTime(situation)).toBe(6);
  expect(triesInTime({ ...situation, tries: 50 })).toBe(6);
  expect(triesInTime({ ...situation, spentSeconds: 30 })).toBe(3);
  expect(triesInTime({ ...situation, secondsLeft: 41 })).toBe(2);
  expect(triesInTime({ ...situation, secondsLeft: -5 })).toBe(0);
  expect(triesInTime({ ...situation, tries: 0 })).toBe(0);
});

test('nothing is tried where nothing can be tuned', () => {
  expect(
    planSweep({ ...situation, params: { rule: { seeds: 3, mode: 'fast', flag: true, odd: 1 } } }),
  ).toEqual([]);
});
