import { expect, test } from 'vitest';
import { possibleGains } from '../../src/domain/feasibility.ts';
import {
  changeSchema,
  isSampleName,
  listedDetailsSchema,
  metricKnown,
  modalityOf,
  suggestionKeyOf,
  watchedOf,
} from '../../src/domain/listing.ts';
import { aWhy } from '../support/listings.ts';

const files = (counts: Record<string, number>) =>
  Object.entries(counts).map(([extension, fileCount]) => ({ extension, fileCount }));

test.each([
  ['Predict the price of a house', files({ csv: 3 }), 'tabular'],
  ['Spot the ship', files({ csv: 2, jpg: 4_000 }), 'image'],
  ['Predict sales', files({ csv: 3, png: 1 }), 'tabular'],
  ['Nuclei segmentation in images', files({ csv: 1, png: 900 }), 'dense_output'],
  ['Which bird is it? audio', files({ csv: 1, ogg: 900 }), 'audio'],
  ['Store Sales - Time Series Forecasting', files({ csv: 6 }), 'time_series'],
  ['Disaster Tweets, natural language, nlp', files({ csv: 3 }), 'text'],
  ['Connect X, a simulation', files({}), 'simulation'],
  ['Scans of hearts', files({ dcm: 800 }), 'science'],
  ['Something else', null, 'unknown'],
  ['Something with images', null, 'image'],
])('"%s" with its files is of the kind it is', (text, types, modality) => {
  expect(modalityOf(text, types)).toBe(modality);
});

test.each([
  ['Categorization Accuracy', null, 'exact'],
  ['Weighted Log Loss', null, 'approximated'],
  ['Stratified Concordance Index', null, 'approximated'],
  ['Word Error Rate', null, 'unknown'],
  ['', 'Concordance Index', 'approximated'],
  ['A metric of our own', null, 'unknown'],
  [null, 'rmse', 'exact'],
  ['', null, 'unknown'],
])('the metric %j, on the page %j, is known as %s', (evaluationMetric, pageMetric, known) => {
  expect(metricKnown({ evaluationMetric }, pageMetric)).toBe(known);
});

test.each([
  ['sample_submission.csv', true],
  ['data/sampleSubmission.csv.zip', true],
  ['submission_format.csv', true],
  ['train.csv', false],
  ['submissions_of_last_year.csv', false],
])('%s shows how to submit: %s', (name, expected) => {
  expect(isSampleName(name)).toBe(expected);
});

test('a vendor that tells only half of a competition is read all the same', () => {
  const details = listedDetailsSchema.parse({ deadline: null });

  expect(watchedOf(details)).toMatchObject({ deadline: null, reward: null, submissions: true });
  expect(details).toMatchObject({ teamCount: 0, awardsPoints: false, tags: [] });
  expect(changeSchema.parse({ what: 'reopened' })).toMatchObject({ what: 'reopened' });
});

test('another end or prize is worth another question, more teams are not', () => {
  const one = listedDetailsSchema.parse({ deadline: '2026-12-01T00:00:00Z', reward: '$1', teamCount: 1 });

  expect(suggestionKeyOf({ ...one, teamCount: 500 })).toBe(suggestionKeyOf(one));
  expect(suggestionKeyOf({ ...one, reward: '$2' })).not.toBe(suggestionKeyOf(one));
});

test('what would help is told by how much, the most first, and nothing helps at a closed gate', () => {
  const { input, feasibility, gains } = aWhy();

  expect(gains.map(({ name }) => name)).toEqual(['metric', 'modality', 'budget', 'data']);
  expect(gains.every(({ gain }) => gain > 0 && gain + feasibility.score <= 100)).toBe(true);
  expect(possibleGains({ ...input, submissionsDisabled: true })).toEqual([]);
});
