import { expect, test } from 'vitest';
import {
  canBeAskedAgain,
  cannotWait,
  decisionDraftSchema,
  decisionKinds,
  slaSecondsOf,
} from '../../src/domain/decision.ts';
import { aDraft } from '../support/builders.ts';

const hour = 3_600;

test.each([
  ['failure', 4 * hour],
  ['uncertainty', 4 * hour],
  ['stagnation', 4 * hour],
  ['budget', 2 * hour],
  ['metric', hour / 2],
  ['suggestion', 24 * hour],
  ['rules', 72 * hour],
] as const)('a question about %s waits for %d s', (kind, seconds) => {
  expect(slaSecondsOf(kind, { decisionSlaSeconds: 4 * hour })).toBe(seconds);
});

test('who sets another time for questions changes all of them in proportion', () => {
  for (const kind of decisionKinds) {
    const usual = slaSecondsOf(kind, { decisionSlaSeconds: 4 * hour });
    expect(slaSecondsOf(kind, { decisionSlaSeconds: hour })).toBe(usual / 4);
  }
});

test('only money and a competition that ends within six hours cannot wait for the morning', () => {
  const now = new Date('2026-11-22T23:00:00Z');
  const inHours = (hours: number) => new Date(now.getTime() + hours * hour * 1000);

  expect(cannotWait({ kind: 'budget', competitionEndsAt: null }, now)).toBe(true);
  expect(cannotWait({ kind: 'failure', competitionEndsAt: null }, now)).toBe(false);
  expect(cannotWait({ kind: 'failure', competitionEndsAt: inHours(5) }, now)).toBe(true);
  expect(cannotWait({ kind: 'failure', competitionEndsAt: inHours(7) }, now)).toBe(false);
});

test('a question without numbers, picture and marks has none', () => {
  expect(decisionDraftSchema.parse(aDraft())).toMatchObject({
    facts: [],
    chart: null,
    options: [{ isFinal: false, isCostly: false, wantsText: false }, {}, {}],
  });
});

test('a question that something waited for is asked once; what moves a competition may be asked again', () => {
  const again = decisionKinds.filter(canBeAskedAgain);

  expect(again).toEqual(expect.arrayContaining(['stagnation', 'suggestion', 'agreement']));
  for (const kind of ['gate', 'metric', 'final_selection', 'drift']) expect(again).not.toContain(kind);
});
