import { type ParameterChange, parameterRanges, viewParameters } from './parameters.ts';
import { createRandom, type Random, shuffled } from './random.ts';
import type { HyperParameters } from './run-contract.ts';

export type SweepSituation = {
  /** What the best approach was trained with. */
  params: HyperParameters;
  /** The same text gives the same tries. */
  seed: string;
  /** How many tries are wanted at most. */
  tries: number;
  /** What one run of it took. */
  runSeconds: number;
  /** Runs side by side. */
  slots: number;
  /** What all training so far took. */
  spentSeconds: number;
  /** Until the competition's own limit; null without one. */
  secondsLeft: number | null;
};

/** More tries on the same folds would find their noise. */
const mostTries = 6;
/** A sweep is small beside what was trained before it, and beside what time is left. */
const shareOfSpent = 0.5;
const shareOfLeft = 0.25;
const mostChanged = 3;
/** Parameters that only make it steadier, or are chosen by its own stopping. */
const untouched: ReadonlySet<string> = new Set(['seeds', 'epochs', 'batch_size']);

/** How many tries there is time for. */
export function triesInTime(situation: SweepSituation): number {
  const { tries, runSeconds, slots, spentSeconds, secondsLeft } = situation;
  const room = Math.min(shareOfSpent * spentSeconds, shareOfLeft * (secondsLeft ?? Number.POSITIVE_INFINITY));
  const each = Math.max(runSeconds, 1) / Math.max(slots, 1);
  return Math.max(0, Math.min(tries, mostTries, Math.floor(room / each)));
}

/**
 * A random search around one point: each try moves up to three numbers by a factor between a half and two, inside the
 * range of what they may be. Random points find what matters with fewer tries than a grid.
 * Source: Bergstra and Bengio, "Random Search for Hyper-Parameter Optimization", JMLR 13 (2012).
 */
export function planSweep(situation: SweepSituation): ParameterChange[][] {
  const tunable = viewParameters(situation.params).filter(
    ({ name, value, min }) =>
      typeof value === 'number' &&
      value > 0 &&
      min !== null &&
      Object.hasOwn(parameterRanges, name) &&
      !untouched.has(name),
  );
  const count = triesInTime(situation);
  if (tunable.length === 0 || count === 0) return [];
  const random = createRandom(situation.seed);
  const tries = Array.from({ length: count }, () =>
    shuffled(tunable, random)
      .slice(0, mostChanged)
      .flatMap((view) => moved(view, random)),
  );
  const texts = tries.map((one) => JSON.stringify(one));
  return tries.filter((one, index) => one.length > 0 && texts.indexOf(texts[index] ?? '') === index);
}

function moved(
  { model, name, value, kind, min, max }: ReturnType<typeof viewParameters>[number],
  random: Random,
): ParameterChange[] {
  if (typeof value !== 'number') return [];
  const wanted = Math.min(max ?? wideOpen, Math.max(min ?? 0, value * 2 ** (2 * random() - 1)));
  const to = kind === 'whole' ? Math.round(wanted) : Number(wanted.toPrecision(3));
  return to === value ? [] : [{ model, name, from: value, to }];
}

const wideOpen = Number.MAX_VALUE;
