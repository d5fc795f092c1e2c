import { expect, test } from 'vitest';
import { runLimitSeconds } from '../../../src/flows/support/run-limit.ts';
import { limitsSchema } from '../../../src/state/competitions.ts';

const admittedAt = new Date('2030-01-01T00:00:00Z');
const after = (seconds: number) => () => new Date(admittedAt.getTime() + seconds * 1_000);

function limitAfter(seconds: number, timeLimitSeconds: number | null): number {
  const policy = { trainingTimeLimitSeconds: 14_400 };
  return runLimitSeconds(
    { policy, now: after(seconds) },
    { limits: limitsSchema.parse({ timeLimitSeconds }), admittedAt },
  );
}

test("a run has the setting's time, or a quarter of what is left of its competition's own", () => {
  expect(limitAfter(50_000, null)).toBe(14_400);
  expect(limitAfter(0, 86_400)).toBe(14_400);
  expect(limitAfter(1_200, 3_600)).toBe(600);
  expect(limitAfter(3_599, 3_600)).toBe(60);
  expect(limitAfter(9_999, 3_600)).toBe(60);
});
