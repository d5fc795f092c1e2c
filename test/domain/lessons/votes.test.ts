import { expect, test } from 'vitest';
import { voterFor, winnersOf, withVote } from '../../../src/domain/lessons/votes.ts';
import { anOutcome, aVector, theApproach } from '../../support/outcomes.ts';
import { idOf } from '../../support/trees.ts';

const fresh = idOf('new one');

/** Competitions in which the first family came before the others. */
function won(
  first: string,
  competitions: readonly string[],
  others: readonly string[] = ['linear', 'forest'],
) {
  return competitions.flatMap((competition) => [
    anOutcome(competition, first, { score: 1 }),
    ...others.map((family, place) => anOutcome(competition, family, { score: 0.5 / (place + 1) })),
  ]);
}

test('without history nothing is known, and nothing moves', () => {
  const approach = theApproach('boosting', { expectedGain: 0.7 });

  const vote = voterFor([], aVector(), fresh)(approach);

  expect(vote).toMatchObject({ prediction: 0.5, neutral: 0.5, evidence: 0, reason: null });
  expect(withVote(approach, vote)).toEqual(approach);
});

test('what won in alike competitions is expected to win, and people are told where', () => {
  const outcomes = [
    ...won('boosting', ['one', 'two', 'three']),
    ...won('linear', ['four'], ['boosting', 'forest']),
  ];
  const vote = voterFor(outcomes, aVector({ logRows: 3.6 }), fresh);

  const boosting = vote(theApproach('boosting'));
  const forest = vote(theApproach('forest'));

  expect(boosting.prediction).toBeGreaterThan(boosting.neutral);
  expect(forest.prediction).toBeLessThan(forest.neutral);
  expect(boosting.reason).toBe('boosting-draft won in 3 of 4 alike competitions (likeness 0.99)');
  expect(withVote(theApproach('boosting', { expectedGain: 0.6 }), boosting)).toMatchObject({
    expectedGain: expect.closeTo(0.716, 3),
    sources: [
      { title: 'Earlier competitions: boosting-draft won in 3 of 4 alike competitions (likeness 0.99)' },
    ],
  });
});

test('an approach that nobody tried is voted for by its family, one of an unknown family by nobody', () => {
  const vote = voterFor(won('boosting', ['one', 'two']), aVector(), fresh);

  const relative = vote(theApproach('boosting', { name: 'boosting-of-a-new-kind' }));
  const stranger = vote(theApproach('transformer'));

  expect(relative.prediction).toBeGreaterThan(relative.neutral);
  expect(relative.reason).toBe('the family boosting won in 2 of 2 alike competitions (likeness 1.00)');
  expect(stranger).toMatchObject({ prediction: stranger.neutral, reason: null });
});

test('a competition votes neither for itself nor for one that has little in common with it', () => {
  const outcomes = won('boosting', ['one']);
  const alien = aVector({
    modality: 'image',
    task: 'regression',
    metricFamily: 'error',
    logRows: 1,
    logColumns: 4,
    validation: 'plain',
  });

  expect(voterFor(outcomes, aVector(), idOf('one'))(theApproach('boosting')).reason).toBeNull();
  expect(voterFor(outcomes, alien, fresh)(theApproach('boosting')).reason).toBeNull();
});

test('contradictory evidence leaves an approach where nothing would be known of it', () => {
  const outcomes = [
    ...won('boosting', ['one', 'two'], ['linear']).map((one) => ({ ...one, score: one.score === 1 ? 1 : 0 })),
    ...won('linear', ['three', 'four'], ['boosting']).map((one) => ({
      ...one,
      score: one.score === 1 ? 1 : 0,
    })),
  ];
  const vote = voterFor(outcomes, aVector(), fresh)(theApproach('boosting'));

  expect(vote.prediction).toBeCloseTo(vote.neutral, 10);
  expect(vote.reason).toBe('boosting-draft won in 2 of 4 alike competitions (likeness 1.00)');
});

test('what failed everywhere sinks, and one bad day does not decide', () => {
  const failed = (count: number) =>
    Array.from({ length: count }, (_, place) => `c${place}`).flatMap((competition) => [
      anOutcome(competition, 'neural', { score: 0, cv: null, hasFailed: true }),
      anOutcome(competition, 'linear', { score: 0.5 }),
    ]);
  const gainAfter = (count: number) => {
    const approach = theApproach('neural', { expectedGain: 0.9 });
    return withVote(approach, voterFor(failed(count), aVector(), fresh)(approach)).expectedGain;
  };

  expect(gainAfter(1)).toBeGreaterThan(0.65);
  expect(gainAfter(6)).toBeLessThan(0.62);
  expect(gainAfter(6)).toBeLessThan(gainAfter(3));
});

test('whoever proposes approaches is told what won in the most alike competitions', () => {
  const outcomes = [...won('boosting', ['one', 'two']), ...won('linear', ['three'], ['boosting'])];

  expect(winnersOf(outcomes, aVector(), fresh)).toEqual({
    text: 'Drafts that won in the most alike earlier competitions: boosting-draft (2 of 3), linear-draft (1 of 3).',
    evidence: expect.stringContaining('one (likeness 1.00)'),
  });
  expect(winnersOf([], aVector(), fresh)).toBeNull();
});
