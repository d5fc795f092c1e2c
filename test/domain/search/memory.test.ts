import { expect, test } from 'vitest';
import { debugMemoryOf, memoryOf } from '../../../src/domain/search/memory.ts';
import { memorySchema } from '../../../src/domain/search/step.ts';
import { aNode, aTree, idOf } from '../../support/trees.ts';

test('the memory of a long search keeps the best and the last failures, oldest first', () => {
  const nodes = Array.from({ length: 200 }, (_, index) =>
    index === 3
      ? aNode('best', { cv: 0.99 })
      : aNode(`node-${index}`, index % 4 === 0 ? { status: 'failed' } : { cv: index / 1000 }),
  );

  const memory = memoryOf(aTree(...nodes));

  expect(memory.length).toBeLessThanOrEqual(60);
  const names = memory.map(({ name }) => name);
  expect(names).toEqual(expect.arrayContaining(['best', 'node-196', 'node-192', 'node-188']));
  expect(names).toEqual(nodes.map(({ name }) => name).filter((name) => names.includes(name)));
  for (const entry of memory) expect(memorySchema.parse(entry)).toEqual(entry);
});

test('who mends a node sees its chain of failed ones up to the last that worked, and nothing else', () => {
  const tree = aTree(
    aNode('other'),
    aNode('good', { cv: 0.8 }),
    aNode('change', { status: 'failed', parents: ['good'] }),
    aNode('change-fix1', { status: 'failed', parents: ['change'], operator: 'debug', debugDepth: 1 }),
    aNode('sibling', { parents: ['good'] }),
  );

  const memory = debugMemoryOf(tree, idOf('change-fix1'));

  expect(memory.map(({ name, status }) => `${name} ${status}`)).toEqual([
    'good scored',
    'change failed',
    'change-fix1 failed',
  ]);
  expect(memory[2]).toMatchObject({ parents: ['change'], error: 'It broke.' });
});
