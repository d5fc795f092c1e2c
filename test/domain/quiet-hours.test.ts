import { expect, test } from 'vitest';
import { digestDue, isQuiet, localDay, localTime } from '../../src/domain/quiet-hours.ts';

const tokyo = 'Asia/Tokyo';

test.each([
  // 22:00 in Tokyo is 13:00 in UTC
  ['2026-11-22T12:59:59Z', false],
  ['2026-11-22T13:00:00Z', true],
  ['2026-11-22T18:00:00Z', true],
  ['2026-11-22T22:59:00Z', true],
  ['2026-11-22T23:00:00Z', false],
])('hours over midnight are those of the people: %s is quiet: %s', (now, quiet) => {
  const preferences = { quietHours: { from: '22:00', to: '08:00' }, timeZone: tokyo };
  expect(isQuiet(preferences, new Date(now))).toBe(quiet);
});

test('hours within a day, and none at all', () => {
  const noon = new Date('2026-11-22T12:00:00Z');
  expect(isQuiet({ quietHours: { from: '11:00', to: '13:00' }, timeZone: 'UTC' }, noon)).toBe(true);
  expect(isQuiet({ quietHours: { from: '13:00', to: '14:00' }, timeZone: 'UTC' }, noon)).toBe(false);
  expect(isQuiet({ quietHours: { from: '12:00', to: '12:00' }, timeZone: 'UTC' }, noon)).toBe(false);
  expect(isQuiet({ quietHours: null, timeZone: 'UTC' }, noon)).toBe(false);
});

test('midnight is 00:00 of the new day', () => {
  const now = new Date('2026-11-22T15:00:30Z');
  expect(localTime(now, tokyo)).toEqual({ day: '2026-11-23', time: '00:00' });
  expect(localDay(now, tokyo)).toEqual({ day: '2026-11-23', startedAt: new Date('2026-11-22T15:00:00Z') });
});

test.each([
  ['2026-11-22T23:59:59Z', null],
  ['2026-11-23T00:00:00Z', '2026-11-23'],
  ['2026-11-23T02:59:00Z', '2026-11-23'],
  ['2026-11-23T03:00:00Z', null],
])('a digest for 09:00 in Tokyo is due from then on for a while: %s', (now, day) => {
  const due = digestDue({ digestAt: '09:00', timeZone: tokyo }, new Date(now));
  expect(due).toEqual(day === null ? null : { day, dueAt: new Date('2026-11-23T00:00:00Z') });
});

test('nobody who wants no digest gets one', () => {
  expect(digestDue({ digestAt: null, timeZone: 'UTC' }, new Date())).toBeNull();
});
