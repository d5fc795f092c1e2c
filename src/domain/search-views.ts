import { summarise } from './compare.ts';
import { metricSpec } from './metrics/catalog.ts';
import { isBetter, scoreGain } from './metrics/score.ts';
import { microUsd } from './micro-usd.ts';
import { closedBranches } from './search/health.ts';
import type { SearchSettings } from './search/settings.ts';
import type { Operator } from './search/step.ts';
import {
  bestNode,
  branchesOf,
  isPending,
  type NodeStatus,
  type SearchTree,
  type TreeNode,
} from './search/tree.ts';
import type { SearchSummary } from './search-summary.ts';

/** One node of the tree of solutions, as people see it. */
export type NodeView = {
  /** From 1, in the order in which they were made: people call it by that. */
  number: number;
  name: string;
  title: string;
  family: string;
  round: number;
  operator: Operator;
  /** Numbers of the nodes that it was made from. */
  parents: readonly number[];
  status: 'open' | 'failed' | 'scored';
  /** How far it is. */
  stage: NodeStatus;
  isBest: boolean;
  /** It is part of a submission. */
  isSubmitted: boolean;
  cv: number | null;
  /** Standard error of it, from the folds. */
  se: number | null;
  /** Over the best of its parents that has a score, positive when better; null without one. */
  gain: number | null;
  failedAt: TreeNode['failedAt'];
  /** The check of the quality gate that stopped it. */
  failedCheck: string | null;
  error: string | null;
  gpuUsd: number;
  modelUsd: number;
};

/** The tree of solutions of a competition, as people see it. */
export type TreeView = {
  slug: string;
  metric: { name: string; direction: 'maximize' | 'minimize' } | null;
  round: number;
  maxRounds: number;
  /** Oldest first. */
  nodes: readonly NodeView[];
  branches: number;
  /** Branches that nothing is made from any more. */
  closedBranches: number;
  gpuUsd: number;
  modelUsd: number;
};

export type ViewedCompetition = {
  slug: string;
  round: number;
  maxRounds: number;
  /** The metric is known. */
  hasProblem: boolean;
  /** Names of the approaches whose predictions were handed in. */
  submitted: ReadonlySet<string>;
};

/** The tree as people see it: with numbers, and what each node gained over what it was made from. */
export function viewTree(
  tree: SearchTree,
  { slug, round, maxRounds, hasProblem, submitted }: ViewedCompetition,
  settings: Pick<SearchSettings, 'closeAfterFailures'>,
): TreeView {
  const best = bestNode(tree);
  const numbers = new Map(tree.nodes.map(({ id }, index) => [id, index + 1]));
  const nodes = tree.nodes.map((node, index) => ({
    ...factsOf(tree, node),
    number: index + 1,
    parents: node.parents.flatMap((id) => numbers.get(id) ?? []),
    isBest: node.id === best?.id,
    isSubmitted: submitted.has(node.name),
  }));
  return {
    slug,
    metric: hasProblem ? { name: tree.metric, direction: metricSpec(tree.metric).direction } : null,
    round,
    maxRounds,
    nodes,
    branches: branchesOf(tree).length,
    closedBranches: closedBranches(tree, settings).length,
    gpuUsd: nodes.reduce((sum, { gpuUsd }) => sum + gpuUsd, 0),
    modelUsd: nodes.reduce((sum, { modelUsd }) => sum + modelUsd, 0),
  };
}

function factsOf(tree: SearchTree, node: TreeNode) {
  return {
    name: node.name,
    title: node.spec.title,
    family: node.spec.family,
    round: node.round,
    operator: node.operator,
    status: statusOf(node),
    stage: node.status,
    cv: node.cv,
    se: node.folds.length < 2 ? null : summarise(node.folds).se,
    gain: gainOf(tree, node),
    failedAt: node.failedAt,
    failedCheck: node.failedCheck,
    error: node.error,
    gpuUsd: node.cost.gpuMicroUsd / microUsd,
    modelUsd: node.cost.llmMicroUsd / microUsd,
  };
}

function statusOf(node: TreeNode): NodeView['status'] {
  if (isPending(node)) return 'open';
  return node.status === 'failed' ? 'failed' : 'scored';
}

/** What a node gained over the best it was made from; one that mends is held against what its failed parent was made from. */
function gainOf(tree: SearchTree, { cv, parents }: TreeNode): number | null {
  if (cv === null) return null;
  const before = parents.flatMap((id) => scoresBehind(tree, id));
  const [first, ...others] = before;
  if (first === undefined) return null;
  const best = others.reduce((kept, one) => (isBetter(tree.metric, one, kept) ? one : kept), first);
  return scoreGain(tree.metric, best, cv);
}

function scoresBehind(tree: SearchTree, id: string): number[] {
  let node = tree.nodes.find((one) => one.id === id);
  // parents are written with a node and never change, so this ends
  while (node !== undefined && node.cv === null) {
    const [parent] = node.parents;
    node = tree.nodes.find((one) => one.id === parent);
  }
  return node?.cv == null ? [] : [node.cv];
}

/** The line about a tree; null before it has a node. */
export function summariseTree(tree: SearchTree): SearchSummary | null {
  if (tree.nodes.length === 0) return null;
  const best = bestNode(tree);
  return {
    nodes: tree.nodes.length,
    branches: branchesOf(tree).length,
    failed: tree.nodes.filter(({ status }) => status === 'failed').length,
    open: tree.nodes.filter(isPending).length,
    best: best?.cv == null ? null : { name: best.name, operator: best.operator, cv: best.cv },
  };
}
