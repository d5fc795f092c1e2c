import fc from 'fast-check';
import { expect, test } from 'vitest';
import { likenessOf } from '../../../src/domain/lessons/likeness.ts';
import type { Outcome } from '../../../src/domain/lessons/outcome.ts';
import {
  metricFamilies,
  type ProfileVector,
  validationSchemes,
} from '../../../src/domain/lessons/profile-vector.ts';
import { voterFor, withVote } from '../../../src/domain/lessons/votes.ts';
import { modalities, tasks } from '../../../src/domain/problem.ts';
import { anOutcome, theApproach } from '../../support/outcomes.ts';
import { idOf } from '../../support/trees.ts';

const share = fc.double({ min: 0, max: 1, noNaN: true });
const vector: fc.Arbitrary<ProfileVector> = fc.record({
  modality: fc.constantFrom(...modalities),
  task: fc.constantFrom(...tasks),
  metricFamily: fc.constantFrom(...metricFamilies),
  logRows: fc.double({ min: 0, max: 8, noNaN: true }),
  logColumns: fc.double({ min: 0, max: 4, noNaN: true }),
  numericShare: share,
  categoricalShare: share,
  textShare: share,
  missingShare: share,
  logClasses: fc.double({ min: 0, max: 10, noNaN: true }),
  imbalance: share,
  validation: fc.constantFrom(...validationSchemes),
});

const families = ['boosting', 'linear', 'forest', 'kernel'] as const;
const outcomes: fc.Arbitrary<Outcome[]> = fc
  .array(
    fc.record({
      profile: vector,
      nodes: fc.array(fc.record({ family: fc.constantFrom(...families), score: share }), { maxLength: 6 }),
    }),
    { maxLength: 8 },
  )
  .map((competitions) =>
    competitions.flatMap(({ profile, nodes }, place) =>
      nodes.map(({ family, score }, node) =>
        anOutcome(`c${place}`, family, {
          score,
          profile,
          approach: node < 4 ? `${family}-draft` : `other-${node}`,
        }),
      ),
    ),
  );
const fresh = idOf('new one');
const family = fc.constantFrom(...families, 'unheard-of');

test('likeness is symmetric, between 0 and 1, and 1 for what is equal', () => {
  fc.assert(
    fc.property(vector, vector, (one, other) => {
      const likeness = likenessOf(one, other);
      expect(likeness).toBeGreaterThanOrEqual(0);
      expect(likeness).toBeLessThanOrEqual(1);
      expect(likenessOf(other, one)).toBeCloseTo(likeness, 12);
      expect(likenessOf(one, one)).toBe(1);
    }),
  );
});

test('predictions and moved gains stay between 0 and 1, whatever is in the history', () => {
  fc.assert(
    fc.property(outcomes, vector, family, share, (history, profile, name, expectedGain) => {
      const approach = theApproach(name, { expectedGain });
      const vote = voterFor(history, profile, fresh)(approach);
      for (const value of [vote.prediction, vote.neutral, withVote(approach, vote).expectedGain]) {
        expect(value).toBeGreaterThanOrEqual(0);
        expect(value).toBeLessThanOrEqual(1);
      }
    }),
  );
});

test('a better rank in the history never gives a worse prediction', () => {
  fc.assert(
    fc.property(outcomes, vector, family, share, fc.nat(), (history, profile, name, better, pick) => {
      const mine = history.flatMap((one, place) => (one.family === name ? [place] : []));
      const changed = mine[pick % Math.max(1, mine.length)];
      const raised = history.map((one, place) =>
        place === changed ? { ...one, score: Math.max(one.score, better) } : one,
      );
      const predict = (some: Outcome[]) => voterFor(some, profile, fresh)(theApproach(name)).prediction;
      expect(predict(raised)).toBeGreaterThanOrEqual(predict(history) - 1e-12);
    }),
  );
});

test('to have won one more competition never predicts less than to have failed in it', () => {
  fc.assert(
    fc.property(outcomes, vector, family, (history, profile, name) => {
      const predict = (score: number) => {
        const more = [
          anOutcome('another', name, { score, profile }),
          anOutcome('another', 'rival', { profile }),
        ];
        return voterFor([...history, ...more], profile, fresh)(theApproach(name)).prediction;
      };
      expect(predict(1)).toBeGreaterThan(predict(0));
    }),
  );
});

test('the order in which the history is read does not matter', () => {
  fc.assert(
    fc.property(outcomes, vector, family, (history, profile, name) => {
      const approach = theApproach(name);
      const vote = voterFor(history, profile, fresh)(approach);
      const again = voterFor(history.toReversed(), profile, fresh)(approach);
      expect(again.prediction).toBeCloseTo(vote.prediction, 12);
      expect(again.reason).toBe(vote.reason);
    }),
  );
});
