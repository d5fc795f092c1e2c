import { expect, test } from 'vitest';
import { createRandom } from '../../../src/domain/random.ts';
import { planSteps, type SearchSituation } from '../../../src/domain/search/plan-steps.ts';
import type { PlannedStep } from '../../../src/domain/search/planned-step.ts';
import type { SearchSettings } from '../../../src/domain/search/settings.ts';
import { aNode, aTree, idOf, searchSettings } from '../../support/trees.ts';

function plan(
  situation: Partial<SearchSituation>,
  settings: Partial<SearchSettings> = {},
  seed = 'one',
): PlannedStep[] {
  return planSteps(
    {
      tree: aTree(),
      slots: 3,
      usedShare: 0,
      debuggers: new Set(['tests']),
      correlationOf: () => null,
      ...situation,
    },
    searchSettings(settings),
    createRandom(seed),
  );
}

const summary = (steps: readonly PlannedStep[]) =>
  steps.map(({ operator, parents }) => [operator, ...parents].join(' '));

test('an empty tree is begun with drafts in all places, the first of them the floor', () => {
  const steps = plan({ slots: 4 });

  expect(summary(steps)).toEqual(['draft', 'draft', 'draft', 'draft']);
  expect(steps[0]?.reason).toContain('floor');
  expect(steps.map(({ complexity }) => complexity)).toEqual(['simple', 'simple', 'normal', 'normal']);
});

test('a draft that failed for good makes room for another', () => {
  const tree = aTree(aNode('one'), aNode('two', { status: 'failed', generator: 'baseline' }), aNode('three'));

  expect(summary(plan({ tree, slots: 1 }))).toEqual(['draft']);
});

test('what failed in its run is mended before anything else, once, while its writer can', () => {
  const broken = aNode('broken', { status: 'failed' });
  const tree = aTree(aNode('one'), broken, aNode('two'), aNode('three'));

  expect(summary(plan({ tree, slots: 2 }))[0]).toBe(`debug ${broken.id}`);
  expect(summary(plan({ tree, slots: 2, debuggers: new Set() })).join()).not.toContain('debug');
  const mended = aTree(
    ...tree.nodes,
    aNode('broken-fix1', { parents: ['broken'], operator: 'debug', debugDepth: 1 }),
  );
  expect(summary(plan({ tree: mended })).join()).not.toContain('debug');
});

test('a chain of failed fixes ends at the depth that is allowed', () => {
  const deep = aNode('deep', { status: 'failed', operator: 'debug', parents: ['one'], debugDepth: 3 });
  const tree = aTree(aNode('one', { status: 'failed' }), deep, aNode('two'), aNode('three'), aNode('four'));

  expect(summary(plan({ tree })).join()).not.toContain('debug');
  expect(summary(plan({ tree }, { debugDepth: 4 }))[0]).toBe(`debug ${deep.id}`);
});

test('with enough branches the best one is improved first, and a neglected one in time', () => {
  const tree = aTree(aNode('good', { cv: 0.9 }), aNode('fair', { cv: 0.8 }), aNode('poor', { cv: 0.7 }));

  expect(summary(plan({ tree, slots: 1 }))).toEqual([`improve ${idOf('good')}`]);
  const busy = aTree(
    ...tree.nodes,
    ...Array.from({ length: 12 }, (_, index) => aNode(`child-${index}`, { cv: 0.6, parents: ['good'] })),
  );
  const later = plan({ tree: busy, slots: 1, usedShare: 0.3 });
  expect(later[0]?.parents[0]).toBe(idOf('fair'));
});

test('a node that is still at work counts as tried, so that others get their turn', () => {
  const idle = aTree(aNode('good', { cv: 0.9 }), aNode('fair', { cv: 0.89 }), aNode('poor', { cv: 0.1 }));
  const settings = { explorationStart: 2, explorationEnd: 2 };
  const busy = aTree(
    ...idle.nodes,
    ...Array.from({ length: 6 }, (_, index) =>
      aNode(`busy-${index}`, { status: 'training', parents: ['good'] }),
    ),
  );

  expect(plan({ tree: idle, slots: 1 }, settings)[0]?.parents).toEqual([idOf('good')]);
  expect(plan({ tree: busy, slots: 1 }, settings)[0]?.parents).not.toEqual([idOf('good')]);
  // What was chosen in this very call counts too.
  const parents = plan({ tree: idle, slots: 8 }, settings).map((step) => step.parents[0]);
  expect(new Set(parents).size).toBeGreaterThan(1);
});

