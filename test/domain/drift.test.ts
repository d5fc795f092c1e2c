import { expect, test } from 'vitest';
import { hasDrift, isDriftColumn, measureDrift } from '../../src/domain/drift.ts';
import { createRandom } from '../../src/domain/random.ts';

const rows = 400;

function numbers(seed: string, shift = 0): string[] {
  const random = createRandom(seed);
  return Array.from({ length: rows }, () => (random() + shift).toFixed(4));
}

const words = (seed: string, of: readonly string[]) => {
  const random = createRandom(seed);
  return Array.from({ length: rows }, () => of[Math.floor(random() * of.length)] ?? '');
};

test('rows that are drawn alike cannot be told apart', () => {
  const drift = measureDrift([
    { name: 'x', train: numbers('a'), test: numbers('b') },
    { name: 'colour', train: words('c', ['red', 'green', '']), test: words('d', ['red', 'green', '']) },
  ]);

  expect(drift.auc).toBeGreaterThan(0.42);
  expect(drift.auc).toBeLessThan(0.58);
  expect(hasDrift(drift)).toBe(false);
  expect(drift).toMatchObject({ trainRows: rows, testRows: rows });
});

test('a column that has moved is found, and named before the others', () => {
  const drift = measureDrift([
    { name: 'x', train: numbers('a'), test: numbers('b') },
    { name: 'price', train: numbers('e'), test: numbers('f', 0.7) },
    { name: 'shop', train: words('c', ['a', 'b']), test: words('d', ['b', 'c']) },
  ]);

  expect(drift.auc).toBeGreaterThan(0.85);
  expect(hasDrift(drift)).toBe(true);
  expect(drift.columns.map(({ name }) => name)).toEqual(['price', 'shop']);
  expect(drift.columns[0]?.auc).toBeGreaterThan(drift.columns[1]?.auc ?? 1);
});

test('that cells are missing more often tells rows apart as well', () => {
  const gaps = words('g', ['1', '2', '3', '4', '', '', '', '']);
  const drift = measureDrift([{ name: 'x', train: words('h', ['1', '2', '3', '4']), test: gaps }]);

  expect(drift.columns[0]?.auc).toBeGreaterThan(0.65);
});

test('a key that never repeats tells nothing, since no row was fitted on that is judged', () => {
  const keys = (from: number) => Array.from({ length: rows }, (_, index) => `k${from + index}`);

  const drift = measureDrift([{ name: 'code', train: keys(0), test: keys(5_000) }]);

  expect(drift.auc).toBeGreaterThan(0.4);
  expect(drift.auc).toBeLessThan(0.6);
});

test('without columns or with hardly any rows there is nothing to say', () => {
  expect(measureDrift([])).toMatchObject({ auc: 0.5, columns: [] });
  expect(measureDrift([{ name: 'x', train: ['1', '2'], test: ['9', '8'] }])).toMatchObject({ auc: 0.5 });
});

test('what differs by design is not looked at', () => {
  const problem = { idColumn: 'id', groupColumn: 'shop', timeColumn: 'day' };
  const looked = (['id', 'shop', 'day', 'x'] as const).filter((name) =>
    isDriftColumn({ name, kind: 'numeric' }, problem),
  );

  expect(looked).toEqual(['x']);
  expect(isDriftColumn({ name: 'words', kind: 'text' }, problem)).toBe(false);
  expect(isDriftColumn({ name: 'key', kind: 'id' }, problem)).toBe(false);
});
