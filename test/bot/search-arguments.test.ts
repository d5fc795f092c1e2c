import { expect, test } from 'vitest';
import { parseCommand } from '../../src/bot/parse-command.ts';

test.each([
  ['tree', { verb: 'tree', slug: null, isPublic: false }],
  ['tree titanic public', { verb: 'tree', slug: 'titanic', isPublic: true }],
  ['nodes https://www.kaggle.com/c/titanic', { verb: 'tree', slug: 'titanic', isPublic: false }],
  ['node 12', { verb: 'node', slug: null, which: '12', isPublic: false }],
  ['node titanic 12', { verb: 'node', slug: 'titanic', which: '12', isPublic: false }],
  [
    'node titanic boosting-counts public',
    { verb: 'node', slug: 'titanic', which: 'boosting-counts', isPublic: true },
  ],
  ['node https://www.kaggle.com/c/titanic', { verb: 'node', slug: 'titanic', which: null, isPublic: false }],
  ['node', { verb: 'node', slug: null, which: null, isPublic: false }],
  ['research titanic 2', { verb: 'research', slug: 'titanic', page: 2, isPublic: false }],
  ['research 2', { verb: 'research', slug: null, page: 2, isPublic: false }],
])('%s', (line, command) => {
  expect(parseCommand(line)).toEqual({ kind: 'command', command });
});

test.each([
  ['tree two words', 'two_slugs'],
  ['tree !', 'no_slug'],
  ['node ! 3', 'no_slug'],
  ['node titanic 3 4', 'two_slugs'],
  ['research a b', 'two_slugs'],
])('%s says what is wrong', (line, is) => {
  expect(parseCommand(line)).toMatchObject({ kind: 'usage', problem: { is } });
});
