import { expect, test } from 'vitest';
import { type Approach, approachSchema } from '../../../src/domain/approach.ts';
import { isRepeat } from '../../../src/domain/search/plan-likeness.ts';
import type { MemoryEntry, ParentNode, SearchStep } from '../../../src/domain/search/step.ts';
import { createBaselineGenerator } from '../../../src/providers/codegen/baseline/baseline-generator.ts';
import { modelCatalog } from '../../../src/providers/codegen/baseline/models.ts';
import type { ResearchRequest } from '../../../src/providers/research/contract.ts';
import { createPlaybookResearch } from '../../../src/providers/research/playbook.ts';
import { aProblem } from '../../domain/problems.ts';
import { profileOf } from '../../support/competition-data.ts';
import { aResearchRequest } from '../../support/research-requests.ts';

const signal = AbortSignal.timeout(60_000);
const table = Array.from({ length: 30 }, (_, row) => ({
  id: String(row),
  size: String(row % 7),
  weight: String(row / 3),
  height: String(row / 7 + 1),
  kind: row % 3 === 0 ? 'a' : row % 3 === 1 ? 'b' : '',
}));

const aRequest = (options: Partial<ResearchRequest> = {}): ResearchRequest =>
  aResearchRequest({ profile: profileOf(table, table), round: 2, ...options });

const research = (options: Partial<ResearchRequest>) =>
  createPlaybookResearch().research(aRequest(options), { signal });

async function anOpening(name: string, options: Partial<ResearchRequest> = {}): Promise<Approach> {
  const { approaches } = await research({ round: 1, maxApproaches: 8, ...options });
  const found = approaches.find((approach) => approach.name === name);
  if (found === undefined) throw new Error(`there is no ${name}`);
  return found;
}

function aParent(approach: Approach, options: Partial<ParentNode> = {}): ParentNode {
  return {
    approach,
    operator: 'draft',
    script: null,
    requirements: null,
    cv: 0.8,
    folds: [0.8],
    failure: null,
    ablations: [],
    ...options,
  };
}

function remembered(name: string, options: Partial<MemoryEntry> = {}): MemoryEntry {
  return {
    name,
    round: 1,
    operator: 'improve',
    parents: [],
    family: 'boosting',
    change: 'something',
    status: 'scored',
    cv: 0.8,
    se: 0.01,
    error: null,
    ...options,
  };
}

const improve = (parent: ParentNode, options: Partial<SearchStep> = {}): SearchStep => ({
  operator: 'improve',
  parents: [parent],
  ...options,
});

test('an improvement changes one thing of its parent, and says of which', async () => {
  const approach = await anOpening('boosted-trees');

  const { approaches } = await research({ kind: 'step', step: improve(aParent(approach)) });

  expect(approaches.length).toBeGreaterThan(10);
  for (const variation of approaches.filter(({ name }) => name !== 'boosted-trees-bagged')) {
    expect(approachSchema.parse(variation)).toEqual(variation);
    expect(variation).toMatchObject({ basedOn: ['boosted-trees'], family: 'boosting' });
    const hasOtherFeatures = JSON.stringify(variation.features) !== JSON.stringify(approach.features);
    const hasOtherModels = JSON.stringify(variation.models) !== JSON.stringify(approach.models);
    expect([variation.name, hasOtherFeatures, hasOtherModels].filter((one) => one === true)).toHaveLength(1);
  }
});

test('variations never run out, have names of their own, and repeat no plan', async () => {
  let parent = await anOpening('smooth-models');
  const memory: MemoryEntry[] = [];
  const plans: Approach[] = [];
  for (let round = 0; round < 60; round += 1) {
    const { approaches } = await research({ kind: 'step', step: improve(aParent(parent)), memory });
    const [next] = approaches.filter((plan) => !isRepeat(plan, plans));
    if (next === undefined) throw new Error(`nothing is left after ${round} rounds`);
    expect(next.name.length).toBeLessThanOrEqual(48);
    plans.push(next);
    memory.push(remembered(next.name, { parents: [parent.name] }));
    if (round % 3 === 0) parent = next;
  }

  expect(new Set(plans.map(({ name }) => name)).size).toBe(60);
  expect(
    new Set(plans.map(({ features, models }) => JSON.stringify({ features, models }))).size,
  ).toBeGreaterThan(55);
});

