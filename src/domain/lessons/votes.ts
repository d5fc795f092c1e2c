import type { Approach } from '../approach.ts';
import { likenessOf } from './likeness.ts';
import type { Outcome } from './outcome.ts';
import type { ProfileVector } from './profile-vector.ts';

/** What earlier competitions say of an approach to a new one. */
export type Vote = {
  approach: string;
  /** Expected place among the approaches of the new competition, 0 (worst) to 1 (best). */
  prediction: number;
  /** What an approach of which nothing is known is expected to do; the vote is the difference. */
  neutral: number;
  /** How much is known: the sum of the weights of the competitions where it, or its like, was tried. */
  evidence: number;
  /** In words for people; null where nothing is known. */
  reason: string | null;
};

/** An earlier competition as it votes: its likeness, and what became of what was tried there. */
type Voter = { competition: string; likeness: number; weight: number; outcomes: Outcome[] };

/** Below this two competitions have too little in common to learn from each other; above it the weight rises evenly. */
const leastLikeness = 0.5;
/** The most alike ones; more would only add noise. */
const mostVoters = 20;
/** Competitions that are alike in everything weigh as much as what was expected beforehand, when they are so many. */
const priorWeight = 4;
/** The middle of the ranks. */
const middle = 0.5;

/** The part of an approach that a level of the prediction looks at, from the most general to the very same. */
const levels: readonly ((approach: Approach) => (outcome: Outcome) => boolean)[] = [
  ({ family }) =>
    (outcome) =>
      outcome.family === family,
  ({ family, models }) => {
    const signature = signatureOf(models);
    return (outcome) => outcome.family === family && outcome.models === signature;
  },
  ({ name, family }) =>
    (outcome) =>
      outcome.family === family && outcome.approach === name,
];

function signatureOf(models: Approach['models']): string {
  return [...new Set(models.map(({ kind }) => kind))].sort().join('+');
}

/**
 * Lets earlier competitions vote for approaches to a new one: collaborative filtering over competitions and approaches
 * by neighbourhood. The prediction is the mean of the best rank that the approach reached in each earlier competition,
 * weighted by likeness, and drawn, the less is known, to that of its models, of its family and of all families:
 * `p = (sum of w * best + k * p of the wider level) / (sum of w + k)` with `w = 2 * (likeness - 0.5)` and `k = 4`.
 *
 * Without history, or for what was never tried, prediction and neutral are the same. A better rank in the history never
 * gives a worse prediction. Pure, and the order of the outcomes does not matter.
 *
 * Source: Adomavicius and Tuzhilin 2005, Toward the next generation of recommender systems, section 2.2 (neighbourhoods
 * weighted by likeness); Efron and Morris 1975, Data analysis using Stein's estimator (shrinkage by evidence).
 * @param competitionId of the new competition, which does not vote for itself
 */
export function voterFor(
  outcomes: readonly Outcome[],
  profile: ProfileVector,
  competitionId: string,
): (approach: Approach) => Vote {
  const voters = votersOf(outcomes, profile, competitionId);
  const neutral = shrunk(
    voters.map(({ weight, outcomes: own }) => ({ weight, value: meanOfFamilies(own) })),
    middle,
  );
  return (approach) => voteOn(approach, voters, neutral);
}

function votersOf(outcomes: readonly Outcome[], profile: ProfileVector, competitionId: string): Voter[] {
  const byCompetition = Map.groupBy(outcomes, (outcome) => outcome.competitionId);
  byCompetition.delete(competitionId);
  return [...byCompetition.entries()]
    .flatMap(([id, own]) => {
      const [first] = own;
      if (first === undefined || familiesOf(own).size < 2) return [];
      const likeness = likenessOf(profile, first.profile);
      const weight = Math.max(0, (likeness - leastLikeness) / (1 - leastLikeness));
      return weight === 0 ? [] : [{ id, competition: first.competition, likeness, weight, outcomes: own }];
    })
    .sort((a, b) => b.likeness - a.likeness || a.id.localeCompare(b.id))
    .slice(0, mostVoters);
}

/** Only where there was a choice a rank says something. */
function familiesOf(outcomes: readonly Outcome[]): Map<string, number> {
  const best = new Map<string, number>();
  for (const { family, score } of outcomes) best.set(family, Math.max(score, best.get(family) ?? 0));
  return best;
}

function meanOfFamilies(outcomes: readonly Outcome[]): number {
  const best = [...familiesOf(outcomes).values()].sort((a, b) => a - b);
  return best.reduce((sum, score) => sum + score, 0) / Math.max(1, best.length);
}

