import { machineSpeed } from './gpu-speed.ts';

/** A machine that could be started now, as far as it decides; the compute contract's `Offer` has more. */
export type OfferFacts = {
  /** Name of its provider. */
  provider: string;
  /** As people read it: `RTX 3060 (12 GB), batch`. */
  title: string;
  /** With everything that is billed by the hour (disk too). */
  pricePerHourUsd: number;
  /** Billed once, for what is moved over the network. */
  transferUsd: number;
  gpu: { name: string; memoryBytes: number } | null;
  cpuCores: number;
  memoryBytes: number;
  /** Usual time from start to the first heartbeat; includes fetching an image of usual size. */
  startupSeconds: number;
  /** The vendor bills from the start of the container on, not from the order. Left out: it may bill the start-up too. */
  hasFreeStartup?: boolean;
  /** Expected interruptions an hour: machines that are taken away or go offline. */
  interruptionsPerHour: number;
  /** The physical machine, where the vendor names it: one that failed is not taken again for the same job. */
  node: string | null;
};

/** How much work a run is. */
export type RunWork = {
  /** On a machine of speed 1 (`machineSpeed`); null: nobody has measured it. */
  seconds: number | null;
  /** It is faster on a graphics card. */
  usesGpu: boolean;
  /** From one checkpoint in the store to the next; null: an interrupted run begins anew. */
  checkpointSeconds: number | null;
};

/** What a run is expected to be on one machine. */
export type Expectation = {
  /** From the order to the result, interruptions included. */
  seconds: number;
  /** Of which the machine is there: all but the waiting. */
  usd: number;
  /** That no interruption comes between. */
  undisturbed: number;
};

const secondsPerHour = 3_600;
/** A run that nobody has measured is taken for one that needs this share of its time limit. */
const unmeasuredShare = 0.5;

/** Seconds of the script alone on a machine, without interruptions. */
export function scriptSeconds(work: RunWork, offer: OfferFacts, timeLimitSeconds: number): number {
  if (work.seconds === null) return timeLimitSeconds * unmeasuredShare;
  return work.seconds / machineSpeed(offer, work.usesGpu);
}

/**
 * The expected time and cost to completion: a run in segments of a checkpoint each, interrupted at random, every
 * interruption losing the segment and needing the start-up anew. The start-up is paid for unless the vendor gives it away.
 * Source: J. T. Daly, A higher order estimate of the optimum checkpoint interval (2006), the expected time of work in
 * segments under exponential failures.
 */
export function expectRun(work: RunWork, offer: OfferFacts, timeLimitSeconds: number): Expectation {
  const plain = scriptSeconds(work, offer, timeLimitSeconds);
  const rate = offer.interruptionsPerHour / secondsPerHour;
  const segment = Math.min(plain, work.checkpointSeconds ?? plain);
  const from = (startupSeconds: number) =>
    startupSeconds +
    (rate <= 0 || plain <= 0 ? plain : withInterruptions(plain, segment, rate, startupSeconds));
  const seconds = from(offer.startupSeconds);
  const paidSeconds = offer.hasFreeStartup === true ? from(0) : seconds;
  return {
    seconds,
    usd: (paidSeconds / secondsPerHour) * offer.pricePerHourUsd + offer.transferUsd,
    undisturbed: Math.exp(-rate * plain),
  };
}

function withInterruptions(plain: number, segment: number, rate: number, startupSeconds: number): number {
  const restart = Math.exp(Math.min(rate * startupSeconds, 50));
  return (restart * Math.expm1(Math.min(rate * segment, 50)) * (plain / segment)) / rate;
}
