import type { Random } from '../random.ts';
import { closedBranches, debuggable, mergeCandidates, stepsWithoutGain } from './health.ts';
import type { PlannedStep } from './planned-step.ts';
import type { SearchSettings } from './settings.ts';
import type { Complexity } from './step.ts';
import {
  type Branch,
  branchesOf,
  childrenOf,
  isKin,
  isPending,
  rewardsOf,
  type SearchTree,
  scoredNodes,
  type TreeNode,
} from './tree.ts';

/** What the policy decides by. Nothing of it comes from the gate or the leaderboard. */
export type SearchSituation = {
  tree: SearchTree;
  /** How many nodes the round may have. */
  slots: number;
  /** Share of the budget that is used, of rounds, money and time whichever is most; 0 to 1. */
  usedShare: number;
  /** Names of the generators that can mend what they wrote. */
  debuggers: ReadonlySet<string>;
  /** Rank correlation of two nodes' out-of-fold predictions; null where it is not known. */
  correlationOf: (first: string, second: string) => number | null;
};

/** How the round's steps are chosen while they are: the steps so far count as pending nodes. */
type Search = SearchSituation & {
  settings: SearchSettings;
  random: Random;
  steps: PlannedStep[];
  rewards: Map<string, number>;
  open: Branch[];
  closed: Branch[];
};

/**
 * The steps of a round: what failed in its run is mended first; then drafts until there are enough branches; two
 * branches are merged when none has got better for a while; the rest are improvements, chosen by UCT over branches and
 * over the nodes within them. In the endgame there are only merges, and where none is left one last improvement of the
 * best. Pure: the same tree and seed give the same steps. No steps: so many branches are closed that no other is begun,
 * and none is left to go on with.
 *
 * The tree itself decides, never a gate score.
 */
export function planSteps(
  situation: SearchSituation,
  settings: SearchSettings,
  random: Random,
): PlannedStep[] {
  const { tree, slots, usedShare } = situation;
  const closed = closedBranches(tree, settings);
  const closedRoots = new Set(closed.map(({ root }) => root.id));
  const search: Search = {
    ...situation,
    settings,
    random,
    steps: [],
    rewards: rewardsOf(tree),
    open: branchesOf(tree).filter(({ root }) => !closedRoots.has(root.id)),
    closed,
  };
  const fill = (next: (search: Search) => PlannedStep | null, most = Number.POSITIVE_INFINITY) => {
    for (let made = 0; made < most && search.steps.length < slots; made += 1) {
      const step = next(search);
      if (step === null) return;
      search.steps.push(step);
    }
  };
  const hasScored = search.rewards.size > 0;
  if (hasScored && usedShare >= 1 - settings.endgameShare) {
    fill(mergeStep);
    if (search.steps.length === 0) fill(improveStep, 1);
    if (search.steps.length === 0) fill(anotherDraft, 1);
    return search.steps;
  }
  fill(debugStep);
  fill(draftStep);
  if (stepsWithoutGain(tree) >= settings.stagnationSteps) fill(mergeStep, 1);
  fill(improveStep);
  // With nothing to improve yet, a place is better used for another family than left empty.
  if (!hasScored) fill(anotherDraft);
  else if (search.steps.length === 0) fill(anotherDraft, 1);
  return search.steps;
}

function debugStep({ tree, settings, debuggers, steps }: Search): PlannedStep | null {
  const node = debuggable(tree, { ...settings, debuggers }).find(({ id }) => !isChosen(steps, 'debug', id));
  if (node === undefined) return null;
  const reason = `${node.name} failed${node.failedAt === 'run' ? ' in its run' : ''}; attempt ${node.debugDepth + 1} to mend it.`;
  return { ...aStep('debug', [node.id], reason), complexity: 'simple' };
}

function isChosen(steps: readonly PlannedStep[], operator: PlannedStep['operator'], parent: string): boolean {
  return steps.some((step) => step.operator === operator && step.parents.includes(parent));
}

/** A branch counts while something of it works or may still work. */
function workingDrafts({ open, steps }: Search): number {
  const working = open.filter(
    ({ root, nodes }) => root.operator === 'draft' && nodes.some((node) => node.status !== 'failed'),
  );
  const mending = new Set(
    steps.filter(({ operator }) => operator === 'debug').flatMap(({ parents }) => parents),
  );
  const mended = open.filter(
    (branch) => !working.includes(branch) && branch.nodes.some(({ id }) => mending.has(id)),
  );
  return working.length + mended.length + steps.filter(({ operator }) => operator === 'draft').length;
}

function draftStep(search: Search): PlannedStep | null {
  const drafts = workingDrafts(search);
  return drafts >= search.settings.drafts ? null : anotherDraft(search);
}

function anotherDraft(search: Search): PlannedStep | null {
  const { tree, closed, settings, steps } = search;
  if (closed.length >= settings.mostClosedBranches) return null;
  const isFirst = tree.nodes.length === 0 && steps.length === 0;
  const drafts = workingDrafts(search);
  const reason = isFirst
    ? 'The first node: the floor that everything else is compared with.'
    : `Draft ${drafts + 1}, of a family that has no branch yet.`;
  return { ...aStep('draft', [], reason), complexity: isFirst ? 'simple' : complexityOf(drafts) };
}

/** Simple first: the more was tried at a place, the more elaborate the next try may be. */
function complexityOf(children: number): Complexity {
  if (children < 2) return 'simple';
  return children < 4 ? 'normal' : 'complex';
}

