import { summarise } from '../compare.ts';
import type { MemoryEntry } from './step.ts';
import { bestNode, childrenOf, isPending, type SearchTree, scoredNodes, type TreeNode } from './tree.ts';

/** As much as a prompt's share of memory holds, one line a node. */
const mostEntries = 60;
const lastFailures = 3;
const longestChange = 200;
const longestError = 300;

/**
 * What was tried and what became of it, oldest first: the best, the last failures, then the others by score and the
 * newest of the rest, as many as there is room for.
 */
export function memoryOf(tree: SearchTree): MemoryEntry[] {
  const best = bestNode(tree);
  const failed = tree.nodes.filter(({ status }) => status === 'failed');
  const wanted = [
    ...(best === null ? [] : [best]),
    ...failed.slice(-lastFailures),
    ...scoredNodes(tree),
    ...tree.nodes.toReversed(),
  ];
  const kept = new Set([...new Set(wanted.map(({ id }) => id))].slice(0, mostEntries));
  return tree.nodes.filter(({ id }) => kept.has(id)).map((node) => entryOf(tree, node));
}

/**
 * What whoever mends a node is told: its chain of failed ones up to the last that worked, oldest first. Nothing else,
 * so that two fixes are not swapped for each other again and again.
 */
export function debugMemoryOf(tree: SearchTree, failedId: string): MemoryEntry[] {
  const chain: TreeNode[] = [];
  let node = tree.nodes.find(({ id }) => id === failedId);
  while (node !== undefined) {
    chain.unshift(node);
    if (node.status !== 'failed') break;
    const [parent] = node.parents;
    node = tree.nodes.find(({ id }) => id === parent);
  }
  return chain.map((one) => entryOf(tree, one));
}

/** Plans of the nodes that were made from the same parents. */
export function siblingsOf(tree: SearchTree, parents: readonly string[]): MemoryEntry[] {
  const [first] = parents;
  const siblings =
    first === undefined ? tree.nodes.filter(({ operator }) => operator === 'draft') : childrenOf(tree, first);
  return siblings.map((node) => entryOf(tree, node));
}

function entryOf({ nodes }: SearchTree, node: TreeNode): MemoryEntry {
  const { name, round, operator, spec, status, cv, folds, error } = node;
  return {
    name,
    round: Math.max(1, round),
    operator,
    parents: node.parents.flatMap((id) => nodes.filter((one) => one.id === id).map((one) => one.name)),
    family: spec.family,
    change: spec.title.slice(0, longestChange),
    status: isPending(node) ? 'open' : status === 'failed' ? 'failed' : 'scored',
    cv,
    se: cv === null || folds.length < 2 ? null : summarise(folds).se,
    error: error === null ? null : error.slice(0, longestError),
    ...(node.taught === undefined ? {} : { taught: node.taught }),
  };
}
