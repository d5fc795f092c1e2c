import type { NodeDetail } from '../../src/domain/node-detail.ts';
import type { NodeView, TreeView } from '../../src/domain/search-views.ts';

/** A node as people see it; by default a scored draft. */
export function aNodeView(overrides: Partial<NodeView> = {}): NodeView {
  const { number = 1, status = 'scored' } = overrides;
  const hasFailed = status === 'failed';
  return {
    number,
    name: `boosting-${number}`,
    title: 'Gradient boosting',
    family: 'boosting',
    round: 1,
    operator: 'draft',
    parents: [],
    stage: status === 'open' ? 'training' : status,
    isBest: false,
    isSubmitted: false,
    cv: status === 'scored' ? 0.78 + number / 1_000 : null,
    se: status === 'scored' ? 0.004 : null,
    gain: null,
    failedAt: hasFailed ? 'gate' : null,
    failedCheck: hasFailed ? 'leaks' : null,
    error: hasFailed ? 'The quality gate stopped this script (leaks): it reads the target.' : null,
    gpuUsd: 0,
    modelUsd: 0,
    ...overrides,
    status,
  };
}

export function aTreeView(overrides: Partial<TreeView> = {}): TreeView {
  return {
    slug: 'titanic',
    metric: { name: 'accuracy', direction: 'maximize' },
    round: 1,
    maxRounds: 3,
    nodes: [],
    branches: 0,
    closedBranches: 0,
    gpuUsd: 0,
    modelUsd: 0,
    ...overrides,
  };
}

/** Three drafts, of which one failed and was mended, an improvement of the best, and a merge that is open. */
export function aSmallTree(): TreeView {
  const nodes = [
    aNodeView({ number: 1, name: 'linear-plain', operator: 'draft', isSubmitted: true }),
    aNodeView({ number: 2, name: 'boosting-plain', operator: 'draft' }),
    aNodeView({ number: 3, name: 'forest-target', operator: 'draft', status: 'failed' }),
    aNodeView({ number: 4, name: 'forest-target-fix1', operator: 'debug', parents: [3], cv: 0.771 }),
    aNodeView({
      ...{ number: 5, name: 'boosting-counts', operator: 'improve', parents: [2], round: 2 },
      ...{ isBest: true, cv: 0.80125, gain: 0.01925, gpuUsd: 0.21, modelUsd: 0.34 },
    }),
    aNodeView({
      ...{ number: 6, name: 'blend-boosting-linear', operator: 'merge', parents: [5, 1], round: 3 },
      status: 'open',
    }),
  ];
  return aTreeView({ nodes, round: 3, branches: 4, gpuUsd: 0.21, modelUsd: 0.34 });
}

/** The best node of `aSmallTree` in full. */
export function aNodeDetail(overrides: Partial<NodeDetail> = {}): NodeDetail {
  const node = aSmallTree().nodes.find(({ isBest }) => isBest) ?? aNodeView();
  return {
    slug: 'titanic',
    metric: { name: 'accuracy', direction: 'maximize' },
    node,
    plan: {
      rationale: 'Counts of rare values say who travelled together.',
      features: ['numbers', 'counts'],
      models: [{ kind: 'lightgbm', params: {} }],
      requirements: [],
      component: 'features',
      sources: [],
    },
    parents: [{ number: 2, name: 'boosting-plain' }],
    children: [{ number: 6, name: 'blend-boosting-linear' }],
    generator: 'claude',
    gate: {
      passed: true,
      checks: [
        { name: 'compile', status: 'ok', seconds: 0.1, message: 'It compiles.', findings: [] },
        {
          name: 'leaks',
          status: 'warned',
          seconds: 0.2,
          message: 'One thing should be looked at.',
          findings: [
            { rule: 'own-split', line: 41, severity: 'warn', message: 'It splits the rows by itself.' },
          ],
        },
      ],
      estimateSeconds: 95,
      estimateMemoryBytes: 512 * 1024 * 1024,
      review: { leakage: 'none', reason: '', summary: 'It uses every file that was given.' },
    },
    run: {
      folds: [0.79, 0.81, 0.805, 0.8, 0.80125],
      seconds: 84,
      memoryBytes: null,
      estimateSeconds: 95,
      confirmations: 1,
      examined: null,
      curves: [],
      trackingUrl: null,
    },
    ablations: [
      { part: 'features:counts', loss: 0.0123 },
      { part: 'model:second', loss: -0.0004 },
    ],
    files: [{ name: 'train.py', url: 'https://files.example/train.py?signature=x' }],
    ...overrides,
  };
}
