import { expect, test } from 'vitest';
import { type HistoryEntry, queryKinds, researchReportSchema } from '../../../src/domain/research.ts';
import { featureCatalog, otherRecipes } from '../../../src/providers/codegen/baseline/features.ts';
import { modelCatalog } from '../../../src/providers/codegen/baseline/models.ts';
import { type ResearchRequest, researchRequestSchema } from '../../../src/providers/research/contract.ts';
import { createPlaybookResearch } from '../../../src/providers/research/playbook.ts';
import { aProblem } from '../../domain/problems.ts';
import { profileOf } from '../../support/competition-data.ts';
import { aResearchRequest } from '../../support/research-requests.ts';

const signal = AbortSignal.timeout(60_000);
const pixels = Array.from({ length: 30 }, (_, row) =>
  Object.fromEntries([
    ['id', String(row)],
    ...Array.from({ length: 20 }, (_, column) => [
      `pixel${column}`,
      String(row % 2 === 0 ? 0 : (row + column) % 17),
    ]),
  ]),
);

const research = (options: Partial<ResearchRequest>) =>
  createPlaybookResearch().research(aResearchRequest(options), { signal });

const values = { task: 'regression', metric: 'rmse_log', predictionKind: 'value', classes: null } as const;
const cases: [string, Partial<ResearchRequest>][] = [
  ['a small table', {}],
  ['a small table without LightGBM', { environment: { ...aResearchRequest().environment, lightgbm: false } }],
  ['a large table', { rowCounts: { train: 400_000, test: 1000 } }],
  ['a regression', { problem: aProblem({ ...values, predictionColumns: ['target'] }) }],
  ['texts', { problem: aProblem({ modality: 'text', textColumns: ['words'] }) }],
  ['texts with a value', { problem: aProblem({ ...values, modality: 'text', textColumns: ['words'] }) }],
  ['pixels', { profile: profileOf(pixels, pixels) }],
  ['rows in time', { problem: aProblem({ modality: 'time_series', timeColumn: 'day' }) }],
  ['an unknown modality', { problem: aProblem({ modality: 'unknown' }) }],
];

test.each(cases)(
  '%s: every query is answered in the form of the contract, in two rounds',
  async (_, options) => {
    expect(researchRequestSchema.safeParse(aResearchRequest(options)).success).toBe(true);
    let history: HistoryEntry[] = [];
    for (const round of [1, 2]) {
      const reports = await Promise.all(
        queryKinds.map((kind) => research({ ...options, kind, round, history })),
      );
      for (const report of reports) expect(researchReportSchema.parse(report)).toEqual(report);
      const approaches = reports[0]?.approaches ?? [];
      expect(approaches.length).toBeGreaterThan(0);
      history = approaches.map(({ name, family }) => ({
        round,
        approach: name,
        family,
        cv: 0.5,
        verdict: 'tie',
      }));
    }
  },
);

test.each(cases)(
  '%s: every model and feature of an approach is one that the baseline can write',
  async (_, options) => {
    const failed: HistoryEntry[] = [{ round: 1, approach: 'x', family: 'x', cv: 0.8, verdict: 'better' }];
    for (const history of [[], failed]) {
      const { approaches } = await research({ ...options, history, maxApproaches: 20 });
      for (const { models, features } of approaches) {
        expect(models.filter(({ kind }) => modelCatalog[kind] === undefined)).toEqual([]);
        expect(features.filter((name) => !featureCatalog.has(name) && !otherRecipes.has(name))).toEqual([]);
      }
    }
  },
);

test('the first round proposes distinct families', async () => {
  const { approaches } = await research({});

  expect(new Set(approaches.map((approach) => approach.family)).size).toBe(3);
});

test('a later round repeats nothing, and leaves out refinements of a family that failed', async () => {
  const history: HistoryEntry[] = [
    { round: 1, approach: 'boosted-trees', family: 'boosting', cv: null, verdict: 'failed' },
    { round: 1, approach: 'smooth-models', family: 'linear', cv: 0.81, verdict: 'better' },
  ];

  const { approaches } = await research({ history, round: 2, maxApproaches: 20 });

  const names = approaches.map((approach) => approach.name);
  expect(names).not.toContain('boosted-trees');
  expect(names).not.toContain('smooth-models');
  expect(names).not.toContain('boosted-trees-bagged');
  expect(names).toContain('smooth-models-lean');
});

test('without LightGBM no approach asks for it', async () => {
  const { approaches } = await research({
    environment: { ...aResearchRequest().environment, lightgbm: false },
  });

  expect(approaches.flatMap((approach) => approach.models.map((model) => model.kind))).not.toContain(
    'lightgbm',
  );
  expect(approaches.flatMap((approach) => approach.packages)).toEqual([]);
});

test('pixels in columns are met with kernels', async () => {
  const { approaches } = await research({ profile: profileOf(pixels, pixels) });

  expect(approaches[0]?.name).toBe('pixel-kernels');
});