test('what helped another solution comes first, and what harmed later', async () => {
  const parent = aParent(await anOpening('boosted-trees'));
  const other = remembered('plain-boosting', { operator: 'draft', cv: 0.8 });
  const step = improve(parent);
  const placeOf = async (slug: string, memory: MemoryEntry[]) => {
    const { approaches } = await research({ kind: 'step', step, memory });
    return approaches.findIndex(({ name }) => name === `boosted-trees-${slug}`);
  };
  const after = (slug: string, cv: number) => [
    other,
    remembered(`plain-boosting-${slug}`, { parents: [other.name], cv }),
  ];

  expect(await placeOf('bigger', after('bigger', 0.9))).toBeLessThan(await placeOf('bigger', []));
  expect(await placeOf('slower', after('slower', 0.7))).toBeGreaterThan(await placeOf('slower', []));
});

test('what an ablation found to harm is left out first', async () => {
  const ablations = [
    { part: 'features:counts', loss: -0.02 },
    { part: 'features:keys', loss: 0.03 },
    { part: 'model:lightgbm', loss: 0.05 },
  ];
  const parent = aParent(await anOpening('boosted-trees'), { ablations });
  const first = async (target: string) => {
    const { approaches } = await research({ kind: 'step', step: improve(parent, { target }) });
    return approaches.filter(({ name }) => name !== 'boosted-trees-bagged')[0];
  };

  expect(await first('features:counts')).toMatchObject({ name: 'boosted-trees-no-counts' });
  expect((await first('features:counts'))?.features).not.toContain('counts');
  expect(await first('model:lightgbm')).toMatchObject({ name: 'boosted-trees-3-seeds-lightgbm' });
});

test('a run that already takes most of its time is made no longer', async () => {
  const approach = await anOpening('boosted-trees');
  const namesAfter = async (seconds: number) => {
    const step = improve(aParent(approach, { seconds }));
    return (await research({ kind: 'step', step, timeBudgetSeconds: 300 })).approaches.map(
      ({ name }) => name,
    );
  };

  expect(await namesAfter(10)).toEqual(
    expect.arrayContaining(['boosted-trees-slower', 'boosted-trees-3-seeds']),
  );
  const names = await namesAfter(170);
  expect(names).toContain('boosted-trees-smaller');
  expect(names).not.toContain('boosted-trees-slower');
  expect(names).not.toContain('boosted-trees-3-seeds');
});

test('a recipe that is not in the script is not left out', async () => {
  const parent = aParent(await anOpening('boosted-trees'), { script: 'add_counts(features, raw)' });

  const { approaches } = await research({ kind: 'step', step: improve(parent) });

  const dropped = approaches.map(({ name }) => name).filter((name) => name.includes('-no-'));
  expect(dropped).toEqual(['boosted-trees-no-counts']);
});

test('two solutions are merged with the models of both', async () => {
  const trees = await anOpening('boosted-trees');
  const smooth = await anOpening('smooth-models');
  const step: SearchStep = { operator: 'merge', parents: [aParent(trees), aParent(smooth)] };

  const { approaches } = await research({ kind: 'step', step });

  const [first] = approaches;
  expect(first).toMatchObject({ family: 'blend', basedOn: ['boosted-trees', 'smooth-models'] });
  const kinds = new Set(first?.models.map(({ kind }) => kind));
  expect([trees, smooth].every(({ models }) => kinds.has(models[0]?.kind ?? ''))).toBe(true);
  expect(new Set(approaches.map(({ name }) => name)).size).toBe(approaches.length);
});

test('the baseline generator writes every variation, for tables and for texts, and they differ', async () => {
  const texts = table.map((row) => ({
    ...row,
    words: `some words about the number ${row.id} and nothing else`,
  }));
  const text = {
    problem: aProblem({ modality: 'text', textColumns: ['words'] }),
    profile: profileOf(texts, texts),
  };
  for (const [name, options] of [
    ['boosted-trees', {}],
    ['words-and-letters', text],
  ] as const) {
    const approach = await anOpening(name, options);
    const write = async (variation: Approach) => {
      const spec = { ...variation, name: 'same', title: 'Same', rationale: 'Same' };
      const request = { ...aRequest(options), approach: spec, seed: 42 };
      return (await createBaselineGenerator().generate(request, { signal })).script;
    };
    const scripts = new Set([await write(approach)]);
    const parent = aParent(approach, { script: [...scripts][0] ?? null });
    const { approaches } = await research({ kind: 'step', step: improve(parent), ...options });
    expect(approaches.length).toBeGreaterThan(10);
    for (const variation of approaches) {
      expect(variation.models.every(({ kind }) => modelCatalog[kind] !== undefined)).toBe(true);
      scripts.add(await write(variation));
    }
    expect(scripts.size).toBe(approaches.length + 1);
  }
});
