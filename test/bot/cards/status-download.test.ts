import { expect, test } from 'vitest';
import { render } from './rendering.ts';
import { aContent, inHours } from './samples.ts';

const researching = { state: 'researching', best: null, activity: [], chart: null };
const moving = { done: 28, total: 100, label: '346 MB of 1.2 GB' };

function lines(download: object, options: { locale?: 'en' | 'ja'; progress?: object } = {}) {
  const { locale = 'en', progress = null } = options;
  const card = render(aContent('status', { ...researching, progress, download }), { locale });
  return { body: card.body, bar: card.bars[0]?.text };
}

test.each([
  ['transferring', 'Downloads the data: 1.2 GB.', 'データをダウンロードしています (1.2 GB)。'],
  ['unpacking', 'Unpacks the data: 1.2 GB.', 'データを展開しています (1.2 GB)。'],
])('data that are %s show how much, in both languages', (phase, english, japanese) => {
  const download = { phase, totalBytes: 1_234_567_890, refusedSince: null };

  const en = lines(download, { progress: moving });

  expect(en.body).toContain(english);
  expect(en.bar).toMatch(/^28.% · 346 MB of 1\.2 GB/u);
  const ja = lines(download, { locale: 'ja', progress: moving });
  expect(ja.body).toContain(japanese);
  expect(ja.bar).toMatch(/^28/);
});

test('data of an unknown size show what is done with them', () => {
  const { body } = lines({ phase: 'transferring', totalBytes: null, refusedSince: null });

  expect(body).toContain('Downloads the data.');
});

test('data that wait say for what', () => {
  const slot = { phase: 'waiting_for_slot', totalBytes: 10, refusedSince: null };
  const vendor = { phase: 'waiting_for_vendor', totalBytes: 10, refusedSince: inHours(-0.5) };

  expect(lines(slot).body).toContain('Waits for its data: another download comes first.');
  expect(lines(vendor).body.join(' ')).toMatch(
    /^Waits for its data: Kaggle has allowed no download since .*14:02.*\. It is asked again by itself\.$/,
  );
  expect(lines(vendor, { locale: 'ja' }).body.join(' ')).toContain('自動で再試行します');
});

test('the thread hears that Kaggle has replaced the data', () => {
  const card = render(aContent('notice', { event: 'data_changed', reason: null, by: null }));

  expect(card.title).toContain('Kaggle has replaced the data of');
  expect(card.body).toContain('They are read anew; what was trained on the earlier data counts no more.');
});
