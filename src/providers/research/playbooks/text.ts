import type { Approach } from '../../../domain/approach.ts';
import { type Case, isOpen, type Model, model, propose } from './case.ts';
import type { Playbook } from './playbook-type.ts';
import { boostingModels } from './tabular-models.ts';

const denseFeatures = [
  'numbers',
  'categories',
  'text-stats',
  'text-topics',
  'keys',
  'target-means',
  'counts',
  'missing-flags',
];
const topics = 50;

export const textPlaybook: Playbook = {
  title: 'Texts',
  openings,
  refinements,
  featureFindings: () => {
    const source = 'Wang and Manning 2012, baselines and bigrams';
    return [
      { claim: 'Pairs of words and pieces of letters together beat either alone on short texts.', source },
      { claim: 'Short columns beside the text join it as single words.', source: 'Playbook for texts' },
    ];
  },
};

function openings(facts: Case): Approach[] {
  return [
    propose(facts, {
      name: 'words-and-letters',
      title: 'Linear models on words and pieces of words',
      family: 'text-linear',
      rationale:
        'Weighted words and letter pieces with a linear model are the strongest quick baseline on short texts.',
      features: [],
      models: facts.isRegression
        ? [model('text-ridge', { alpha: 2 }), model('text-ridge', { alpha: 2, view: 'chars' })]
        : [
            model('text-logistic', { C: 3 }),
            model('text-logistic', { C: 3, view: 'chars' }),
            model('complement-nb', { view: 'words', alpha: 1 }),
          ],
      expectedGain: 0.95,
      source: 'Joachims 1998, text categorization with support vector machines',
    }),
    propose(facts, {
      name: 'class-ratios',
      title: facts.isRegression ? 'Ridge on words alone' : 'Naive Bayes weights and support vectors on words',
      family: 'text-margin',
      rationale: 'Margins and class ratios of words err in other texts than plain regression does.',
      features: [],
      models: facts.isRegression
        ? [model('text-ridge', { alpha: 5, view: 'words' })]
        : [
            model('text-svc', { C: 0.2 }),
            model('text-nb', { C: 1 }),
            model('text-nb', { C: 1, view: 'words' }),
          ],
      expectedGain: 0.85,
      source: 'Wang and Manning 2012, baselines and bigrams',
    }),
    propose(facts, {
      name: 'topics-and-style',
      title: 'Trees and smooth models on topics and style',
      family: 'text-dense',
      rationale:
        'Directions of the vocabulary, lengths and marks show how a text is written; trees mix them.',
      features: denseFeatures,
      models: denseModels(facts),
      expectedGain: 0.7,
      source: 'Deerwester et al. 1990, indexing by latent semantic analysis',
    }),
  ];
}

function denseModels(facts: Case): Model[] {
  const first = boostingModels(facts)
    .slice(0, 1)
    .map(({ kind, params }) => ({ kind, params: { ...params, topics } }));
  return facts.isRegression
    ? [...first, model('ridge', { alpha: 20 })]
    : [model('logistic', { C: 0.3, topics }), ...first];
}

function refinements(facts: Case): Approach[] {
  if (facts.history.length === 0) return [];
  const linear = propose(facts, {
    name: 'words-and-letters-wide',
    basedOn: ['words-and-letters'],
    component: 'ensemble',
    title: 'A wider blend of linear models on words and letters',
    family: 'text-linear-wide',
    rationale:
      'Several penalties and views of the words in one blend: the winner of the first round, with less variance.',
    features: [],
    models: facts.isRegression
      ? [model('text-ridge', { alpha: 1 }), model('text-ridge', { alpha: 4, view: 'words' })]
      : [
          model('text-logistic', { C: 5 }),
          model('text-logistic', { C: 6, view: 'words' }),
          model('text-svc', { C: 0.1 }),
          model('complement-nb', { alpha: 1.5 }),
          model('text-nb', { C: 0.3 }),
        ],
    expectedGain: facts.bestFamily === 'text-linear' ? 0.95 : 0.8,
    source: 'Caruana et al. 2004, ensemble selection from libraries of models',
  });
  const stacked = propose(facts, {
    name: 'words-and-topics-stacked',
    basedOn: ['words-and-letters', 'topics-and-style'],
    component: 'ensemble',
    title: 'Words, topics and style, stacked',
    family: 'blend',
    rationale: 'A second model learns when to trust the words and when the style of a text.',
    features: [...denseFeatures, 'stack'],
    models: facts.isRegression
      ? [model('text-ridge', { alpha: 2 }), ...denseModels(facts)]
      : [
          model('text-logistic', { C: 3 }),
          model('text-svc', { C: 0.2 }),
          model('complement-nb', { view: 'words', alpha: 1 }),
          model('extra-trees', { n_estimators: 100, max_features: 0.2, topics }),
        ],
    expectedGain: 0.75,
    source: 'Wolpert 1992, stacked generalization',
  });
  return [
    ...(isOpen(facts.history, 'text-linear') ? [linear] : []),
    ...(isOpen(facts.history, 'text-dense') ? [stacked] : []),
  ];
}