test('a share of the improvements is aimed at a confirmed node', () => {
  const tree = aTree(
    aNode('good', { cv: 0.9, confirmations: 2, parts: ['features:counts', 'model:ridge'] }),
    aNode('fair'),
    aNode('poor', { cv: 0.1 }),
  );
  const aimed = Array.from({ length: 400 }, (_, seed) => plan({ tree, slots: 1 }, {}, String(seed))).filter(
    ([step]) => step?.isAblationGuided === true,
  );

  expect(aimed.length).toBeGreaterThan(30);
  expect(aimed.length).toBeLessThan(100);
  expect(aimed.every(([step]) => step?.parents[0] === idOf('good'))).toBe(true);
  // A script that can do without none of its parts tells nothing.
  const whole = aTree(aNode('good', { cv: 0.9, confirmations: 2 }), ...tree.nodes.slice(1));
  expect(plan({ tree: whole, slots: 8 }, { ablationShare: 1 }).some((step) => step.isAblationGuided)).toBe(
    false,
  );
  const unconfirmed = aTree(aNode('good', { cv: 0.9 }), aNode('fair'), aNode('poor', { cv: 0.1 }));
  expect(
    plan({ tree: unconfirmed, slots: 8 }, { ablationShare: 1 }).some((step) => step.isAblationGuided),
  ).toBe(false);
});

test('branches that stagnate are merged where they err in different rows, each pair once', () => {
  const idle = Array.from({ length: 6 }, (_, index) =>
    aNode(`idle-${index}`, { cv: 0.2, parents: ['good'] }),
  );
  const tree = aTree(
    aNode('good', { cv: 0.9 }),
    aNode('fair', { cv: 0.89 }),
    aNode('poor', { cv: 0.88 }),
    ...idle,
  );
  const correlations = new Map([
    [`${idOf('good')} ${idOf('fair')}`, 0.999],
    [`${idOf('good')} ${idOf('poor')}`, 0.7],
    [`${idOf('fair')} ${idOf('poor')}`, 0.8],
  ]);
  const correlationOf = (a: string, b: string) => correlations.get(`${a} ${b}`) ?? null;

  expect(summary(plan({ tree, correlationOf }))[0]).toBe(`merge ${idOf('good')} ${idOf('poor')}`);
  const merged = aTree(...tree.nodes, aNode('both', { cv: 0.3, parents: ['good', 'poor'] }));
  const again = plan({ tree: merged, correlationOf }, { stagnationSteps: 1 });
  expect(summary(again).filter((line) => line === `merge ${idOf('good')} ${idOf('poor')}`)).toEqual([]);
  expect(summary(plan({ tree: aTree(...tree.nodes.slice(0, 5)), correlationOf })).join()).not.toContain(
    'merge',
  );
});

test('in the endgame there are only merges, and where none is left one improvement of the best', () => {
  const tree = aTree(
    aNode('good', { cv: 0.9 }),
    aNode('fair', { cv: 0.89 }),
    aNode('broken', { status: 'failed' }),
  );

  expect(summary(plan({ tree, usedShare: 0.9, correlationOf: () => 0.5 }))).toEqual([
    `merge ${idOf('good')} ${idOf('fair')}`,
  ]);
  expect(summary(plan({ tree, usedShare: 0.9 }))).toEqual([`improve ${idOf('good')}`]);
  expect(
    summary(plan({ tree: aTree(aNode('broken', { status: 'failed', generator: 'x' })), usedShare: 0.9 })),
  ).toEqual(['draft', 'draft', 'draft']);
});

test('what went into a merge is in it already, and is not merged with it again', () => {
  const tree = aTree(
    aNode('good', { cv: 0.9 }),
    aNode('fair', { cv: 0.89 }),
    aNode('both', { cv: 0.91, parents: ['good', 'fair'] }),
    aNode('both-better', { cv: 0.92, parents: ['both'] }),
  );
  const merges = (nodes: typeof tree) =>
    summary(plan({ tree: nodes, usedShare: 0.9, correlationOf: () => 0.5 })).filter((line) =>
      line.startsWith('merge'),
    );

  expect(merges(tree)).toEqual([]);
  const grown = aTree(...tree.nodes, aNode('good-slower', { cv: 0.905, parents: ['good'] }));
  expect(merges(grown)).toContain(`merge ${idOf('good-slower')} ${idOf('both-better')}`);
});

test('a node that was lost with its machine closes no branch and counts against none', () => {
  const lost = Array.from({ length: 5 }, (_, index) =>
    aNode(`lost-${index}`, { status: 'failed', failedAt: 'machine', parents: ['good'] }),
  );
  const tree = aTree(aNode('good', { cv: 0.9 }), aNode('fair'), aNode('poor', { cv: 0.1 }), ...lost);

  expect(summary(plan({ tree, slots: 1 }))).toEqual([`improve ${idOf('good')}`]);
});

test('a branch closes after failures in a row, and closed branches end the drafting', () => {
  const failing = (name: string) => [
    aNode(name, { cv: 0.99 }),
    ...Array.from({ length: 5 }, (_, index) =>
      aNode(`${name}-${index}`, { status: 'failed', parents: [name], generator: 'baseline' }),
    ),
  ];
  const tree = aTree(...failing('one'), ...failing('two'), ...failing('three'), aNode('good', { cv: 0.3 }));

  const steps = plan({ tree, slots: 5 });
  expect(new Set(summary(steps))).toEqual(new Set([`improve ${idOf('good')}`]));
  expect(plan({ tree: aTree(...tree.nodes.slice(0, -1)), slots: 5 })).toEqual([]);
});
