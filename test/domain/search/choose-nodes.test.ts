import { expect, test } from 'vitest';
import { chooseNodes, type Proposals } from '../../../src/domain/search/choose-nodes.ts';
import type { PlannedStep } from '../../../src/domain/search/planned-step.ts';
import { anApproach } from '../../support/builders.ts';
import { aNode, aTree, idOf } from '../../support/trees.ts';

function aStep(operator: PlannedStep['operator'], ...parents: string[]): PlannedStep {
  return {
    operator,
    parents: parents.map(idOf),
    isAblationGuided: false,
    complexity: 'simple',
    reason: 'A test wants it.',
  };
}

function proposals(options: Partial<Proposals> = {}): Proposals {
  return { floor: [], drafts: [], steps: [], ...options };
}

const different = (name: string, family = name) =>
  anApproach(name, { family, rationale: `It is the way of ${name}, told in words of its own.` });

test('the first node of a tree is the floor, and drafts are of families of their own', () => {
  const drafts = [
    different('trees', 'boosting'),
    different('more-trees', 'boosting'),
    different('lines', 'linear'),
  ];

  const nodes = chooseNodes(
    aTree(),
    [aStep('draft'), aStep('draft'), aStep('draft')],
    proposals({ floor: [different('floor', 'simple')], drafts }),
  );

  expect(nodes.map(({ spec, operator }) => `${operator} ${spec.name}`)).toEqual([
    'draft floor',
    'draft trees',
    'draft lines',
  ]);
});

test('one of the first drafts is what others have published, and one that was mended keeps its family', () => {
  const published = anApproach('published', {
    family: 'linear',
    title: 'What won before',
    sources: [{ title: 'A page', url: 'https://example.test/won' }],
  });
  const offered = proposals({
    floor: [different('floor', 'simple')],
    drafts: [different('trees', 'boosting'), different('lines', 'kernel'), published],
  });
  const namesOf = (tree: ReturnType<typeof aTree>, count: number) =>
    chooseNodes(
      tree,
      Array.from({ length: count }, () => aStep('draft')),
      offered,
    ).map(({ spec }) => spec.name);

  expect(namesOf(aTree(), 3)).toEqual(['floor', 'published', 'trees']);
  const mended = aTree(aNode('broken', { status: 'failed' }), {
    ...aNode('broken-fix1', { operator: 'debug', parents: ['broken'] }),
    spec: { ...published, name: 'broken-fix1', title: 'Another', family: 'boosting' },
  });
  expect(namesOf(mended, 1)).toEqual(['lines']);
});

test('an improvement names its parent whatever the proposal says, and never takes its name', () => {
  const tree = aTree(aNode('good'));

  const [node] = chooseNodes(
    tree,
    [aStep('improve', 'good')],
    proposals({
      steps: [[anApproach('good', { family: 'good', title: 'The same name', rationale: 'Other words.' })]],
    }),
  );

  expect(node).toMatchObject({
    operator: 'improve',
    parents: [idOf('good')],
    debugDepth: 0,
    spec: { name: 'good-2', basedOn: ['good'] },
  });
});

test('a plan that was tried is refused, and the next one taken', () => {
  const plan = different('first-try');
  const tree = aTree(aNode('good'), {
    ...aNode('first-try', { parents: ['good'] }),
    spec: { ...plan, basedOn: ['good'] },
  });
  const again = { ...plan, name: 'other-name' };

  const [node] = chooseNodes(
    tree,
    [aStep('improve', 'good')],
    proposals({ steps: [[again, different('second-try')]] }),
  );

  expect(node?.spec.name).toBe('second-try');
  expect(chooseNodes(tree, [aStep('improve', 'good')], proposals({ steps: [[again]] }))).toEqual([]);
});

test('the same change of another solution is a plan of its own', () => {
  const change = different('slower');
  const tree = aTree(aNode('good'), aNode('fair'), {
    ...aNode('good-slower', { parents: ['good'] }),
    spec: { ...change, name: 'good-slower', basedOn: ['good'] },
  });
  const names = (parent: string) =>
    chooseNodes(tree, [aStep('improve', parent)], proposals({ steps: [[change]] })).map(
      ({ spec }) => spec.name,
    );

  expect(names('fair')).toEqual(['slower']);
  expect(names('good')).toEqual([]);
});

test('a step without a proposal falls back to a draft, then to what other steps have left over', () => {
  const tree = aTree(aNode('good'), aNode('fair'));
  const steps = [aStep('improve', 'good'), aStep('improve', 'fair'), aStep('merge', 'good', 'fair')];

  const nodes = chooseNodes(
    tree,
    steps,
    proposals({
      drafts: [different('spare-draft')],
      steps: [[different('a-way'), different('b-way')], [], []],
    }),
  );

  expect(nodes.map(({ operator, spec }) => `${operator} ${spec.name}`)).toEqual([
    'improve a-way',
    'draft spare-draft',
    'improve b-way',
  ]);
});

test('two long names that are cut to the same are mended under names of their own', () => {
  const long = 'boosting-with-target-means-of-every-pair-of-colu';
  const names = [`${long.slice(0, 47)}a`, `${long.slice(0, 47)}b`];
  const tree = aTree(...names.map((name) => aNode(name, { status: 'failed' })));

  const nodes = chooseNodes(
    tree,
    names.map((name) => aStep('debug', name)),
    proposals(),
  );

  const mended = nodes.map(({ spec }) => spec.name);
  expect(new Set(mended).size).toBe(2);
  expect(mended.every((name) => name.length <= 48)).toBe(true);
});

test('a failed node is mended under its own plan, one deeper', () => {
  const failed = aNode('broken-fix1', {
    status: 'failed',
    operator: 'debug',
    parents: ['broken'],
    debugDepth: 1,
  });

  const [node] = chooseNodes(aTree(failed), [aStep('debug', 'broken-fix1')], proposals());

  expect(node).toMatchObject({
    operator: 'debug',
    parents: [failed.id],
    debugDepth: 2,
    spec: { name: 'broken-fix2', basedOn: ['broken-fix1'], family: failed.spec.family },
  });
});

test('a merge needs both of its parents', () => {
  const nodes = chooseNodes(
    aTree(aNode('good')),
    [aStep('merge', 'good', 'gone')],
    proposals({ steps: [[different('both')]] }),
  );

  expect(nodes).toEqual([]);
});
