import { expect, test } from 'vitest';
import { changeLines } from '../../../src/bot/cards/change-words.ts';
import { createPlainInk } from '../../../src/bot/inks/plain.ts';
import { createVoice } from '../../../src/bot/voice.ts';
import { watchedFields } from '../../../src/domain/listing.ts';

const now = new Date('2026-11-22T12:00:00Z');
const voiceIn = (locale: 'en' | 'ja') => createVoice({ locale, ink: createPlainInk(), timeZone: 'UTC', now });

test('what changed is said with both values, a line each, and the same only once', () => {
  const lines = changeLines(voiceIn('en'), [
    { what: 'deadline', old: '2026-12-01T23:59:00Z', new: '2026-12-08T23:59:00Z' },
    { what: 'reward', old: null, new: '$50,000' },
    { what: 'submissions', old: true, new: false },
    { what: 'rules', old: 'rules', new: 'rules' },
    { what: 'rules', old: 'Rules', new: 'Rules' },
    { what: 'pages', old: 'prizes' },
    { what: 'data', old: { files: 3, bytes: 1 }, new: { files: 4, bytes: 2 } },
    { what: 'closed', new: 'gone' },
  ]);

  expect(lines[0]).toMatch(/^Deadline: .*1 Dec.* → .*8 Dec/);
  expect(lines.slice(1)).toEqual([
    'Reward: none → $50,000',
    'Submissions are switched off.',
    'Its rules changed; please read them again.',
    'Its page prizes changed.',
    'Its data changed: 3 → 4 files.',
    "It is gone from Kaggle's list.",
  ]);
});

test('every watched field has words of its own in both languages, and odd values break none', () => {
  for (const locale of ['en', 'ja'] as const) {
    const other = changeLines(voiceIn(locale), [{ what: 'something' }])[0]?.replace('something', '');
    const changes = watchedFields.map((what) => ({ what, old: { odd: [1] }, new: 'x'.repeat(5_000) }));

    const lines = changes.map((change) => changeLines(voiceIn(locale), [change])[0] ?? '');

    expect(lines.filter((line) => line.startsWith(other?.slice(0, 8) ?? ''))).toEqual([]);
    expect(Math.max(...lines.map(({ length }) => length))).toBeLessThan(300);
  }
});
