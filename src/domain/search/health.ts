import { summarise } from '../compare.ts';
import { isBetter, scoreGain } from '../metrics/score.ts';
import type { SearchSettings } from './settings.ts';
import {
  type Branch,
  branchesOf,
  childrenOf,
  hasOutcome,
  type SearchTree,
  scoredNodes,
  type TreeNode,
} from './tree.ts';

/** Failed nodes at the end of a branch, in a row; what is at work, or was lost with its machine, says nothing. */
function failuresInRow({ nodes }: Branch): number {
  const ended = nodes.filter(hasOutcome);
  const lastGood = ended.findLastIndex(({ status }) => status !== 'failed');
  return ended.length - 1 - lastGood;
}

/** Branches in which so many nodes failed in a row that nothing more is made from them. */
export function closedBranches(
  tree: Pick<SearchTree, 'nodes'>,
  { closeAfterFailures }: Pick<SearchSettings, 'closeAfterFailures'>,
): Branch[] {
  return branchesOf(tree).filter((branch) => failuresInRow(branch) >= closeAfterFailures);
}

/** What decides whether a failed node is given back to its writer. */
export type DebugRules = Pick<SearchSettings, 'debugDepth' | 'closeAfterFailures'> & {
  /** Names of the generators that can mend what they wrote. */
  debuggers: ReadonlySet<string>;
};

/**
 * Failed nodes that may be mended: there is a script, its writer can mend, nobody has tried yet, the chain is not too
 * long and the branch not closed. Newest first: the next of a chain before the first of another.
 */
export function debuggable(tree: Pick<SearchTree, 'nodes'>, rules: DebugRules): TreeNode[] {
  const closed = new Set(closedBranches(tree, rules).flatMap(({ nodes }) => nodes.map(({ id }) => id)));
  return tree.nodes
    .filter(
      (node) =>
        node.status === 'failed' &&
        (node.failedAt === 'gate' || node.failedAt === 'run') &&
        node.objectPrefix !== null &&
        rules.debuggers.has(node.generator ?? '') &&
        node.debugDepth < rules.debugDepth &&
        !closed.has(node.id) &&
        childrenOf(tree, node.id).length === 0,
    )
    .toReversed();
}

/** Ended nodes in a row, newest last, that did not improve the best of their own branch. */
export function stepsWithoutGain(tree: SearchTree): number {
  const bestOf = new Map<string, number>();
  const rootOf = new Map(
    branchesOf(tree).flatMap(({ root, nodes }) => nodes.map(({ id }) => [id, root.id] as const)),
  );
  let since = 0;
  for (const node of tree.nodes) {
    if (!hasOutcome(node)) continue;
    since += 1;
    if (node.cv === null) continue;
    const root = rootOf.get(node.id) ?? node.id;
    const best = bestOf.get(root);
    if (best !== undefined && !isBetter(tree.metric, node.cv, best)) continue;
    bestOf.set(root, node.cv);
    since = 0;
  }
  return since;
}

/** The best node of each open branch, where it is among the first or within a standard error of the best of all. */
export function mergeCandidates(
  tree: SearchTree,
  settings: Pick<SearchSettings, 'closeAfterFailures' | 'mergeTop'>,
): TreeNode[] {
  const scored = scoredNodes(tree);
  const [best] = scored;
  if (best === undefined) return [];
  const { se } = summarise(best.folds);
  const open = branchesOf(tree).filter((branch) => failuresInRow(branch) < settings.closeAfterFailures);
  return open.flatMap(({ nodes }) => {
    const place = scored.findIndex(({ id }) => nodes.some((node) => node.id === id));
    const head = scored[place];
    if (head === undefined) return [];
    const isNear = scoreGain(tree.metric, head.cv, best.cv) <= se;
    return place < settings.mergeTop || isNear ? [head] : [];
  });
}