function shrunk(values: readonly { weight: number; value: number }[], prior: number): number {
  const weight = values.reduce((sum, one) => sum + one.weight, 0);
  const sum = values.reduce((total, one) => total + one.weight * one.value, 0);
  return (sum + priorWeight * prior) / (weight + priorWeight);
}

function voteOn(approach: Approach, voters: readonly Voter[], neutral: number): Vote {
  let prediction = neutral;
  let evidence = 0;
  for (const level of levels) {
    const matches = level(approach);
    const values = voters.flatMap(({ weight, outcomes }) => {
      const own = outcomes.filter(matches);
      return own.length === 0 ? [] : [{ weight, value: Math.max(...own.map(({ score }) => score)) }];
    });
    prediction = shrunk(values, prediction);
    evidence = Math.max(
      evidence,
      values.reduce((sum, { weight }) => sum + weight, 0),
    );
  }
  return { approach: approach.name, prediction, neutral, evidence, reason: reasonOf(approach, voters) };
}

/** Of the very same approach where it was tried, else of its family. */
function reasonOf({ name, family }: Approach, voters: readonly Voter[]): string | null {
  const same = tally(voters, (outcome) => outcome.approach === name && outcome.family === family, isDraft);
  if (same !== null) return `${name} ${same}`;
  const like = tally(
    voters,
    (outcome) => outcome.family === family,
    () => true,
  );
  return like === null ? null : `the family ${family} ${like}`;
}

function isDraft({ operator }: Outcome): boolean {
  return operator === 'draft';
}

function tally(
  voters: readonly Voter[],
  isMine: (outcome: Outcome) => boolean,
  isRival: (outcome: Outcome) => boolean,
): string | null {
  const met = voters.flatMap(({ likeness, outcomes }) => {
    const mine = outcomes.filter(isMine).map(({ score }) => score);
    if (mine.length === 0) return [];
    const rivals = outcomes.filter((one) => isRival(one) && !isMine(one)).map(({ score }) => score);
    return [{ likeness, hasWon: Math.max(...mine) > Math.max(0, ...rivals) }];
  });
  if (met.length === 0) return null;
  const wins = met.filter(({ hasWon }) => hasWon).length;
  const likeness = met.reduce((sum, one) => sum + one.likeness, 0) / met.length;
  const competitions = met.length === 1 ? 'alike competition' : 'alike competitions';
  return `won in ${wins} of ${met.length} ${competitions} (likeness ${likeness.toFixed(2)})`;
}

const shownVoters = 4;

/**
 * Which drafts won in the most alike earlier competitions, for whoever proposes approaches.
 * @returns null without such competitions
 */
export function winnersOf(
  outcomes: readonly Outcome[],
  profile: ProfileVector,
  competitionId: string,
): { text: string; evidence: string } | null {
  const voters = votersOf(outcomes, profile, competitionId).slice(0, shownVoters);
  if (voters.length === 0) return null;
  const wins = new Map<string, number>();
  for (const { outcomes: own } of voters) {
    const [first] = own.filter(isDraft).toSorted((a, b) => b.score - a.score);
    if (first !== undefined) wins.set(first.approach, 1 + (wins.get(first.approach) ?? 0));
  }
  const named = [...wins].sort((a, b) => b[1] - a[1] || a[0].localeCompare(b[0]));
  return {
    text: `Drafts that won in the most alike earlier competitions: ${named.map(([name, count]) => `${name} (${count} of ${voters.length})`).join(', ')}.`,
    evidence: voters
      .map(({ competition, likeness }) => `${competition} (likeness ${likeness.toFixed(2)})`)
      .join(', '),
  };
}

const mostSources = 20;

/**
 * The approach with its expected gain moved by the vote: a part of the way to 1 where it is expected to do better than
 * something unknown, to 0 where worse, as far as the vote says. The reason stands among its sources.
 */
export function withVote(approach: Approach, vote: Vote): Approach {
  if (vote.reason === null) return approach;
  const gain = approach.expectedGain;
  const pull = vote.prediction - vote.neutral;
  const moved = pull > 0 ? gain + pull * (1 - gain) : gain + pull * gain;
  const title = `Earlier competitions: ${vote.reason}`;
  return {
    ...approach,
    expectedGain: Math.min(1, Math.max(0, moved)),
    sources: [{ title }, ...approach.sources.filter((source) => source.title !== title)].slice(
      0,
      mostSources,
    ),
  };
}
