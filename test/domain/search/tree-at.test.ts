import { expect, test } from 'vitest';
import { treeAt } from '../../../src/domain/search/tree-at.ts';
import { aNode } from '../../support/trees.ts';

const minute = (count: number) => new Date(Date.parse('2026-11-22T10:00:00Z') + count * 60_000);

test('a tree at a moment holds what was begun by then, with the ends that were known', () => {
  const nodes = [
    aNode('scored', { createdAt: minute(0), endedAt: minute(3) }),
    aNode('failed', { createdAt: minute(1), endedAt: minute(4), status: 'failed' }),
    aNode('ends-later', { createdAt: minute(2), endedAt: minute(6), status: 'failed', taught: 'A lot.' }),
    aNode('begun-later', { createdAt: minute(5), endedAt: minute(6) }),
  ];

  const tree = treeAt({ metric: 'accuracy', nodes }, minute(4));

  expect(tree.nodes.slice(0, 2)).toEqual(nodes.slice(0, 2));
  expect(tree.nodes).toHaveLength(3);
  expect(tree.nodes[2]).toMatchObject({ status: 'coding', cv: null, error: null, endedAt: null });
  expect(tree.nodes[2]).not.toHaveProperty('taught');
  expect(treeAt(tree, minute(4))).toEqual(tree);
});
