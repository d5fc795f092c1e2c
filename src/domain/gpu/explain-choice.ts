import type { Considered, MoneyLeft, OfferChoice, Rejection } from './choose-offer.ts';
import type { OfferFacts } from './expected-cost.ts';

/** Less would be written as $0.00. */
const leastShownUsd = 0.0005;

const titles: Readonly<Record<string, string>> = { saladcloud: 'SaladCloud', vast: 'Vast.ai' };

/** A provider as people know it; other names are machines of their own. */
export function providerTitle(name: string): string {
  if (name === 'local') return 'this machine';
  return titles[name] ?? name.replace(/^local /, '');
}

/** One machine in words: `RTX 3060 (12 GB), batch on SaladCloud at $0.04/h`. */
export function describeOffer(offer: Pick<OfferFacts, 'provider' | 'title' | 'pricePerHourUsd'>): string {
  if (offer.pricePerHourUsd === 0) return providerTitle(offer.provider);
  return `${offer.title} on ${providerTitle(offer.provider)} at ${dollars(offer.pricePerHourUsd)}/h`;
}

/**
 * Why this machine: `RTX 3060 on SaladCloud at $0.04/h, 3.1 h and $0.12 expected, because …`.
 * @returns null where nothing was chosen
 */
export function explainChoice<O extends OfferFacts>(choice: OfferChoice<O>): string | null {
  const [best, ...others] = choice.ranked;
  if (best === undefined) return null;
  const { offer, expected } = best;
  const head = `${describeOffer(offer)}, ${hours(expected.seconds)}${costOf(best)} expected`;
  return `${head}, because ${reasonOf(best, others, choice.isLate)}.`;
}

function reasonOf<O extends OfferFacts>(
  best: Considered<O>,
  others: readonly Considered<O>[],
  isLate: boolean,
): string {
  const next = others.find(
    ({ offer }) => offer.provider !== best.offer.provider || offer.title !== best.offer.title,
  );
  if (isLate) return 'no machine within the caps ends before the deadline, and this one ends soonest';
  if (best.offer.pricePerHourUsd === 0 && best.offer.transferUsd === 0) {
    return next === undefined ? 'it is free and the run fits' : `it is free; ${compared(next)}`;
  }
  if (next === undefined) return 'it is the only machine to be had within the caps';
  const count = others.length + 1;
  return `it is the cheapest of ${count} to the end of the run; ${compared(next)}`;
}

function compared<O extends OfferFacts>({ offer, expected, ...rest }: Considered<O>): string {
  return `${describeOffer(offer)} would take ${hours(expected.seconds)}${costOf({ offer, expected, ...rest })}`;
}

function costOf<O extends OfferFacts>({ offer, expected }: Considered<O>): string {
  if (offer.pricePerHourUsd === 0 && offer.transferUsd === 0) return '';
  return expected.usd < leastShownUsd ? ' and next to nothing' : ` and ${dollars(expected.usd)}`;
}

const words: Readonly<Record<Rejection, (count: number, money: MoneyLeft) => string>> = {
  gpu_useless: () => 'the run has no use for a graphics card',
  too_small: (count) => `${machines(count)} too small for it`,
  failed_here: (count) => `${count === 1 ? 'on one' : `on ${count}`} it has failed before`,
  over_rate: (count, { perHourUsd }) =>
    `${machines(count)} above the ${dollars(perHourUsd)} an hour that are free`,
  over_budget: (count, { usd }) =>
    `${machines(count)} dearer in the worst case than the ${dollars(usd)} that are free`,
  too_slow: (count) => `${machines(count)} too slow for its time limit`,
};

/** What was asked of the vendors, who offer nothing less. */
export type Wanted = { minMemoryBytes: number; minDiskBytes: number; gpu: { minMemoryBytes: number } | null };

/** Why nothing is started, in one sentence for people. */
export function explainNoOffer<O extends OfferFacts>(
  choice: OfferChoice<O>,
  money: MoneyLeft,
  wanted: Wanted,
): string {
  if (choice.rejected.length === 0) {
    const atMost = Number.isFinite(money.perHourUsd)
      ? ` for at most ${dollars(money.perHourUsd)} an hour`
      : '';
    return `No provider has a machine now with ${needsOf(wanted)}${atMost}.`;
  }
  const counts = new Map<Rejection, number>();
  for (const { why } of choice.rejected) counts.set(why, (counts.get(why) ?? 0) + 1);
  const parts = [...counts].map(([why, count]) => words[why](count, money));
  return `No machine fits: ${parts.join('; ')}.`;
}

function needsOf({ minMemoryBytes, minDiskBytes, gpu }: Wanted): string {
  const card = gpu === null ? [] : [`a graphics card of ${gigabytes(gpu.minMemoryBytes)}`];
  return [...card, `${gigabytes(minMemoryBytes)} of memory and ${gigabytes(minDiskBytes)} of disk`].join(
    ', ',
  );
}

function gigabytes(bytes: number): string {
  return `${Math.ceil(bytes / 1e9)} GB`;
}

function machines(count: number): string {
  return count === 1 ? 'one is' : `${count} are`;
}

function hours(seconds: number): string {
  if (seconds < 90) return `${Math.max(1, Math.round(seconds))} s`;
  if (seconds < 5_400) return `${Math.round(seconds / 60)} min`;
  return `${(seconds / 3_600).toFixed(1)} h`;
}

/** Cents, and more digits where there would be none to see. */
export function dollars(usd: number): string {
  const digits = usd > 0 && usd < 0.095 ? 3 : 2;
  return `$${usd.toFixed(digits).replace(/(\.\d\d)0$/, '$1')}`;
}
