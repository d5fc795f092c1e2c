import { SystemFailure } from '../../domain/errors.ts';
import type { ComputeProvider } from './contract.ts';
import { createVastCalls, type VastCallOptions } from './vast-calls.ts';
import { createVastList } from './vast-list.ts';
import { createVastMachines } from './vast-machines.ts';
import { createVastMoney } from './vast-money.ts';
import { createVastOffers } from './vast-offers.ts';
import { createVastPace } from './vast-pace.ts';
import { type VastKind, vastKinds } from './vast-query.ts';
import { createVastRent } from './vast-rent.ts';
import { type VastPatience, vastPatience } from './vast-state.ts';
import { createVastStop } from './vast-stop.ts';

export type VastOptions = Omit<VastCallOptions, 'pace'> & {
  /** `ka-<8 hex of the installation>-`: what tells our machines from others on the same account. */
  labelPrefix: string;
  /** 0 (inclusive) to 1, for the jitter. */
  random: () => number;
  /** Both, unless one is not wanted. */
  kinds?: readonly VastKind[];
  patience?: VastPatience;
  /** Of the gaps between calls; tests shorten them. */
  paceScale?: number;
  /** Between two looks at the list, while a machine comes or goes. */
  lookGapMs?: number;
};

const usualLookGapMs = 3_000;

/**
 * Rents machines of Vast.ai, a market of other people's computers. The policy's time for one attempt is ours to set:
 * a call waits for its turn inside it. What keeps the promise of the price: offers are priced with disk and traffic, a
 * machine that turns out dearer is given back at once, and each destroys itself at its end.
 * Source: docs.vast.ai, API reference.
 */
export function createVastCompute(options: VastOptions): Required<ComputeProvider> {
  const { labelPrefix, now, random, baseUrl } = options;
  const { lookGapMs = usualLookGapMs, patience = vastPatience, kinds = vastKinds, paceScale = 1 } = options;
  const calls = createVastCalls({ ...options, pace: createVastPace({ random, scale: paceScale }) });
  const machines = createVastMachines(calls);
  const money = createVastMoney({ calls, now });
  const stop = createVastStop({ machines, labelPrefix, lookGapMs });
  const rent = createVastRent({ calls, machines, stop, baseUrl, now, lookGapMs });
  const offers = createVastOffers({ calls, kinds });
  const list = createVastList({
    machines,
    labelPrefix,
    patience,
    now,
    // A balance that cannot be read now is taken for one: being outbid is the usual reason.
    hasCredit: (signal) =>
      money.account(signal).then(
        ({ balanceUsd }) => balanceUsd === null || balanceUsd > 0,
        () => true,
      ),
  });

  return {
    name: 'vast',
    isRented: true,
    offers: (request, { signal }) => offers(request, signal),
    async start(spec, { signal }) {
      if (!spec.key.startsWith(labelPrefix)) throw notOurs(spec.key);
      return await rent(spec, signal);
    },
    list: ({ signal }) => list(signal),
    stop: (instanceId, { signal }) => stop(instanceId, signal),
    bill: (keys, { signal }) => money.bill(keys, signal),
    account: ({ signal }) => money.account(signal),
  };
}

/** Nobody would find it again. */
function notOurs(key: string): SystemFailure {
  return new SystemFailure('A machine at Vast.ai was nearly rented under a name that is not ours.', {
    code: 'compute.not_ours',
    details: { key, surelyNothingHappened: true },
  });
}
