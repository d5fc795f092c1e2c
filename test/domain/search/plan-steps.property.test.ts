import { expect, test } from 'vitest';
import { createRandom, type Random } from '../../../src/domain/random.ts';
import { closedBranches } from '../../../src/domain/search/health.ts';
import { planSteps } from '../../../src/domain/search/plan-steps.ts';
import type { SearchTree, TreeNode } from '../../../src/domain/search/tree.ts';
import { branchesOf, rewardsOf } from '../../../src/domain/search/tree.ts';
import { aNode, aTree, searchSettings } from '../../support/trees.ts';

const trees = 200;

/** A tree as a search may leave it: any statuses, any shape. */
function anyTree(random: Random): SearchTree {
  const pick = <T>(items: readonly T[]): T | undefined => items[Math.floor(random() * items.length)];
  const nodes: TreeNode[] = [];
  const count = Math.floor(random() * 30);
  for (let index = 0; index < count; index += 1) {
    const parent = random() < 0.75 ? pick(nodes) : undefined;
    const second = random() < 0.1 ? pick(nodes) : undefined;
    const isDebug = parent?.status === 'failed';
    const isMerge =
      !isDebug && second !== undefined && second.id !== parent?.id && second.status === 'scored';
    const status =
      pick(['scored', 'scored', 'failed', 'failed', 'training', 'proposed'] as const) ?? 'scored';
    nodes.push(
      aNode(`node-${index}`, {
        status,
        parents: parent === undefined ? [] : isMerge ? [parent.name, second.name] : [parent.name],
        ...(isDebug ? { operator: 'debug' as const, debugDepth: parent.debugDepth + 1 } : {}),
        ...(status === 'scored' ? { cv: Math.round(random() * 20) / 20 } : {}),
        ...(status === 'failed' ? { failedAt: pick(['writing', 'gate', 'run'] as const) ?? 'run' } : {}),
        generator: pick(['claude', 'baseline']) ?? 'claude',
        confirmations: random() < 0.2 ? 2 : 0,
      }),
    );
  }
  return aTree(...nodes);
}

function situations(): { seed: string; tree: SearchTree; slots: number; usedShare: number }[] {
  return Array.from({ length: trees }, (_, index) => {
    const random = createRandom(`tree ${index}`);
    const tree = anyTree(random);
    return { seed: String(index), tree, slots: Math.floor(random() * 9), usedShare: random() * 1.2 };
  });
}

const settings = searchSettings();
const correlationOf = (first: string, second: string) => (first < second ? 0.6 : null);
const debuggers = new Set(['claude']);

function planFor({ seed, tree, slots, usedShare }: ReturnType<typeof situations>[number]) {
  return planSteps({ tree, slots, usedShare, debuggers, correlationOf }, settings, createRandom(seed));
}

test('whatever the tree, there are no more steps than slots, and the same seed gives the same steps', () => {
  for (const situation of situations()) {
    const steps = planFor(situation);

    expect(steps.length).toBeLessThanOrEqual(situation.slots);
    expect(planFor(situation)).toEqual(steps);
  }
});

test('whatever the tree, each step starts from nodes that fit it, and never from a closed branch', () => {
  for (const situation of situations()) {
    const { tree } = situation;
    const closed = closedBranches(tree, settings);
    const inClosed = new Set(closed.flatMap(({ nodes }) => nodes.map(({ id }) => id)));
    const scored = rewardsOf(tree);
    for (const { operator, parents } of planFor(situation)) {
      expect(parents).toHaveLength({ draft: 0, improve: 1, debug: 1, merge: 2 }[operator]);
      expect(new Set(parents).size).toBe(parents.length);
      for (const id of parents) {
        const node = tree.nodes.find((one) => one.id === id);
        expect(inClosed.has(id)).toBe(false);
        expect(scored.has(id)).toBe(operator !== 'debug');
        if (operator !== 'debug') continue;
        expect(node).toMatchObject({ status: 'failed', generator: 'claude' });
        expect(node?.debugDepth).toBeLessThan(settings.debugDepth);
      }
      if (operator === 'draft') expect(closed.length).toBeLessThan(settings.mostClosedBranches);
    }
  }
});

test('whatever the tree, no pair is merged twice and no node is mended twice', () => {
  for (const situation of situations()) {
    const steps = planFor(situation).filter(({ operator }) => operator === 'merge' || operator === 'debug');
    const made = situation.tree.nodes.filter(({ operator }) => operator === 'merge' || operator === 'debug');
    const all = [...made, ...steps].map(
      ({ operator, parents }) => `${operator} ${[...parents].sort().join(' ')}`,
    );
    const chosen = steps.map(({ operator, parents }) => `${operator} ${[...parents].sort().join(' ')}`);

    for (const step of chosen) expect(all.filter((one) => one === step)).toHaveLength(1);
  }
});

test('every node is in exactly one branch, and a reward lies between 0 and 1', () => {
  for (const { tree } of situations()) {
    const ids = branchesOf(tree).flatMap(({ nodes }) => nodes.map(({ id }) => id));

    expect(ids.toSorted()).toEqual(tree.nodes.map(({ id }) => id).toSorted());
    for (const reward of rewardsOf(tree).values()) {
      expect(reward).toBeGreaterThanOrEqual(0);
      expect(reward).toBeLessThanOrEqual(1);
    }
  }
});
