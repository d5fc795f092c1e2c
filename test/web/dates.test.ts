import { expect, test } from 'vitest';
import { agoText, dayKey, formatDate, nearDay } from '../../web/src/mrkdwn/dates.ts';

const at = new Date('2026-12-11T23:59:00Z');
const tokyo = { locale: 'en-US', timeZone: 'Asia/Tokyo', now: new Date('2026-12-12T01:00:00Z') };

test("a date is shown in the reader's language and zone", () => {
  expect(formatDate(at, '{date_short} {time}', tokyo)).toMatch(/^Dec 12, 2026 8:59\sAM$/);
  expect(formatDate(at, '{date_num}', { ...tokyo, timeZone: 'UTC' })).toBe('2026-12-11');
  expect(formatDate(at, '{date_long}', { ...tokyo, locale: 'ja-JP' })).toBe('2026年12月12日土曜日');
  expect(formatDate(at, '{unknown}', tokyo)).toBe('{unknown}');
});

test('pretty dates name the days around today', () => {
  expect(formatDate(at, '{date_short_pretty}', tokyo)).toBe('today');
  expect(formatDate(at, '{date_pretty}', { ...tokyo, timeZone: 'UTC' })).toBe('yesterday');
  expect(nearDay(new Date('2026-12-20T00:00:00Z'), tokyo)).toBeNull();
  expect(dayKey(at, tokyo)).toBe('2026-12-12');
});

test('how long ago is said in the largest whole unit', () => {
  expect(agoText(at, tokyo)).toBe('1 hour ago');
  expect(agoText(at, { ...tokyo, locale: 'ja-JP' })).toBe('1 時間前');
});
