import { type Case, propose } from './case.ts';
import type { Playbook } from './playbook-type.ts';
import { plainFeatures, tabularPlaybook } from './tabular.ts';
import { plainBoostingModels, smoothModels } from './tabular-models.ts';

/** Tables in the order of time: calendar parts stand first, and the order of rows is never shuffled. */
export const timeSeriesPlaybook: Playbook = {
  title: 'Rows in the order of time',
  openings: (facts: Case) => [
    propose(facts, {
      name: 'calendar-boosting',
      title: 'Boosted trees on calendar parts',
      family: 'boosting',
      rationale:
        'Weekday, month and elapsed days explain most of what repeats; trees join them with the other columns.',
      features: ['dates', ...plainFeatures, 'counts'],
      models: plainBoostingModels(facts),
      expectedGain: 0.9,
      risks: ['Trees cannot go on with a trend beyond the last day.'],
      source: 'Makridakis et al. 2022, M5 accuracy competition: results, findings and conclusions',
    }),
    propose(facts, {
      name: 'calendar-linear',
      title: 'Linear models on calendar parts',
      family: 'linear',
      rationale: 'A linear model carries a trend on into the test period, where trees stand still.',
      features: ['dates', ...plainFeatures],
      models: smoothModels({ ...facts, rows: Math.max(facts.rows, 10_000) }),
      expectedGain: 0.7,
      source: 'Hyndman and Athanasopoulos, Forecasting: Principles and Practice, chapter 7',
    }),
    ...tabularPlaybook.openings(facts).filter((approach) => approach.family === 'forest'),
  ],
  refinements: (facts) => tabularPlaybook.refinements(facts),
  featureFindings: () => [
    {
      claim: 'Statistics must come from the past of a row alone.',
      source: 'Playbook for rows in the order of time',
    },
  ],
};
