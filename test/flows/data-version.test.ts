import { expect, test } from 'vitest';
import { isObjectKey } from '../../src/domain/object-key.ts';
import { dataVersion } from '../../src/flows/research/data-version.ts';
import { dataKey } from '../../src/flows/support/object-keys.ts';
import type { DataFile } from '../../src/providers/kaggle/contract.ts';

const train: DataFile = { name: 'train.csv', sizeBytes: 10, createdAt: new Date('2026-01-01T00:00:00Z') };
const test_: DataFile = { name: 'test.csv', sizeBytes: 5, createdAt: null };

test.each<[string, DataFile[]]>([
  ['a name', [{ ...train, name: 'Train.csv' }, test_]],
  ['a size', [{ ...train, sizeBytes: 11 }, test_]],
  ['a date', [{ ...train, createdAt: new Date('2026-01-01T00:00:01Z') }, test_]],
  ['a file that is gone', [train]],
  ['a new file', [train, test_, { ...test_, name: 'more.csv' }]],
])('%s makes other data', (_name, files) => {
  expect(dataVersion(files, null)).not.toBe(dataVersion([train, test_], null));
});

test('the order of the list says nothing, what its end holds does', () => {
  const summary = { fileCount: 9_000, totalBytes: 1, types: [] };

  expect(dataVersion([test_, train], null)).toBe(dataVersion([train, test_], null));
  expect(dataVersion([train], summary)).not.toBe(dataVersion([train], { ...summary, fileCount: 9_001 }));
});

test('each name has a key of its own, and a plain one says it', () => {
  const names = [
    'train.csv',
    'images/a b.png',
    'images/a_b.png',
    'images/ä.png',
    'images/ö.png',
    `${'deep/'.repeat(170)}a.csv`,
    `${'x'.repeat(250)}.csv`,
    `${'x'.repeat(251)}.csv`,
  ];

  const keys = names.map((name) => dataKey('titanic', '0123', name));

  expect(keys[0]).toBe('competitions/titanic/data/0123/train.csv');
  expect(keys[2]).toBe('competitions/titanic/data/0123/images/a_b.png');
  expect(new Set(keys).size).toBe(names.length);
  expect(keys.filter((key) => !isObjectKey(key))).toEqual([]);
});
