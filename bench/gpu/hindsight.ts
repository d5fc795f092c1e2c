import { chooseOffer, type RunDemand } from '../../src/domain/gpu/choose-offer.ts';
import { type OfferFacts, scriptSeconds } from '../../src/domain/gpu/expected-cost.ts';
import { createRandom, type Random } from '../../src/domain/random.ts';

/** What a chosen machine cost in the end, and the cheapest of those that could have been chosen. In US dollars. */
export type Judged = { chosenUsd: number; cheapestPerHourUsd: number; bestUsd: number };

const gib = 2 ** 30;
const secondsPerHour = 3_600;
const runSeconds = 12 * secondsPerHour;
const money = { perHourUsd: 0.15, usd: 3.6 };
/** Nobody goes on for ever: what is interrupted so often has cost enough to be no choice. */
const mostInterruptions = 200;

/** Source: shared price lists of 2026; high and batch priority, $/h. */
const saladClasses = [
  ['RTX 3090', 24, 0.25, 0.09],
  ['RTX 3060', 12, 0.08, 0.04],
  ['RTX 3060', 8, 0.08, 0.03],
  ['RTX 4090', 24, 0.3, 0.16],
  ['RTX 3080', 10, 0.15, 0.05],
  ['RTX 4060 Ti', 16, 0.14, 0.06],
] as const;
const saladInterruptions = { high: 0.05, batch: 0.15 } as const;
const saladStartSeconds = 600;
/** $/h on demand, around which hosts ask. */
const vastCards = [
  ['RTX 3060', 12, 0.065],
  ['RTX 3080', 10, 0.09],
  ['RTX 3090', 24, 0.14],
  ['RTX 4070', 12, 0.11],
  ['RTX A4000', 16, 0.09],
  ['RTX 4060 Ti', 16, 0.09],
] as const;
const vastHosts = 12;
const bidShare = 0.65;
const diskUsdPerHour = 0.006;

/**
 * A market as both vendors have it, a run of some length, and then what really happens: hosts are slower or faster than their
 * cards, start-ups longer or shorter, interruptions fall where they fall, the same for every choice. SaladCloud bills no
 * start-up. @returns null where nothing may be had within the caps
 */
export function judgeChoice(seed: number): Judged | null {
  const random = createRandom(`hindsight ${seed}`);
  const offers = [...saladOffers(random), ...vastOffers(random)];
  const demand = demandOf(random);
  const { ranked } = chooseOffer(demand, offers, money);
  const [chosen] = ranked;
  if (chosen === undefined) return null;
  // How long it takes is not what was expected, and everybody is as wrong.
  const work = { ...demand, seconds: (demand.seconds ?? secondsPerHour) * spread(random, 0.3) };
  const costs = new Map(
    ranked.map(({ offer }) => [
      offer,
      realUsd(work, offer, createRandom(`${seed} ${offers.indexOf(offer)}`)),
    ]),
  );
  const cheapest = ranked.reduce((a, b) => (b.offer.pricePerHourUsd < a.offer.pricePerHourUsd ? b : a));
  return {
    chosenUsd: costs.get(chosen.offer) ?? 0,
    cheapestPerHourUsd: costs.get(cheapest.offer) ?? 0,
    bestUsd: Math.min(...costs.values()),
  };
}

function realUsd(work: RunDemand, offer: OfferFacts, random: Random): number {
  const rate = offer.interruptionsPerHour / secondsPerHour;
  const plain = scriptSeconds(work, offer, runSeconds) / spread(random, 0.15);
  const start = () => offer.startupSeconds * spread(random, 0.4);
  const startShare = offer.hasFreeStartup === true ? 0 : 1;
  let [left, billed] = [plain, start() * startShare];
  for (let count = 0; count < mostInterruptions; count += 1) {
    const until = rate <= 0 ? Number.POSITIVE_INFINITY : -Math.log(1 - random()) / rate;
    if (until >= left) return ((billed + left) / secondsPerHour) * offer.pricePerHourUsd + offer.transferUsd;
    const segment = work.checkpointSeconds ?? Number.POSITIVE_INFINITY;
    left -= segment === Number.POSITIVE_INFINITY ? 0 : Math.floor(until / segment) * segment;
    billed += until + start() * startShare;
  }
  return (billed / secondsPerHour) * offer.pricePerHourUsd;
}

function demandOf(random: Random): RunDemand {
  return {
    // From some minutes to hours on the reference card; some are measured by nobody.
    seconds: random() < 0.15 ? null : 120 * 100 ** random(),
    usesGpu: true,
    checkpointSeconds: random() < 0.5 ? 600 : null,
    gpuMemoryBytes: (random() < 0.7 ? 8 : 12) * 1e9,
    memoryBytes: 8e9,
    timeLimitSeconds: runSeconds,
    deadlineSeconds: 24 * secondsPerHour,
    overheadSeconds: 1_200,
  };
}

function saladOffers(random: Random): OfferFacts[] {
  return saladClasses.flatMap(([name, gigabytes, high, batch]) =>
    (['high', 'batch'] as const)
      // Not every class is free at every moment.
      .filter(() => random() < 0.7)
      .map((priority) => ({
        ...anOffer('saladcloud', name, gigabytes),
        pricePerHourUsd: priority === 'high' ? high : batch,
        startupSeconds: saladStartSeconds,
        hasFreeStartup: true,
        interruptionsPerHour: saladInterruptions[priority],
      })),
  );
}

function vastOffers(random: Random): OfferFacts[] {
  return Array.from({ length: vastHosts }, (_, host) => {
    const [name, gigabytes, usd] = vastCards[Math.floor(random() * vastCards.length)] ?? vastCards[0];
    const reliability = 0.95 + 0.049 * random();
    const price = usd * spread(random, 0.25);
    const megabits = 200 + 800 * random();
    const facts = {
      ...anOffer('vast', name, gigabytes),
      transferUsd: 0.02 * random(),
      startupSeconds: 90 + (4e9 * 8) / (megabits * 5e5),
      node: `${host}`,
    };
    const failures = (1 - reliability) / reliability;
    return [
      { ...facts, pricePerHourUsd: price + diskUsdPerHour, interruptionsPerHour: failures },
      { ...facts, pricePerHourUsd: price * bidShare + diskUsdPerHour, interruptionsPerHour: failures + 0.1 },
    ];
  }).flat();
}

function anOffer(provider: string, name: string, gigabytes: number): OfferFacts {
  return {
    provider,
    title: `${name} (${gigabytes} GB)`,
    pricePerHourUsd: 0,
    transferUsd: 0,
    gpu: { name, memoryBytes: gigabytes * gib },
    cpuCores: 4,
    memoryBytes: 16e9,
    startupSeconds: 0,
    interruptionsPerHour: 0,
    node: null,
  };
}

/** Around one, by so many times either way as a rule. */
function spread(random: Random, deviation: number): number {
  const normal = Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  return Math.exp(deviation * normal);
}
