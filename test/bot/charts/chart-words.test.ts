import fc from 'fast-check';
import { expect, test } from 'vitest';
import { chartAlt } from '../../../src/bot/charts/chart-alt.ts';
import { niceTicks, spreadLabels } from '../../../src/bot/charts/chart-ticks.ts';
import { scoresRange } from '../../../src/bot/charts/scores-range.ts';
import { sparkline } from '../../../src/bot/charts/sparkline.ts';
import { createPlainInk } from '../../../src/bot/inks/plain.ts';
import { createVoice } from '../../../src/bot/voice.ts';
import type { Locale } from '../../../src/domain/preferences.ts';
import { costs, now, scores } from '../cards/samples.ts';

function voiceOf(locale: Locale) {
  return createVoice({ locale, ink: createPlainInk(), timeZone: 'UTC', now });
}

test('the words of a chart carry its data', () => {
  expect(chartAlt(scores, voiceOf('en'))).toBe(
    'Line chart, titanic public score (accuracy, higher is better): 4 submissions from 0.77030 on Fri 20 Nov to 0.79186 on Sat 21 Nov; best 0.79186. Lines: bronze at 0.79660.',
  );
  expect(chartAlt(scores, voiceOf('ja'))).toContain('銅メダル 0.79660');
  expect(chartAlt(costs, voiceOf('en'))).toBe(
    'Line chart, money spent on titanic: $0.71 by 04:32. Cap: $20.00.',
  );
});

test('the words of learning curves name each with its first and last value', () => {
  const points: [number, number][] = [
    [0, 0.69],
    [90, 0.41],
  ];
  const panels = [{ measure: 'loss', curves: [{ name: 'val', points }] }];
  const chart = { kind: 'curves' as const, slug: 'titanic', name: 'boosting-counts', panels };

  expect(chartAlt(chart, voiceOf('en'))).toBe(
    'Line chart, what the script of boosting-counts measured while it trained: val loss from 0.69000 to 0.41000.',
  );
  expect(sparkline(chart)).toBe('█▁ 0.69000 → 0.41000');
});

test('one submission is told as one', () => {
  const one = { ...scores, points: scores.points.slice(0, 1) };

  expect(chartAlt(one, voiceOf('en'))).toContain('1 submission, 0.77030 on Fri 20 Nov.');
});

test('a sparkline is the chart for consoles', () => {
  expect(sparkline(scores)).toBe('▁▃▆█ 0.77030 → 0.79186');
  expect(sparkline(costs)).toBe('▁▃█ $0.00 → $0.71');
});

test('a sparkline of many points keeps the ends', () => {
  const points = Array.from({ length: 200 }, (_, index) => ({ at: now, usd: index }));
  const line = sparkline({ kind: 'costs', slug: 'titanic', points, capUsd: null });

  expect(line).toMatch(/^▁.{38}█ \$0\.00 → \$199\.00$/);
});

test('ticks are round, few and around everything shown', () => {
  expect(niceTicks(0.7703, 0.8205, 5)).toEqual({ min: 0.76, max: 0.84, step: 0.02, decimals: 2 });
  fc.assert(
    fc.property(
      fc.double({ min: -1e9, max: 1e9, noNaN: true }),
      fc.double({ min: 1e-4, max: 1e9, noNaN: true }),
      (low, span) => {
        const { min, max, step } = niceTicks(low, low + span, 5);
        return min <= low + step * 1e-6 && max >= low + span - step * 1e-6 && (max - min) / step <= 8;
      },
    ),
  );
});

test('a range of nothing still has a scale', () => {
  const { min, max } = niceTicks(0.77, 0.77, 5);

  expect(min).toBeLessThan(0.77);
  expect(max).toBeGreaterThan(0.77);
  expect(niceTicks(0, 0, 5).max).toBeGreaterThan(0);
});

test('labels never overlap as long as there is room', () => {
  const edges = { gap: 28, top: 142, bottom: 504 };

  expect(spreadLabels([300, 300, 301], edges)).toEqual([300, 328, 356]);
  expect(spreadLabels([500, 503], edges)).toEqual([476, 504]);
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 142, max: 504 }), { maxLength: 5 }), (wanted) => {
      const places = spreadLabels(wanted, edges).sort((a, b) => a - b);
      return places.every((at, index) => index === 0 || at - (places[index - 1] ?? 0) >= edges.gap);
    }),
  );
});

test('one score far behind all others does not press them into a line', () => {
  const values = [4.2, 0.61, 0.47, 0.52, 0.44, 0.43, 0.41, 0.4];
  const [low, high] = scoresRange({ values, thresholds: [0.38], isUp: false });

  expect(low).toBeLessThan(0.38);
  expect(high).toBeGreaterThan(0.61);
  expect(high).toBeLessThan(1);
});

test('few scores, and thresholds however far, are always in the picture', () => {
  const [low, high] = scoresRange({ values: [0.1, 0.8, 0.81], thresholds: [3], isUp: true });

  expect(low).toBeLessThan(0.1);
  expect(high).toBeGreaterThan(3);
});
