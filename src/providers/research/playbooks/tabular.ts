import type { Approach } from '../../../domain/approach.ts';
import { type Case, isOpen, model, propose } from './case.ts';
import type { Playbook } from './playbook-type.ts';
import {
  boostingModels,
  forestModels,
  histogram,
  plainBoostingModels,
  smoothModels,
} from './tabular-models.ts';

/** Every recipe for tables; those without fitting columns drop out by themselves. */
export const richFeatures = [
  'numbers',
  'categories',
  'dates',
  'missing-flags',
  'tokens',
  'groups',
  'rating-scales',
  'name-sums',
  'year-gaps',
  'target-means',
  'counts',
  'integer-categories',
  'keys',
  'text-stats',
];
/** Columns as they are, with as little engineering as can be. */
export const plainFeatures = ['numbers', 'categories', 'dates', 'keys', 'target-means'];

export const tabularPlaybook: Playbook = {
  title: 'Tabular data',
  openings,
  refinements,
  featureFindings: ({ profile }) => {
    const gaps = profile.train.columns.filter((column) => column.missing > 0).length;
    const source = 'Playbook for tables';
    return [
      {
        claim: 'Sizes of groups that share a rare value, and means of the target in them, beat raw keys.',
        source,
      },
      {
        claim:
          'Parts of compound texts (titles, prefixes, deck letters) carry more than the text as a whole.',
        source,
      },
      {
        claim: 'Sums of columns that share a word in their names make totals that trees cannot build.',
        source,
      },
      ...(gaps > 0
        ? [{ claim: `${gaps} columns have gaps; that a value is missing is information.`, source }]
        : []),
    ];
  },
};

function openings(facts: Case): Approach[] {
  const { isLarge } = facts;
  const textFeatures = facts.problem.textColumns.length > 0 ? ['text-topics'] : [];
  return [
    propose(facts, {
      name: 'boosted-trees',
      title: 'Boosted trees on engineered columns',
      family: 'boosting',
      rationale:
        'Boosted trees find interactions and thresholds by themselves; engineered totals, groups and gaps give them ' +
        'what single cuts cannot express.',
      features: [...richFeatures, ...textFeatures],
      models: boostingModels(facts),
      expectedGain: 0.9,
      source:
        'Grinsztajn et al. 2022, why do tree-based models still outperform deep learning on tabular data',
    }),
    propose(facts, {
      name: 'smooth-models',
      title: facts.isRegression ? 'Sparse linear models and kernels' : 'Logistic regression and kernels',
      family: 'linear',
      rationale:
        'Smooth models err in other rows than trees do, so a blend of both beats either; on few rows they are ' +
        'often the best single model.',
      features: richFeatures,
      models: smoothModels(facts),
      expectedGain: facts.isSmall ? 0.85 : 0.6,
      source: 'Hastie, Tibshirani and Friedman, The Elements of Statistical Learning, chapters 3, 4 and 12',
    }),
    ...(isLarge
      ? []
      : [
          propose(facts, {
            name: 'averaged-forests',
            title: 'Averaged forests on engineered columns',
            family: 'forest',
            rationale:
              'Averages of deep trees are steady and differ enough from boosting to improve a blend.',
            features: richFeatures.filter((name) => name !== 'counts'),
            models: forestModels(facts),
            expectedGain: 0.55,
            source: 'Geurts et al. 2006, extremely randomized trees',
          }),
        ]),
    propose(facts, {
      name: 'plain-boosting',
      title: 'Boosted trees on the columns as they are',
      family: 'boosting-plain',
      rationale:
        'Engineered columns can dilute the sampling of columns; the same trees on the raw ones check whether the ' +
        'engineering pays, and blend well with it.',
      features: plainFeatures,
      models: plainBoostingModels(facts),
      expectedGain: facts.isSmall ? 0.5 : 0.88,
      source: 'Playbook for tables',
    }),
  ];
}

function refinements(facts: Case): Approach[] {
  if (facts.history.length === 0) return [];
  const proposals: [family: string, approach: Approach][] = [
    ['boosting', slowBoosting(facts)],
    ['blend', mixedFamilies(facts)],
    ['linear', leanSmooth(facts)],
    ...(facts.isLarge ? [] : [['neighbours', nearestRows(facts)] satisfies [string, Approach]]),
  ];
  return proposals.filter(([family]) => isOpen(facts.history, family)).map(([, approach]) => approach);
}

function slowBoosting(facts: Case): Approach {
  const plainWon = facts.bestFamily === 'boosting-plain';
  const slow = { slow: true };
  return propose(facts, {
    name: 'boosted-trees-bagged',
    basedOn: [plainWon ? 'plain-boosting' : 'boosted-trees'],
    component: 'model',
    title: 'Slower boosted trees over several seeds',
    family: 'boosting-slow',
    rationale:
      'A lower learning rate with more trees, averaged over seeds, removes variance from the best family.',
    features: plainWon ? plainFeatures : richFeatures,
    models: plainWon ? plainBoostingModels(facts, slow) : boostingModels(facts, slow),
    expectedGain: facts.bestFamily?.startsWith('boosting') ? 0.95 : 0.75,
    source: 'Friedman 2002, stochastic gradient boosting',
  });
}

function mixedFamilies(facts: Case): Approach {
  const trimmed = ['counts', 'missing-flags', 'integer-categories'];
  return propose(facts, {
    name: 'mixed-families',
    basedOn: ['boosted-trees', 'smooth-models'],
    component: 'ensemble',
    title: 'Trees and smooth models in one blend, on fewer columns',
    family: 'blend',
    rationale:
      'A blend weighted by out-of-fold loss over all families, on columns chosen to differ from round one.',
    features: richFeatures.filter((name) => !trimmed.includes(name)),
    models: [histogram(facts), ...smoothModels(facts).slice(0, 2), ...forestModels(facts).slice(0, 1)],
    expectedGain: 0.8,
    source: 'Caruana et al. 2004, ensemble selection from libraries of models',
  });
}

function leanSmooth(facts: Case): Approach {
  const added = ['tokens', 'groups', 'rating-scales', 'name-sums', 'year-gaps', 'target-means'];
  return propose(facts, {
    name: 'smooth-models-lean',
    basedOn: ['smooth-models'],
    component: 'features',
    title: 'Smooth models with stronger penalties',
    family: 'linear-lean',
    rationale: 'Stronger penalties and fewer columns give a steadier version of the linear models.',
    features: ['numbers', 'categories', ...added],
    models: smoothModels(facts, { strong: true }),
    expectedGain: facts.bestFamily === 'linear' ? 0.9 : 0.65,
    source: 'Zou and Hastie 2005, regularization and variable selection via the elastic net',
  });
}

function nearestRows(facts: Case): Approach {
  return propose(facts, {
    name: 'nearest-rows',
    title: 'Nearest rows',
    family: 'neighbours',
    rationale: 'Rows that look alike share their outcome; a different kind of error for the blend.',
    features: plainFeatures,
    models: [model('knn', { n_neighbors: facts.isSmall ? 15 : 30 })],
    expectedGain: 0.3,
    source: 'Playbook for tables',
  });
}
