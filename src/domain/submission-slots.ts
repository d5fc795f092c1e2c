import type { MetricName } from './metrics/catalog.ts';
import { scoreGain } from './metrics/score.ts';

/** Submissions that are sent whatever they gain: they show how cross-validation and leaderboard go together. */
const firstOnes = 3;
/** A gain of so many standard errors is more than chance. */
const worthyErrors = 2;
/** With more than this left of the day nothing is scarce, and a round's best is sent whatever it gains. */
const scarceBelow = 2;
/** From this many a day on, one of them is kept for what comes late. */
const reserveFrom = 3;
const reserved = 1;

/** Why a candidate is not sent now: the same sentences that the locales translate. */
export const holdReasons = {
  used_up:
    "Today's submissions are used up; it is sent when the next ones count, if nothing better has come by then.",
  reserved: 'The last submission of the day is kept in reserve; this one waits for the next day.',
  small_gain: 'Its gain is within chance and few submissions are left today; it waits until there are more.',
} as const;
export type HoldReason = keyof typeof holdReasons;

/** Why one that waited, or would have to, is not sent any more; translated like those. */
export const dropReasons = {
  overtaken: 'A clearly better candidate has come since, so sending this one would only use up a submission.',
  over: 'The competition was over before a submission was free.',
  stopped: 'The competition was stopped before a submission was free.',
  too_late: "Today's submissions are used up, and the competition ends before the next ones count.",
  held_back: 'A person holds it back: it predicts the test unlike the validation.',
  lost: 'Its file is gone from the object store, so it cannot be sent.',
} as const;

export type SlotSituation = {
  /** As the vendor counts. */
  remainingToday: number;
  usedToday: number;
  /** Accepted so far, of all days. */
  sentSoFar: number;
  /** By cross-validation, over the best that was sent; null where there is nothing to compare. */
  gain: number | null;
  /** Standard error of the candidate's cross-validated score; null when unknown. */
  standardError: number | null;
  /** The last days before the deadline, or our own last round: nothing is held back any more. */
  isFinalWindow: boolean;
  /** Nobody else uses the allowance, and none is needed for emergencies. */
  isPractice: boolean;
};

/** Whether a candidate is worth a submission of today. @returns null where it is sent */
export function holdReasonOf(situation: SlotSituation): HoldReason | null {
  const { remainingToday, usedToday, isFinalWindow, isPractice, sentSoFar } = situation;
  if (remainingToday <= 0) return 'used_up';
  if (isFinalWindow) return null;
  const keepsReserve = !isPractice && remainingToday + usedToday >= reserveFrom;
  const usable = remainingToday - (keepsReserve ? reserved : 0);
  if (usable <= 0) return 'reserved';
  const isWorthy = sentSoFar < firstOnes || isClearGain(situation);
  return isWorthy || usable > scarceBelow ? null : 'small_gain';
}

function isClearGain({ gain, standardError }: Pick<SlotSituation, 'gain' | 'standardError'>): boolean {
  if (gain === null) return true;
  return gain > 0 && gain >= worthyErrors * (standardError ?? 0);
}

export type Candidate = {
  cv: number | null;
  /** `cvSd`: standard deviation between folds. */
  scores: Readonly<Record<string, unknown>>;
};

/** Of a cross-validated mean over so many folds; null when the folds' spread is unknown. */
export function standardErrorOf({ scores }: Pick<Candidate, 'scores'>, foldCount: number): number | null {
  const { cvSd } = scores;
  return typeof cvSd === 'number' && foldCount > 0 ? cvSd / Math.sqrt(foldCount) : null;
}

/** What a candidate gains over the best of the others; null where either has no score. */
export function gainOver(
  metric: MetricName,
  candidate: Pick<Candidate, 'cv'>,
  others: readonly Pick<Candidate, 'cv'>[],
): number | null {
  const { cv } = candidate;
  const gains = others.flatMap((other) =>
    cv === null || other.cv === null ? [] : [scoreGain(metric, other.cv, cv)],
  );
  return gains.length === 0 ? null : Math.min(...gains);
}

/** True where another one, sent or waiting, is better by more than chance: it would only use up a submission. */
export function isOvertaken(
  metric: MetricName,
  candidate: Candidate,
  others: readonly Candidate[],
  foldCount: number,
): boolean {
  const gain = gainOver(metric, candidate, others);
  const error = standardErrorOf(candidate, foldCount);
  return gain !== null && gain < 0 && error !== null && -gain >= worthyErrors * error;
}
