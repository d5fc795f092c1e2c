import { bestPublic } from './agreement.ts';
import { isWithinError, type PickableSubmission, pickFinal, rankBy, robustScore } from './final-pick.ts';
import type { MetricName } from './metrics/catalog.ts';

/** Kaggle lets a team select that many, and counts the better one on the private board. */
export const mostSelected = 2;

export type SelectableSubmission = PickableSubmission & {
  publicScore: number | null;
  /** How many runs it was blended from. */
  memberCount: number;
};

export type FinalPick<Candidate> = {
  submission: Candidate;
  /** Best by cross-validation and its confirmation; most unlike that one; best on the public board. */
  role: 'robust' | 'diverse' | 'public';
  /** Of its predictions with the first pick's, -1 to 1; null for the first, or where it is not known. */
  correlation: number | null;
};

/** Submissions that the second pick may be: as good as the first by all that is known, in the order of their making. */
export function equalsOf<Candidate extends SelectableSubmission>(
  first: Candidate,
  submissions: readonly Candidate[],
): Candidate[] {
  return submissions.filter(
    (one) => one.key !== first.key && one.status === 'scored' && isWithinError(first, one),
  );
}

/**
 * The two submissions that should count at the end. First: the best by cross-validation and its confirmation.
 * Second: of those within its standard error the one whose predictions differ most from it, the simpler one of
 * equals; where cross-validation and leaderboard disagree, the best public one as a hedge; where nothing is that
 * near, the next best.
 * @param correlations of predictions with the first pick's, by key
 * @returns fewer than two where fewer were scored
 */
export function proposeFinal<Candidate extends SelectableSubmission>(
  metric: MetricName,
  submissions: readonly Candidate[],
  { correlations, disagrees }: { correlations: ReadonlyMap<string, number>; disagrees: boolean },
): FinalPick<Candidate>[] {
  const first = pickFinal(metric, submissions);
  if (first === null) return [];
  const picks: FinalPick<Candidate>[] = [{ submission: first, role: 'robust', correlation: null }];
  const others = submissions.filter((one) => one.key !== first.key && one.status === 'scored');
  const hedge = disagrees ? bestPublic(metric, others) : null;
  if (hedge !== null) return [...picks, pickOf(hedge, 'public', correlations)];
  const different = mostDifferent(metric, equalsOf(first, others), correlations);
  if (different !== null) return [...picks, pickOf(different, 'diverse', correlations)];
  const [next] = rankBy(metric, others, robustScore);
  return next === undefined ? picks : [...picks, pickOf(next, 'robust', correlations)];
}

function pickOf<Candidate extends SelectableSubmission>(
  submission: Candidate,
  role: FinalPick<Candidate>['role'],
  correlations: ReadonlyMap<string, number>,
): FinalPick<Candidate> {
  return { submission, role, correlation: correlations.get(submission.key) ?? null };
}

function mostDifferent<Candidate extends SelectableSubmission>(
  metric: MetricName,
  candidates: readonly Candidate[],
  correlations: ReadonlyMap<string, number>,
): Candidate | null {
  // Not known counts as the same: what is surely different goes first.
  const likeness = ({ key }: Candidate) => correlations.get(key) ?? 1;
  const bestFirst = rankBy(metric, candidates, robustScore);
  const [most] = bestFirst.toSorted((a, b) => likeness(a) - likeness(b) || a.memberCount - b.memberCount);
  return most ?? null;
}

/** What Kaggle counts where nobody selects anything: the best by public score. */
export function automaticPicks<Candidate extends SelectableSubmission>(
  metric: MetricName,
  submissions: readonly Candidate[],
): Candidate[] {
  const scored = submissions.filter(({ status }) => status === 'scored');
  const first = bestPublic(metric, scored);
  if (first === null) return [];
  const second = bestPublic(
    metric,
    scored.filter(({ key }) => key !== first.key),
  );
  return second === null ? [first] : [first, second];
}

/**
 * The numbers of a list that somebody wrote: "1 and 3", "２、３", "#4". Null where that is not one or two of them.
 * @param count of lines in the list, numbered from 1
 */
export function chosenNumbers(text: string, count: number): number[] | null {
  const numbers = (text.normalize('NFKC').match(/\d+/g) ?? []).map(Number);
  const chosen = [...new Set(numbers)];
  const areListed = chosen.every((number) => number >= 1 && number <= count);
  return chosen.length >= 1 && chosen.length <= mostSelected && areListed ? chosen : null;
}
