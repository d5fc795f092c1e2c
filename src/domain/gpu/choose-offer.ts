import {
  type Expectation,
  expectRun,
  type OfferFacts,
  type RunWork,
  scriptSeconds,
} from './expected-cost.ts';

/** What a run needs of a machine, and what it may cost. */
export type RunDemand = RunWork & {
  /** On a graphics card: of its memory. 0: any card does. */
  gpuMemoryBytes: number;
  memoryBytes: number;
  /** Wall time of the script on any machine. */
  timeLimitSeconds: number;
  /** Until the stage's time is over. */
  deadlineSeconds: number;
  /** Around the script's own time: what is reserved beside the time limit. */
  overheadSeconds: number;
};

/** What is left of the caps, in US dollars. */
export type MoneyLeft = { perHourUsd: number; usd: number };

export const rejections = [
  'gpu_useless',
  'too_small',
  'failed_here',
  'over_rate',
  'over_budget',
  'too_slow',
] as const;
export type Rejection = (typeof rejections)[number];

export type Considered<O> = { offer: O; expected: Expectation /** Reserved for it. */; worstUsd: number };

export type OfferChoice<O> = {
  /** Best first; the first one is taken, the others follow where it is gone. Empty: nothing may be started now. */
  ranked: Considered<O>[];
  /** True where even the best is expected to end after the deadline. */
  isLate: boolean;
  rejected: { offer: O; why: Rejection }[];
};

const secondsPerHour = 3_600;

/**
 * Ranks machines for a run by the expected cost to its completion: those that are expected to end before the deadline
 * come first, the cheapest before the dearer one, the sooner one before the later at the same cost. What would cross a cap
 * in its worst case, or cannot end within the time limit, is left out. A machine that costs nothing and fits is
 * therefore always first.
 * @param denied physical machines on which this run, or several others, have failed
 */
export function chooseOffer<O extends OfferFacts>(
  demand: RunDemand,
  offers: readonly O[],
  money: MoneyLeft,
  denied: ReadonlySet<string> = new Set(),
): OfferChoice<O> {
  const choice: OfferChoice<O> = { ranked: [], isLate: false, rejected: [] };
  for (const offer of offers) {
    const worstUsd = worstCostUsd(demand, offer);
    const why = rejectionOf(demand, offer, money, worstUsd, denied);
    if (why !== null) choice.rejected.push({ offer, why });
    else {
      choice.ranked.push({ offer, expected: expectRun(demand, offer, demand.timeLimitSeconds), worstUsd });
    }
  }
  const isInTime = ({ expected }: Considered<O>) => expected.seconds <= demand.deadlineSeconds;
  choice.ranked.sort((a, b) => compare(a, b, isInTime));
  const [best] = choice.ranked;
  choice.isLate = best !== undefined && !isInTime(best);
  return choice;
}

/** What has to be reserved: the price over the whole time that the run may take. */
export function worstCostUsd(
  demand: Pick<RunDemand, 'timeLimitSeconds' | 'overheadSeconds'>,
  offer: Pick<OfferFacts, 'pricePerHourUsd' | 'transferUsd'>,
): number {
  const hours = (demand.timeLimitSeconds + demand.overheadSeconds) / secondsPerHour;
  return offer.pricePerHourUsd * hours + offer.transferUsd;
}

function rejectionOf(
  demand: RunDemand,
  offer: OfferFacts,
  money: MoneyLeft,
  worstUsd: number,
  denied: ReadonlySet<string>,
): Rejection | null {
  const isFree = offer.pricePerHourUsd === 0 && offer.transferUsd === 0;
  if (!demand.usesGpu && offer.gpu !== null && !isFree) return 'gpu_useless';
  if (offer.memoryBytes < demand.memoryBytes) return 'too_small';
  if (demand.usesGpu && offer.gpu !== null && offer.gpu.memoryBytes < demand.gpuMemoryBytes)
    return 'too_small';
  if (offer.node !== null && denied.has(`${offer.provider}/${offer.node}`)) return 'failed_here';
  if (offer.pricePerHourUsd > money.perHourUsd) return 'over_rate';
  if (worstUsd > money.usd) return 'over_budget';
  // A script of which nobody knows how long it takes is tried.
  if (demand.seconds !== null && scriptSeconds(demand, offer, 0) > demand.timeLimitSeconds) return 'too_slow';
  return null;
}

function compare<O>(
  a: Considered<O>,
  b: Considered<O>,
  isInTime: (considered: Considered<O>) => boolean,
): number {
  const late = Number(!isInTime(a)) - Number(!isInTime(b));
  if (late !== 0) return late;
  // Too late anyway: the sooner the better.
  if (!isInTime(a)) return a.expected.seconds - b.expected.seconds;
  return a.expected.usd - b.expected.usd || a.expected.seconds - b.expected.seconds;
}
