import type { Approach } from '../../../domain/approach.ts';
import type { ResearchRequest } from '../contract.ts';
import { type Case, model, propose } from './case.ts';
import type { Playbook } from './playbook-type.ts';
import { tabularPlaybook } from './tabular.ts';

const fewestPixels = 16;
const features = ['numbers'];

/** Pictures that come as a table: one column a pixel. */
export const imagePlaybook: Playbook & { fits(data: Pick<ResearchRequest, 'problem' | 'profile'>): boolean } =
  {
    title: 'Pictures as columns of pixels',
    /** Many whole-number columns from 0 on, nearly all with one common maximum. */
    fits: ({ problem, profile }) => {
      const numeric = profile.train.columns.filter(
        (column) => column.kind === 'numeric' && !problem.targetColumns.includes(column.name),
      );
      const pixels = numeric.filter((column) => column.isInteger && column.min === 0);
      const largest = Math.max(0, ...pixels.map((column) => column.max ?? 0));
      const bright = pixels.filter((column) => (column.max ?? 0) >= 0.5 * largest);
      return (
        problem.task !== 'regression' &&
        pixels.length >= Math.max(fewestPixels, 0.9 * numeric.length) &&
        bright.length >= 0.6 * pixels.length
      );
    },
    openings,
    refinements: (facts) => tabularPlaybook.refinements(facts),
    featureFindings: () => [
      {
        claim: 'Pixels share one scale; kernels on the scaled pixels see shapes.',
        source: 'Playbook for pictures',
      },
    ],
  };

function openings(facts: Case): Approach[] {
  const kernel = propose(facts, {
    name: 'pixel-kernels',
    title: 'Support vectors on pixels',
    family: 'kernel',
    rationale: 'A smooth kernel on the pixels tells small pictures apart better than trees do.',
    features,
    models: [model('svc', { C: 10, gamma: 1 }), model('pca-svc', { C: 10, gamma: 'scale', components: 30 })],
    expectedGain: 0.95,
    source: 'LeCun et al. 1998, gradient-based learning applied to document recognition, table of results',
  });
  const neighbours = propose(facts, {
    name: 'pixel-neighbours',
    title: 'Nearest pictures',
    family: 'neighbours',
    rationale: 'The nearest pictures nearly always show the same thing.',
    features,
    models: [model('knn', { n_neighbors: 5 }), model('logistic', { C: 0.1 })],
    expectedGain: 0.8,
    source: 'LeCun et al. 1998, gradient-based learning applied to document recognition, table of results',
  });
  const forest = propose(facts, {
    name: 'pixel-forests',
    title: 'Forests on pixels',
    family: 'forest',
    rationale: 'Random cuts over pixels, averaged, blend well with kernels.',
    features,
    models: [model('extra-trees', { n_estimators: 300, min_samples_leaf: 1, max_features: 0.15 })],
    expectedGain: 0.7,
    source: 'Geurts et al. 2006, extremely randomized trees',
  });
  return facts.isLarge ? [forest, ...tabularPlaybook.openings(facts)] : [kernel, neighbours, forest];
}
