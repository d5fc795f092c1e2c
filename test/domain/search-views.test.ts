import { expect, test } from 'vitest';
import { defaultSearchSettings } from '../../src/domain/search/settings.ts';
import { summariseTree, viewTree } from '../../src/domain/search-views.ts';
import { aNode, aTree } from '../support/trees.ts';

const about = { slug: 'titanic', round: 2, maxRounds: 3, hasProblem: true, submitted: new Set(['b']) };

test('nodes are called by numbers, parents too, and gains are over what a node was made from', () => {
  const tree = aTree(
    aNode('a', { cv: 0.7 }),
    aNode('b', { cv: 0.72, parents: ['a'], cost: { gpuMicroUsd: 210_000, llmMicroUsd: 40_000 } }),
    aNode('c', { status: 'failed', parents: ['b'] }),
    aNode('c-fix1', { cv: 0.73, parents: ['c'], operator: 'debug', debugDepth: 1 }),
    aNode('d', { status: 'training' }),
  );

  const view = viewTree(tree, about, defaultSearchSettings);

  expect(view).toMatchObject({ metric: { name: 'accuracy' }, branches: 2, closedBranches: 0, gpuUsd: 0.21 });
  expect(view.nodes).toMatchObject([
    { number: 1, name: 'a', parents: [], gain: null, status: 'scored', isSubmitted: false },
    { number: 2, name: 'b', parents: [1], isSubmitted: true, modelUsd: 0.04 },
    { number: 3, name: 'c', parents: [2], status: 'failed', gain: null, cv: null },
    { number: 4, name: 'c-fix1', parents: [3], isBest: true, operator: 'debug' },
    { number: 5, name: 'd', status: 'open', stage: 'training' },
  ]);
  expect(view.nodes[1]?.gain).toBeCloseTo(0.02);
  // what it mends has no score: it is held against what that was made from
  expect(view.nodes[3]?.gain).toBeCloseTo(0.01);
});

test('a tree in a line names its best; without a node there is no line', () => {
  const tree = aTree(
    aNode('a', { cv: 0.7 }),
    aNode('b', { status: 'failed' }),
    aNode('c', { status: 'ready' }),
  );

  expect(summariseTree(tree)).toEqual({
    ...{ nodes: 3, branches: 3, failed: 1, open: 1 },
    best: { name: 'a', operator: 'draft', cv: 0.7 },
  });
  expect(summariseTree(aTree())).toBeNull();
});
