import { expect, test } from 'vitest';
import { createPlainInk } from '../../src/bot/inks/plain.ts';
import { createVoice } from '../../src/bot/voice.ts';
import type { Locale } from '../../src/domain/preferences.ts';

const now = new Date('2026-11-22T05:32:00Z');
const deadline = new Date('2026-12-11T23:59:00Z');
const minute = 60_000;

function voiceOf(locale: Locale, timeZone = 'Asia/Tokyo', ink = createPlainInk()) {
  return createVoice({ locale, ink, timeZone, now });
}

test('times are told in the channel’s zone, with the day where it is not today', () => {
  const en = voiceOf('en');
  const ja = voiceOf('ja');

  expect([en.moment(now), en.moment(deadline), en.moment(new Date('2027-01-01T00:00:00Z'))]).toEqual([
    '14:32',
    'Sat 12 Dec, 08:59',
    'Fri 1 Jan 2027, 09:00',
  ]);
  expect([ja.moment(now), ja.moment(deadline)]).toEqual(['14:32', '12/12(土) 08:59']);
});

test('a day that is another one in the zone is told as that', () => {
  const lateInTokyo = new Date('2026-11-22T16:00:00Z');

  expect(voiceOf('en').moment(lateInTokyo)).toBe('Mon 23 Nov, 01:00');
  expect(voiceOf('en', 'UTC').moment(lateInTokyo)).toBe('16:00');
});

test('deadlines of the world outside are told in UTC too', () => {
  expect(voiceOf('en').deadline(deadline)).toBe('Sat 12 Dec 2026, 08:59 (11 Dec, 23:59 UTC)');
  expect(voiceOf('en', 'UTC').deadline(deadline)).toBe('Fri 11 Dec 2026, 23:59 UTC');
  expect(voiceOf('ja').deadline(deadline)).toBe('2026/12/12(土) 08:59（UTC 12/11 23:59）');
});

test('a platform that shows times by itself still shows UTC for deadlines', () => {
  const ink = { ...createPlainInk(), time: (at: Date) => `<t:${at.getTime() / 1000}>` };

  expect(voiceOf('en', 'Asia/Tokyo', ink).deadlineTime(deadline)).toBe('<t:1797033540> (11 Dec, 23:59 UTC)');
  expect(voiceOf('en').deadlineTime(deadline)).toBe('Sat 12 Dec 2026, 08:59 (11 Dec, 23:59 UTC)');
});

test('what is left is told roughly, in days from two days on', () => {
  const en = voiceOf('en');
  const inMinutes = (count: number) => en.remaining(new Date(now.getTime() + count * minute));

  expect([0, 0.2, 59, 118, 400, 47 * 60, 48 * 60].map(inMinutes)).toEqual([
    'over',
    'in 1 min',
    'in 59 min',
    'in 1 h 55 min',
    'in 7 h',
    'in 47 h',
    'in 2 days',
  ]);
  expect(voiceOf('ja').remaining(deadline)).toBe('あと19日');
});

test('durations are told in two units', () => {
  const told = [400, 34_000, 12 * minute, 72 * minute, 75 * 60 * minute];

  expect(told.map(voiceOf('en').duration)).toEqual(['0.4 s', '34 s', '12 min', '1 h 12 min', '3 days 3 h']);
  expect(told.map(voiceOf('ja').duration)).toEqual(['0.4秒', '34秒', '12分', '1時間12分', '3日3時間']);
});

test('scores are told with five decimals in every language, money in cents', () => {
  for (const locale of ['en', 'ja'] as const) {
    const { score, change, money, number } = voiceOf(locale);

    expect([score(0.5), score(null)]).toEqual(['0.50000', '–']);
    expect([change(0.78468, 0.79186), change(0.13, 0.12), change(0.1, 0.1), change(null, 1)]).toEqual([
      '▲ +0.00718',
      '▼ -0.01000',
      '',
      '',
    ]);
    expect([money(1234.5), money(0), number(13_880)]).toEqual(['$1,234.50', '$0.00', '13,880']);
  }
  expect(voiceOf('en').money(0.001)).toBe('less than $0.01');
});

test('progress is rounded down and shares of a budget up', () => {
  const { percent, percentUp } = voiceOf('en');

  expect([percent(0.999), percent(1), percent(-1)]).toEqual(['99 %', '100 %', '0 %']);
  expect([percentUp(0.0867), percentUp(0.07), percentUp(2)]).toEqual(['9 %', '7 %', '100 %']);
});

test('inserted values are escaped in markup, not in plain text, and never read as texts of the catalogue', () => {
  const ink = { ...createPlainInk(), text: (plain: string) => plain.replaceAll('*', '\\*') };
  const { t, plain } = voiceOf('en', 'UTC', ink);
  const slug = '*a* $t(common:btn.pause) {{slug}}';

  expect(t('cards:notice.paused', { slug })).toBe('\\*a\\* $t(common:btn.pause) {{slug}} paused');
  expect(plain('cards:notice.paused', { slug })).toBe('*a* $t(common:btn.pause) {{slug}} paused');
  expect(t('cards:notice.by', { user: '*mika*' })).toBe('By *mika*.');
});

test('numbers choose the plural', () => {
  const en = voiceOf('en');

  expect([0, 1, 1204].map((count) => en.t('common:rounds', { count }))).toEqual([
    '0 rounds',
    '1 round',
    '1,204 rounds',
  ]);
  expect(voiceOf('ja').t('common:rounds', { count: 1 })).toBe('1ラウンド');
});

test('the plain ink lets no control characters through', () => {
  const ink = createPlainInk();

  expect(ink.text('a\u001b[31mb\u202ec\u0007')).toBe('a[31mbc');
  expect(ink.person({ type: 'slack', teamId: 'T', userId: 'U1' }, 'mi\u001bka')).toBe('mika');
});
