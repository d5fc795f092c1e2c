import { expect, test } from 'vitest';
import {
  automaticPicks,
  chosenNumbers,
  equalsOf,
  proposeFinal,
  type SelectableSubmission,
} from '../../src/domain/final-selection.ts';

const one = (key: string, cv: number, options: Partial<SelectableSubmission> = {}): SelectableSubmission => ({
  key,
  status: 'scored',
  cv,
  estimate: null,
  round: 1,
  scores: { cvSd: 0.02 },
  publicScore: cv,
  memberCount: 1,
  ...options,
});

const propose = (
  submissions: readonly SelectableSubmission[],
  { correlations = [], disagrees = false }: { correlations?: [string, number][]; disagrees?: boolean } = {},
) =>
  proposeFinal('accuracy', submissions, { correlations: new Map(correlations), disagrees }).map(
    ({ submission, role, correlation }) => [submission.key, role, correlation],
  );

test('the second is the one that differs most from the first, of those within its standard error', () => {
  const submissions = [one('best', 0.9), one('near', 0.895), one('other', 0.894), one('far', 0.7)];
  const correlations: [string, number][] = [
    ['near', 0.99],
    ['other', 0.8],
    ['far', -1],
  ];

  expect(propose(submissions, { correlations })).toEqual([
    ['best', 'robust', null],
    ['other', 'diverse', 0.8],
  ]);
  expect(equalsOf(one('best', 0.9), submissions).map(({ key }) => key)).toEqual(['near', 'other']);
});

test('of equally different ones the simpler goes first, and what is not known counts as the same', () => {
  const submissions = [one('best', 0.9), one('blend', 0.899, { memberCount: 3 }), one('plain', 0.895)];
  const same: [string, number][] = [
    ['blend', 0.9],
    ['plain', 0.9],
  ];

  expect(propose(submissions, { correlations: same })[1]?.[0]).toBe('plain');
  expect(propose(submissions, { correlations: [['blend', 0.97]] })[1]?.[0]).toBe('blend');
});

test('where nothing is within the error the next best by cross-validation goes, whatever the public score', () => {
  const submissions = [
    one('best', 0.9),
    one('next', 0.8, { publicScore: 0.1 }),
    one('lucky', 0.7, { publicScore: 1 }),
  ];

  expect(propose(submissions).map(([key]) => key)).toEqual(['best', 'next']);
});

test('where cross-validation and leaderboard disagree the second is the best public one', () => {
  const submissions = [one('best', 0.9), one('near', 0.899), one('lucky', 0.7, { publicScore: 1 })];

  expect(propose(submissions, { disagrees: true })).toEqual([
    ['best', 'robust', null],
    ['lucky', 'public', null],
  ]);
});

test('a good score that its confirmation does not bear out is not the first', () => {
  const submissions = [one('flattered', 0.95, { estimate: 0.8 }), one('sound', 0.93, { estimate: 0.93 })];

  expect(propose(submissions).map(([key]) => key)).toEqual(['sound', 'flattered']);
});

test('what was not scored is never proposed', () => {
  expect(propose([])).toEqual([]);
  expect(propose([one('error', 0.9, { status: 'error' })])).toEqual([]);
  expect(propose([one('only', 0.9), one('error', 0.9, { status: 'error' })])).toEqual([
    ['only', 'robust', null],
  ]);
});

test('by itself Kaggle takes the two best public scores', () => {
  const submissions = [
    one('a', 0.9, { publicScore: 0.1 }),
    one('b', 0.1),
    one('c', 0.2, { publicScore: null }),
    one('d', 0.1, { publicScore: 0.3 }),
  ];

  expect(automaticPicks('rmse', submissions).map(({ key }) => key)).toEqual(['a', 'b']);
  expect(automaticPicks('accuracy', submissions).map(({ key }) => key)).toEqual(['d', 'a']);
});

test.each([
  ['1 and 3', [1, 3]],
  ['２、３', [2, 3]],
  ['#4', [4]],
  ['3 3', [3]],
  ['1, 2 and 3', null],
  ['the best', null],
  ['9', null],
  ['0 1', null],
  ['', null],
])('"%s" names %j of four', (text, numbers) => {
  expect(chosenNumbers(text, 4)).toEqual(numbers);
});
