import { compareCandidates } from './compare.ts';
import type { MetricName } from './metrics/catalog.ts';
import { isBetter } from './metrics/score.ts';

/** What is known of one training run when the next ones are planned. */
export type PlannedRun = {
  codeId: string;
  round: number;
  purpose: 'search' | 'confirm' | 'final';
  seed: number;
  foldAssignment: number;
  status: 'planned' | 'running' | 'succeeded' | 'failed' | 'cancelled';
  scores: { cv: number; folds: readonly number[] } | null;
};

export type NextRun = Pick<PlannedRun, 'codeId' | 'purpose' | 'seed' | 'foldAssignment'>;

export type TrainingSituation = {
  metric: MetricName;
  round: number;
  /** Scripts of this round that passed their checks, best rank first. */
  readyCodes: readonly string[];
  runs: readonly PlannedRun[];
  /** The round's best is submitted and nothing follows: what is left is the fit on every labelled row. */
  isLastRound: boolean;
  hasGate: boolean;
  /** Scripts whose predictions the chosen blend uses; empty while nothing is chosen. */
  blendCodes: readonly string[];
  /** No time for repeats. */
  isShortOfTime: boolean;
  /** More repeats of the best, asked for by a person instead of another approach. */
  extraRepeats: number;
};

export const searchSeed = 42;
/** Stands for "every labelled row" where a fold assignment is asked for. */
export const finalAssignment = -1;
/** A new best is repeated with another seed on the same folds, and with another seed on other folds. */
const confirmations = [
  { seed: 43, foldAssignment: 1 },
  { seed: 44, foldAssignment: 0 },
] as const;

function confirmationsOf(extraRepeats: number): { seed: number; foldAssignment: number }[] {
  const more = Array.from({ length: extraRepeats }, (_, index) => {
    return { seed: searchSeed + confirmations.length + 1 + index, foldAssignment: index % 2 };
  });
  return [...confirmations, ...more];
}

/** The succeeded search run with the best score; ties go to the earlier one. */
export function bestSearchRun<Run extends PlannedRun>(metric: MetricName, runs: readonly Run[]): Run | null {
  let best: Run | null = null;
  for (const run of runs) {
    if (run.purpose !== 'search' || run.status !== 'succeeded' || run.scores === null) continue;
    if (best?.scores == null || isBetter(metric, run.scores.cv, best.scores.cv)) best = run;
  }
  return best;
}

function searchRuns({ readyCodes, runs }: TrainingSituation): NextRun[] {
  const known = new Set(
    runs.filter((run) => run.purpose === 'search' && run.status !== 'cancelled').map((run) => run.codeId),
  );
  return readyCodes
    .filter((codeId) => !known.has(codeId))
    .map((codeId) => ({ codeId, purpose: 'search', seed: searchSeed, foldAssignment: 0 }));
}

function missing(runs: readonly PlannedRun[], wanted: readonly NextRun[]): NextRun[] {
  return wanted.filter(
    (next) =>
      !runs.some(
        (run) =>
          run.codeId === next.codeId &&
          run.purpose === next.purpose &&
          run.seed === next.seed &&
          run.foldAssignment === next.foldAssignment &&
          run.status !== 'cancelled',
      ),
  );
}

/**
 * The runs that the training stage still needs, in three steps: each new script once; the best one again, with
 * other seeds and other folds, when it is not beaten by an earlier one; and in the last round, where a gate was
 * held back, the blend's scripts on every labelled row. Empty: the stage is done.
 */
export function nextTraining(situation: TrainingSituation): NextRun[] {
  const { metric, runs, isLastRound, hasGate, blendCodes, isShortOfTime, extraRepeats } = situation;
  const search = searchRuns(situation);
  if (search.length > 0) return search;
  const best = bestSearchRun(metric, runs);
  if (best === null) return [];
  if (!isShortOfTime) {
    const repeats = missing(
      runs,
      confirmationsOf(extraRepeats).map((confirmation) => ({
        codeId: best.codeId,
        purpose: 'confirm',
        ...confirmation,
      })),
    );
    if (repeats.length > 0) return repeats;
  }
  if (!isLastRound || !hasGate) return [];
  return missing(
    runs,
    blendCodes.map((codeId) => ({
      codeId,
      purpose: 'final',
      seed: searchSeed,
      foldAssignment: finalAssignment,
    })),
  );
}

/** How a round's best search run compares with the best before it, pair by pair on the same folds. */
export function judgeRound(
  metric: MetricName,
  runs: readonly PlannedRun[],
  round: number,
): 'first' | 'better' | 'tie' | 'worse' | 'nothing' {
  const mine = bestSearchRun(
    metric,
    runs.filter((run) => run.round === round),
  );
  const before = bestSearchRun(
    metric,
    runs.filter((run) => run.round < round),
  );
  if (mine?.scores == null) return 'nothing';
  if (before?.scores == null) return 'first';
  return compareCandidates(before.scores.folds, mine.scores.folds, metric).verdict;
}
