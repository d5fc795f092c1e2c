import { expect, test } from 'vitest';
import { chooseOffer, type MoneyLeft } from '../../../src/domain/gpu/choose-offer.ts';
import type { OfferFacts } from '../../../src/domain/gpu/expected-cost.ts';
import { explainChoice, explainNoOffer } from '../../../src/domain/gpu/explain-choice.ts';
import type { RunReason } from '../../../src/domain/gpu/run-reason.ts';
import { sayReason } from '../../../src/domain/gpu/say-reason.ts';
import { aCard, aDemand } from './offers.ts';

const money = { perHourUsd: 0.15, usd: 3.6 };
const wanted = { minMemoryBytes: 8e9, minDiskBytes: 20.5e9, gpu: { minMemoryBytes: 8e9 } };
const cheap = aCard('RTX 3060 (12 GB), batch', 0.04);

function why(
  offers: readonly OfferFacts[],
  { free = money, ...demand }: Partial<ReturnType<typeof aDemand>> & { free?: MoneyLeft } = {},
): string {
  const choice = chooseOffer(aDemand(demand), offers, free);
  return sayReason(explainChoice(choice) ?? explainNoOffer(choice, free, wanted));
}

test('the choice of a machine is explained by its price, its expected time and cost, and what else there was', () => {
  const other = aCard('RTX 3090, on-demand', 0.14, { provider: 'vast', transferUsd: 0.02 });

  expect(why([cheap])).toMatch(/because it is the only machine to be had within the caps\.$/);
  expect(why([cheap, other], { seconds: 4_600 })).toBe(
    'RTX 3060 (12 GB), batch on SaladCloud at $0.04/h, 3.5 h and $0.14 expected, because it is the cheapest of 2 to the end of the run; RTX 3090, on-demand on Vast.ai at $0.14/h would take 82 min and $0.21.',
  );
  expect(why([cheap], { deadlineSeconds: 60 })).toMatch(
    /because no machine within the caps ends before the deadline, and this one ends soonest\.$/,
  );
});

test('what stands in the way of every machine is counted, with the money that is free', () => {
  expect(why([])).toBe(
    'No provider has a machine now with a graphics card of 8 GB, 8 GB of memory and 21 GB of disk for at most $0.15 an hour.',
  );
  expect(why([cheap, aCard('RTX 4090', 0.3), cheap], { memoryBytes: 17e9 })).toBe(
    'No machine fits: too small for it (3).',
  );
  expect(why([cheap, aCard('RTX 4090', 0.3)], { free: { perHourUsd: 0.15, usd: 0.1 } })).toBe(
    'No machine fits: dearer in the worst case than the $0.10 that are free (1); dearer than the $0.15 an hour that are free (1).',
  );
});

test('without any limit on money none is named', () => {
  const unlimited = { perHourUsd: Number.POSITIVE_INFINITY, usd: Number.POSITIVE_INFINITY };
  const reason: RunReason = explainNoOffer(chooseOffer(aDemand(), [], unlimited), unlimited, wanted);

  // It is kept as JSON, which knows no infinity.
  expect(sayReason(JSON.parse(JSON.stringify(reason)))).toMatch(/ and 21 GB of disk\.$/);
});
