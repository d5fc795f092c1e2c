import { expect, test } from 'vitest';
import { catalogues } from '../../src/bot/i18n.ts';
import {
  dropReasons,
  gainOver,
  holdReasonOf,
  holdReasons,
  isOvertaken,
  type SlotSituation,
  standardErrorOf,
} from '../../src/domain/submission-slots.ts';

const plenty: SlotSituation = {
  remainingToday: 10,
  usedToday: 0,
  sentSoFar: 5,
  gain: 0.001,
  standardError: 0.01,
  isFinalWindow: false,
  isPractice: false,
};

const held = (changes: Partial<SlotSituation>) => holdReasonOf({ ...plenty, ...changes });

test('where submissions are plentiful every candidate is sent', () => {
  expect(held({})).toBeNull();
  expect(held({ gain: -1 })).toBeNull();
});

test('one a day is kept in reserve where the limit allows it, and not in the last days or in practice', () => {
  const last = { remainingToday: 1, usedToday: 4, gain: 1 };

  expect(held(last)).toBe('reserved');
  expect(held({ ...last, isFinalWindow: true })).toBeNull();
  expect(held({ ...last, isPractice: true })).toBeNull();
  expect(held({ remainingToday: 1, usedToday: 1, gain: 1 })).toBeNull();
});

test('where few are left only a gain beyond chance is worth one; the first three always are', () => {
  const few = { remainingToday: 3, usedToday: 2 };

  expect(held({ ...few, gain: 0.019 })).toBe('small_gain');
  expect(held({ ...few, gain: 0.021 })).toBeNull();
  expect(held({ ...few, gain: 0, standardError: null })).toBe('small_gain');
  expect(held({ ...few, gain: null })).toBeNull();
  expect(held({ ...few, gain: -1, sentSoFar: 2 })).toBeNull();
  expect(held({ ...few, gain: -1, isFinalWindow: true })).toBeNull();
});

test('nothing is sent where nothing is left', () => {
  expect(held({ remainingToday: 0, isFinalWindow: true })).toBe('used_up');
});

test('a gain is measured over the best of the others, in the direction of the metric', () => {
  const others = [{ cv: 0.7 }, { cv: 0.8 }, { cv: null }];

  expect(gainOver('accuracy', { cv: 0.85 }, others)).toBeCloseTo(0.05);
  expect(gainOver('rmse', { cv: 0.65 }, others)).toBeCloseTo(0.05);
  expect(gainOver('accuracy', { cv: null }, others)).toBeNull();
  expect(gainOver('accuracy', { cv: 0.85 }, [])).toBeNull();
});

test('a candidate is overtaken by what is better than it by more than chance', () => {
  const candidate = { cv: 0.8, scores: { cvSd: 0.01 } };
  const by = (cv: number) => isOvertaken('accuracy', candidate, [{ cv, scores: {} }], 4);

  expect(standardErrorOf(candidate, 4)).toBe(0.005);
  expect(by(0.811)).toBe(true);
  expect(by(0.809)).toBe(false);
  expect(by(0.7)).toBe(false);
  expect(isOvertaken('accuracy', { cv: 0.8, scores: {} }, [{ cv: 0.99, scores: {} }], 4)).toBe(false);
});

test('every reason has its words in every language', () => {
  const english: string[] = Object.values(catalogues.en.cards);

  const reasons = [...Object.values(holdReasons), ...Object.values(dropReasons)];
  expect(reasons.filter((reason) => !english.includes(reason))).toEqual([]);
});
