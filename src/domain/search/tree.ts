import { z } from 'zod';
import { approachSchema } from '../approach.ts';
import { compareCandidates } from '../compare.ts';
import { type MetricName, metricNames } from '../metrics/catalog.ts';
import { averageRanks } from '../metrics/ranks.ts';
import { scoreGain } from '../metrics/score.ts';
import { ablationSchema, operators } from './step.ts';

/** How far a node is: `failed` and `scored` are its ends. */
const nodeStatuses = ['proposed', 'coding', 'ready', 'training', 'scored', 'failed'] as const;
export type NodeStatus = (typeof nodeStatuses)[number];

/** One node of the tree of solutions: an approach, its script and its search run. Never with its gate score. */
const treeNodeSchema = z.object({
  /** Id of the approach. */
  id: z.uuid(),
  name: z.string(),
  spec: approachSchema,
  round: z.number().int().nonnegative(),
  rank: z.number().int(),
  operator: z.enum(operators),
  /** Ids of the nodes that it was made from. */
  parents: z.array(z.uuid()).max(2),
  /** How many failed ones in a row it mends; 0 for all but `debug`. */
  debugDepth: z.number().int().nonnegative(),
  status: z.enum(nodeStatuses),
  /** Of the script; null before there is one. */
  codeId: z.uuid().nullable(),
  /** Who wrote the script. */
  generator: z.string().nullable(),
  /** Where train.py, requirements.txt and the gate's report lie; null where nothing was written. */
  objectPrefix: z.string().nullable(),
  /** The search run; null before there is one. */
  runId: z.uuid().nullable(),
  /**
   * Where it failed: before a script was there, in the quality gate, in its run, or through no fault of its own because
   * a machine was lost; null for one that did not.
   */
  failedAt: z.enum(['writing', 'gate', 'run', 'machine']).nullable(),
  /** The check of the quality gate that stopped it. */
  failedCheck: z.string().nullable(),
  /** One sentence for people; null for one that did not fail. */
  error: z.string().nullable(),
  /** Cross-validated score as the host computed it; null without one. */
  cv: z.number().nullable(),
  /** The same by fold. */
  folds: z.array(z.number()),
  /** Succeeded repeats with other seeds and folds. */
  confirmations: z.number().int().nonnegative(),
  /** Parts that its script can do without, as it names them. */
  parts: z.array(z.string()),
  /** What they are worth; null: not measured. */
  ablations: z.array(ablationSchema).nullable(),
  /** What its run taught, in the words of a model; left out where nobody said. */
  taught: z.string().optional(),
  /** Of the search run. */
  seconds: z.number().nonnegative().nullable(),
  estimateSeconds: z.number().nonnegative().nullable(),
  cost: z.object({ gpuMicroUsd: z.number().nonnegative(), llmMicroUsd: z.number().nonnegative() }),
  createdAt: z.date(),
  endedAt: z.date().nullable(),
});
export type TreeNode = z.output<typeof treeNodeSchema>;

/** All nodes of a competition, parents before their children. */
const searchTreeSchema = z.object({ metric: z.enum(metricNames), nodes: z.array(treeNodeSchema) });
export type SearchTree = z.output<typeof searchTreeSchema>;

/** A draft or a merge with everything that was made from it. */
export type Branch = { root: TreeNode; nodes: TreeNode[] };

/** Neither scored nor failed yet. */
export function isPending(node: Pick<TreeNode, 'status'>): boolean {
  return node.status !== 'scored' && node.status !== 'failed';
}

/** It ended by what it is; one that is at work, or lost with its machine, says nothing of its plan. */
export function hasOutcome(node: Pick<TreeNode, 'status' | 'failedAt'>): boolean {
  return !isPending(node) && node.failedAt !== 'machine';
}

/** True where one was made from the other, over however many steps. */
export function isKin(tree: Pick<SearchTree, 'nodes'>, first: TreeNode, second: TreeNode): boolean {
  return ancestorsOf(tree, first).has(second.id) || ancestorsOf(tree, second).has(first.id);
}

function ancestorsOf({ nodes }: Pick<SearchTree, 'nodes'>, node: TreeNode): ReadonlySet<string> {
  const found = new Set<string>();
  const waiting = [...node.parents];
  for (let id = waiting.pop(); id !== undefined; id = waiting.pop()) {
    if (found.has(id)) continue;
    found.add(id);
    waiting.push(...(nodes.find((one) => one.id === id)?.parents ?? []));
  }
  return found;
}

/** The nodes made from this one. */
export function childrenOf({ nodes }: Pick<SearchTree, 'nodes'>, id: string): TreeNode[] {
  return nodes.filter(({ parents }) => parents.includes(id));
}

/** The branches, in the order in which they began. A merge begins one of its own. */
export function branchesOf({ nodes }: Pick<SearchTree, 'nodes'>): Branch[] {
  const branchOf = new Map<string, Branch>();
  const branches: Branch[] = [];
  for (const node of nodes) {
    const known = isRoot(node) ? undefined : branchOf.get(node.parents[0] ?? '');
    const branch = known ?? { root: node, nodes: [] };
    if (known === undefined) branches.push(branch);
    branch.nodes.push(node);
    branchOf.set(node.id, branch);
  }
  return branches;
}

function isRoot({ operator }: TreeNode): boolean {
  return operator === 'draft' || operator === 'merge';
}

/** The scored nodes, best first; of equal ones the earlier. */
export function scoredNodes({ metric, nodes }: SearchTree): (TreeNode & { cv: number })[] {
  return nodes
    .flatMap((node) => (node.status === 'scored' && node.cv !== null ? [{ ...node, cv: node.cv }] : []))
    .sort((a, b) => scoreGain(metric, a.cv, b.cv));
}

/** The best scored node; null before there is one. */
export function bestNode(tree: SearchTree): TreeNode | null {
  return scoredNodes(tree)[0] ?? null;
}

/**
 * The reward of each scored node: its rank by score among all scored, from 0 (worst) to 1 (best); equal scores share
 * theirs, and so do those that tie with the best fold by fold: what is within the noise shall not decide. One alone
 * has 1.
 */
export function rewardsOf(tree: SearchTree): Map<string, number> {
  const scored = scoredNodes(tree);
  const [best] = scored;
  if (best === undefined) return new Map();
  const worth = scored.map((node) => (tiesWith(tree.metric, best, node) ? best.cv : node.cv));
  const ranks = averageRanks(worth.map((cv) => scoreGain(tree.metric, 0, cv)));
  return new Map(
    scored.map(({ id }, index) => {
      const reward = scored.length === 1 ? 1 : ((ranks[index] ?? 1) - 1) / (scored.length - 1);
      return [id, reward];
    }),
  );
}

function tiesWith(metric: MetricName, best: TreeNode, { folds }: TreeNode): boolean {
  if (folds.length === 0 || folds.length !== best.folds.length) return false;
  return compareCandidates(best.folds, folds, metric).verdict === 'tie';
}
