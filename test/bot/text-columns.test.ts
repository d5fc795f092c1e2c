import { expect, test } from 'vitest';
import { alignColumns, barLines, displayWidth, drawBar } from '../../src/bot/text-columns.ts';

test('Japanese letters and emoji take two cells, combining marks none', () => {
  expect(displayWidth('titanic')).toBe(7);
  expect(displayWidth('学習中')).toBe(6);
  expect(displayWidth('🟡 a')).toBe(4);
  expect(displayWidth('e\u0301')).toBe(1);
});

test('columns stand below each other, whatever the letters', () => {
  const rows = [
    ['学習', '1'],
    ['titanic', '10'],
  ];

  expect(alignColumns(rows, { indent: ' ', align: ['left', 'right'] })).toEqual([
    ' 学習      1',
    ' titanic  10',
  ]);
});

test('a bar is full only when everything is there', () => {
  expect(drawBar(0.999)).toBe(`${'█'.repeat(19)}░`);
  expect(drawBar(1)).toBe('█'.repeat(20));
  expect(drawBar(Number.NaN)).toBe('░'.repeat(20));
  expect(drawBar(7)).toBe('█'.repeat(20));
});

test('where there is nothing to draw the number stands in its place', () => {
  const bars = [
    { label: 'Training', share: 0.5, text: '50 %' },
    { label: 'Disk', share: null, text: 'working' },
  ];

  expect(barLines(bars)).toEqual([`Training  ${'█'.repeat(10)}${'░'.repeat(10)}  50 %`, 'Disk      working']);
});
