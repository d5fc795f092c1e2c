import type { SearchTree, TreeNode } from './tree.ts';

/**
 * The tree as it stood at a moment: what was begun later is not there, and what ended later is still at work. Whoever is
 * asked about a node again is so told the same as the first time, whatever became of the others meanwhile.
 */
export function treeAt({ metric, nodes }: SearchTree, at: Date): SearchTree {
  const there = nodes.filter(({ createdAt }) => createdAt <= at);
  return {
    metric,
    nodes: there.map((node) => (node.endedAt !== null && node.endedAt > at ? atWork(node) : node)),
  };
}

function atWork({ taught: _, ...node }: TreeNode): TreeNode {
  return {
    ...node,
    status: 'coding',
    failedAt: null,
    failedCheck: null,
    error: null,
    cv: null,
    folds: [],
    endedAt: null,
  };
}