function mergeStep(search: Search): PlannedStep | null {
  const { tree, settings, correlationOf } = search;
  const heads = mergeCandidates(tree, settings);
  const made = [...tree.nodes.filter(({ operator }) => operator === 'merge'), ...search.steps];
  let best: { pair: [TreeNode, TreeNode]; correlation: number } | null = null;
  for (const [place, first] of heads.entries()) {
    for (const second of heads.slice(place + 1)) {
      const isMade = made.some(({ parents }) => parents.includes(first.id) && parents.includes(second.id));
      const correlation = correlationOf(first.id, second.id);
      if (isMade || correlation === null || correlation > settings.mergeCorrelation) continue;
      // What went into a merge is in it already.
      if (isKin(tree, first, second)) continue;
      if (best === null || correlation < best.correlation) best = { pair: [first, second], correlation };
    }
  }
  if (best === null) return null;
  const [first, second] = best.pair;
  const reason = `${first.name} and ${second.name} are among the best and err in other rows (rank correlation ${best.correlation.toFixed(2)}).`;
  return { ...aStep('merge', [first.id, second.id], reason), complexity: 'normal' };
}

function improveStep(search: Search): PlannedStep | null {
  const { settings, random, tree } = search;
  const confirmed = scoredNodes(tree).find(
    (node) =>
      node.confirmations > 0 &&
      canBeAblated(node) &&
      search.open.some(({ nodes }) => nodes.some(({ id }) => id === node.id)),
  );
  // Drawn always, so that what is confirmed does not shift the numbers that follow.
  const isAimed = random() < settings.ablationShare;
  if (isAimed && confirmed !== undefined && !isAimedAt(search, confirmed)) {
    return {
      ...aStep('improve', [confirmed.id], `An ablation of ${confirmed.name} shows which part to work on.`),
      isAblationGuided: true,
      complexity: complexityOf(triesAt(search, confirmed)),
    };
  }
  const branch = pickBranch(search);
  const parent = branch === null ? null : pickNode(search, branch);
  if (parent === null) return null;
  const place = scoredNodes(tree).findIndex(({ id }) => id === parent.id) + 1;
  return {
    ...aStep('improve', [parent.id], `${parent.name} is number ${place} of ${search.rewards.size} by score.`),
    complexity: complexityOf(triesAt(search, parent)),
  };
}

/** There are parts to leave out, or it is known what they are worth. */
function canBeAblated({ ablations, parts }: TreeNode): boolean {
  return (ablations ?? parts).length > 0;
}

function isAimedAt({ steps }: Search, { id }: TreeNode): boolean {
  return steps.some(({ isAblationGuided, parents }) => isAblationGuided && parents.includes(id));
}

function aStep(operator: PlannedStep['operator'], parents: string[], reason: string): PlannedStep {
  return { operator, parents, reason, isAblationGuided: false, complexity: 'simple' };
}

/** What was made from a node, what is being made, and what was chosen just now. */
function triesAt({ tree, steps }: Search, { id }: TreeNode): number {
  return childrenOf(tree, id).length + steps.filter(({ parents }) => parents.includes(id)).length;
}

/** A pending node counts as visited, with the reward of what it is made from; a failed one as worth nothing. */
function rewardOf({ rewards }: Search, node: TreeNode): number {
  if (!isPending(node)) return rewards.get(node.id) ?? 0;
  return Math.max(0, ...node.parents.map((parent) => rewards.get(parent) ?? 0));
}

/**
 * UCT: mean reward and, the less it was visited, the more on top.
 * Source: Kocsis and Szepesvári 2006, Bandit based Monte-Carlo planning.
 */
function uct(search: Search, arm: { mean: number; visits: number }, allVisits: number): number {
  const { explorationStart, explorationEnd } = search.settings;
  const used = Math.min(1, Math.max(0, search.usedShare));
  const constant = explorationStart + (explorationEnd - explorationStart) * used;
  return arm.mean + constant * Math.sqrt(Math.log(Math.max(1, allVisits)) / Math.max(1, arm.visits));
}

function pickBranch(search: Search): Branch | null {
  const arms = search.open.flatMap((branch) => {
    if (!branch.nodes.some(({ id }) => search.rewards.has(id))) return [];
    const inBranch = new Set(branch.nodes.map(({ id }) => id));
    const chosen = search.steps.filter(({ parents }) => inBranch.has(parents[0] ?? ''));
    const rewards = [
      ...branch.nodes.filter(({ failedAt }) => failedAt !== 'machine').map((node) => rewardOf(search, node)),
      ...chosen.map(({ parents }) => search.rewards.get(parents[0] ?? '') ?? 0),
    ];
    const mean = rewards.reduce((sum, reward) => sum + reward, 0) / rewards.length;
    return [{ branch, mean, visits: rewards.length }];
  });
  const all = arms.reduce((sum, { visits }) => sum + visits, 0);
  return highest(arms, (arm) => uct(search, arm, all))?.branch ?? null;
}

function pickNode(search: Search, { nodes }: Branch): TreeNode | null {
  const arms = nodes.flatMap((node) => {
    const mean = search.rewards.get(node.id);
    return mean === undefined ? [] : [{ node, mean, visits: 1 + triesAt(search, node) }];
  });
  const all = arms.reduce((sum, { visits }) => sum + visits, 0);
  return highest(arms, (arm) => uct(search, arm, all))?.node ?? null;
}

/** The first of the highest, so that the same tree gives the same choice. */
function highest<Arm>(arms: readonly Arm[], worthOf: (arm: Arm) => number): Arm | null {
  let best: { arm: Arm; worth: number } | null = null;
  for (const arm of arms) {
    const worth = worthOf(arm);
    if (best === null || worth > best.worth) best = { arm, worth };
  }
  return best?.arm ?? null;
}
