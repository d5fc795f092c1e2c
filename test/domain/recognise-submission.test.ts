import { expect, test } from 'vitest';
import { type Listed, recogniseSubmission } from '../../src/domain/recognise-submission.ts';

const key = 'ka-0123abcd-sub-aabbccddeeff-2';
const sentAt = new Date('2026-11-22T12:00:00Z');
const sought = { key, sentAt, otherKeys: ['ka-0123abcd-sub-aabbccddeeff-1'], claimedRefs: ['7'] };

const listed = (ref: number, changes: Partial<Listed>): Listed => ({
  ref,
  description: '',
  fileName: 'submission.csv',
  submittedAt: new Date('2026-11-22T12:00:05Z'),
  ...changes,
});
const find = (...list: Listed[]) => recogniseSubmission(list, sought);

test('a submission is found by its key, in the description or in the name of its file', () => {
  expect(find(listed(9, { description: `${key} a-way` }))).toEqual({ ref: 9, how: 'key', duplicateRefs: [] });
  expect(find(listed(9, { fileName: `${key}.csv` }))).toMatchObject({ ref: 9, how: 'key' });
  expect(find(listed(9, { description: 'by hand' }))).toBeNull();
});

test('the oldest counts, and others with its key are duplicates', () => {
  const list = [12, 11, 15].map((ref) => listed(ref, { description: `${key} a-way` }));

  expect(find(...list)).toEqual({ ref: 11, how: 'key', duplicateRefs: [12, 15] });
});

test('another key that begins with this one is not this one', () => {
  expect(find(listed(9, { description: 'ka-0123abcd-sub-aabbccddeeff-1 a-way' }))).toBeNull();
});

test.each(['ka-0123abcd-sub-aabb', 'KA-0123ABCD-SUB-AABBCCDDEEFF-2 a-way', 'ka 0123abcd sub aabbccddeeff 2'])(
  'a key that the vendor shows as %j is recognised by what is left of it',
  (description) => {
    expect(find(listed(9, { description }))).toEqual({ ref: 9, how: 'altered', duplicateRefs: [] });
  },
);

test('what is left of a key is no proof where it is known, older, too short or of no date', () => {
  const description = 'ka-0123abcd-sub-aabb';

  expect(find(listed(7, { description }))).toBeNull();
  expect(find(listed(9, { description, submittedAt: new Date('2026-11-22T11:40:00Z') }))).toBeNull();
  expect(find(listed(9, { description, submittedAt: null }))).toBeNull();
  expect(find(listed(9, { description: 'ka-0123' }))).toBeNull();
  expect(find(listed(9, { description: 'ka-9999abcd-sub-aabb' }))).toBeNull();
});
