import type { Approach } from '../approach.ts';
import { debugApproach, freeName } from './debug-approach.ts';
import { isRepeat } from './plan-likeness.ts';
import type { PlannedStep } from './planned-step.ts';
import type { Operator } from './step.ts';
import type { SearchTree, TreeNode } from './tree.ts';

/** A node to be. */
export type ChosenNode = { spec: Approach; operator: Operator; parents: string[]; debugDepth: number };

export type Proposals = {
  /** For the first node of a tree: what the floor is made of; empty where nobody offers one. */
  floor: readonly Approach[];
  /** For drafts, best first. */
  drafts: readonly Approach[];
  /** For each step of the plan in its order, best first; empty for drafts and debugs. */
  steps: readonly (readonly Approach[])[];
};

type Choice = {
  tree: SearchTree;
  chosen: ChosenNode[];
  /** Proposals of a step, as nodes of it. */
  offers: readonly { step: PlannedStep; specs: readonly Approach[] }[];
  proposals: Proposals;
};

/**
 * Makes the steps of a plan into nodes: each takes the first of its proposals that is no repetition. A step without
 * one falls back to a draft, then to what other steps have left over. Never more nodes than steps, and no name twice.
 */
export function chooseNodes(
  tree: SearchTree,
  steps: readonly PlannedStep[],
  proposals: Proposals,
): ChosenNode[] {
  const offers = steps.map((step, place) => ({ step, specs: proposals.steps[place] ?? [] }));
  const choice: Choice = { tree, chosen: [], offers, proposals };
  const open = offers.filter((offer) => !take(choice, ownNode(choice, offer)));
  for (const _ of open) take(choice, draftNode(choice) ?? leftOver(choice));
  return choice.chosen;
}

function take({ chosen }: Choice, node: ChosenNode | null): boolean {
  if (node !== null) chosen.push(node);
  return node !== null;
}

function ownNode(choice: Choice, { step, specs }: Choice['offers'][number]): ChosenNode | null {
  if (step.operator === 'draft') return draftNode(choice);
  if (step.operator === 'debug') return debugNode(choice, step);
  return stepNode(choice, step, specs);
}

function draftNode(choice: Choice): ChosenNode | null {
  const { tree, chosen, proposals } = choice;
  const isFloor = tree.nodes.length === 0 && chosen.length === 0;
  const begun = [...tree.nodes.filter(isWorkingDraft), ...chosen].map((node) => node.spec);
  const families = new Set(begun.map(({ family }) => family));
  const others = proposals.drafts.filter(({ family }) => !families.has(family));
  // One of the first is what others have published, however modest its gain is thought to be.
  const found = begun.some(isRetrieved) ? [] : others.filter(isRetrieved);
  const ranked = [...(isFloor ? proposals.floor : []), ...found, ...others, ...proposals.drafts];
  const spec = ranked.find((one) => isFree(choice, one.name) && !isRepeat(one, plansOf(choice)));
  if (spec === undefined) return null;
  const { basedOn: _, ...own } = spec;
  return { spec: own, operator: 'draft', parents: [], debugDepth: 0 };
}

/** A draft, or what became of one that was mended. */
function isWorkingDraft({ operator, status }: TreeNode): boolean {
  return (operator === 'draft' || operator === 'debug') && status !== 'failed';
}

/** There is a page to open that it was taken from. */
function isRetrieved({ sources }: Approach): boolean {
  return sources.some(({ url }) => url !== undefined);
}

function debugNode(choice: Choice, { parents }: PlannedStep): ChosenNode | null {
  const failed = choice.tree.nodes.find(({ id }) => id === parents[0]);
  if (failed === undefined) return null;
  return {
    spec: debugApproach(failed, (name) => isFree(choice, name)),
    operator: 'debug',
    parents: [failed.id],
    debugDepth: failed.debugDepth + 1,
  };
}

function stepNode(choice: Choice, step: PlannedStep, specs: readonly Approach[]): ChosenNode | null {
  const parents = step.parents.flatMap((id) => choice.tree.nodes.filter((node) => node.id === id));
  if (parents.length !== step.parents.length) return null;
  const basedOn = parents.map(({ name }) => name);
  const plans = specs.map((spec) => ({ ...spec, basedOn }));
  const plan = plans.find((spec) => !isRepeat(spec, plansOf(choice)));
  if (plan === undefined) return null;
  const spec = { ...plan, name: freeName(plan.name, (name) => isFree(choice, name)) };
  return { spec, operator: step.operator, parents: [...step.parents], debugDepth: 0 };
}

function leftOver(choice: Choice): ChosenNode | null {
  for (const { step, specs } of choice.offers) {
    if (step.operator === 'draft' || step.operator === 'debug') continue;
    const node = stepNode(choice, step, specs);
    if (node !== null) return node;
  }
  return null;
}

function plansOf({ tree, chosen }: Choice): Approach[] {
  return [...tree.nodes, ...chosen].map(({ spec }) => spec);
}

function isFree(choice: Choice, name: string): boolean {
  return !plansOf(choice).some((plan) => plan.name === name);
}
