import type { Considered, MoneyLeft, OfferChoice, Rejection } from './choose-offer.ts';
import type { OfferFacts } from './expected-cost.ts';
import type { OfferInReason, ReasonOf } from './run-reason.ts';

const titles: Readonly<Record<string, string>> = { saladcloud: 'SaladCloud', vast: 'Vast.ai' };

/** A provider as people know it; other names are machines of their own. */
export function providerTitle(name: string): string {
  if (name === 'local') return 'this machine';
  return titles[name] ?? name.replace(/^local /, '');
}

/** Why this machine. @returns null where nothing was chosen */
export function explainChoice<O extends OfferFacts>({
  ranked,
  isLate,
}: OfferChoice<O>): ReasonOf<'chosen'> | null {
  const [best, ...others] = ranked;
  if (best === undefined) return null;
  const next = others.find(
    ({ offer }) => offer.provider !== best.offer.provider || offer.title !== best.offer.title,
  );
  return {
    code: 'chosen',
    best: inReason(best),
    because: isLate ? 'late' : next === undefined ? 'only' : 'cheapest',
    count: ranked.length,
    next: next === undefined ? null : inReason(next),
  };
}

function inReason<O extends OfferFacts>({ offer, expected }: Considered<O>): OfferInReason {
  const { provider, title, pricePerHourUsd: usdPerHour } = offer;
  return { provider, title, usdPerHour, seconds: expected.seconds, usd: expected.usd };
}

/** What was asked of the vendors, who offer nothing less. */
export type Wanted = { minMemoryBytes: number; minDiskBytes: number; gpu: { minMemoryBytes: number } | null };

/** Why nothing is started. */
export function explainNoOffer<O extends OfferFacts>(
  { rejected }: OfferChoice<O>,
  money: MoneyLeft,
  { gpu, minMemoryBytes: memoryBytes, minDiskBytes: diskBytes }: Wanted,
): ReasonOf<'none_offered' | 'none_fits'> {
  const usdPerHour = Number.isFinite(money.perHourUsd) ? money.perHourUsd : null;
  if (rejected.length === 0) {
    const gpuMemoryBytes = gpu === null ? null : gpu.minMemoryBytes;
    return { code: 'none_offered', gpuMemoryBytes, memoryBytes, diskBytes, usdPerHour };
  }
  const counts = new Map<Rejection, number>();
  for (const { why } of rejected) counts.set(why, (counts.get(why) ?? 0) + 1);
  return {
    code: 'none_fits',
    rejected: [...counts].map(([why, count]) => ({ why, count })),
    usdPerHour,
    usd: Number.isFinite(money.usd) ? money.usd : null,
  };
}

/** Cents, and more digits where there would be none to see. */
export function dollars(usd: number): string {
  const digits = usd > 0 && usd < 0.095 ? 3 : 2;
  return `$${usd.toFixed(digits).replace(/(\.\d\d)0$/, '$1')}`;
}
