import { setTimeout as wait } from 'node:timers/promises';
import { ConfigurationFailure, Failure, SystemFailure, TransientFailure } from '../../domain/errors.ts';
import { hasSurelyDoneNothing } from '../failure-of.ts';
import type { Started, StartSpec } from './contract.ts';
import { bootArguments } from './vast-boot.ts';
import type { VastCalls } from './vast-calls.ts';
import type { VastMachines } from './vast-machines.ts';
import { readOfferName } from './vast-offers.ts';
import { diskGbFor } from './vast-price.ts';
import { type VastInstance, vastCreatedSchema } from './vast-schemas.ts';

/** A new machine may be missing from the list for some seconds. */
const looksForLostAnswer = 3;
const looksForPrice = 2;
/** Of additions in floating point. */
const roundingUsd = 1e-9;
/** Refusals after which surely nothing runs, and another offer may do. */
const nextOfferCodes = ['vast.offer_gone', 'vast.price_refused', 'vast.spend_rate'];

export type VastRentOptions = {
  calls: VastCalls;
  machines: VastMachines;
  stop: (instanceId: string, signal: AbortSignal) => Promise<void>;
  /** For the machine, which ends itself there. */
  baseUrl: string;
  now: () => Date;
  lookGapMs: number;
};

/**
 * Rents one machine under a key, its label. Vast.ai takes no key of its own against doubles, so the label is looked up
 * first, and again where the answer was lost.
 * Source: vast-ai/docs, create_instance.yaml and guide "creating instances with the API"; vast-cli, instances.py.
 */
export function createVastRent(options: VastRentOptions) {
  const { machines } = options;

  /** The machine with this key; of several the newest, and the others end. */
  async function adopt(key: string, signal: AbortSignal): Promise<VastInstance | null> {
    const [newest = null, ...doubles] = await machines.byLabel(key, signal);
    for (const double of doubles) await options.stop(String(double.id), signal);
    return newest;
  }

  /** It with its price, or the double that came after it. The list may not show it yet. */
  async function lookAt(id: number, key: string, signal: AbortSignal): Promise<VastInstance> {
    for (let look = 0; look < looksForPrice; look += 1) {
      // Called off or not: the machine runs, and its number must reach the caller.
      if (look > 0) await wait(options.lookGapMs, undefined, { signal }).catch(() => undefined);
      const found = await machines.byLabel(key, signal).catch(() => []);
      // Of doubles the newest stays, whoever looks: two who order at once must not end each other's.
      const newest = found.find((instance) => instance.id >= id);
      for (const double of found.filter((instance) => instance.id < (newest?.id ?? id))) {
        // One that stays is found by the reaper.
        await options.stop(String(double.id), signal).catch(() => undefined);
      }
      if (newest !== undefined) return newest;
    }
    return { id };
  }

  async function findAfterLostAnswer(
    key: string,
    cause: unknown,
    signal: AbortSignal,
  ): Promise<VastInstance> {
    for (let look = 0; look < looksForLostAnswer; look += 1) {
      if (look > 0) await wait(options.lookGapMs, undefined, { signal });
      const found = await adopt(key, signal).catch((error: unknown) => unknown(error, signal));
      if (found !== null) return found;
    }
    // An order that is still on its way cannot be ruled out.
    return unknown(cause, signal);
  }

  /** @throws TransientFailure `compute.no_capacity` for a machine that costs more than was promised */
  async function refuseDearer(instance: VastInstance, spec: StartSpec, signal: AbortSignal): Promise<void> {
    const promised = spec.offer.pricePerHourUsd;
    if (instance.dph_total == null || instance.dph_total <= promised + roundingUsd) return;
    await options.stop(String(instance.id), signal).catch((error: unknown) => unknown(error, signal));
    throw noCapacity('The machine became dearer between its offer and its start, so it was given back.', {
      promisedUsd: promised,
      askedUsd: instance.dph_total,
    });
  }

  async function rent(spec: StartSpec, signal: AbortSignal): Promise<VastInstance> {
    const known = await adopt(spec.key, signal).catch((error: unknown) => unknown(error, signal));
    if (known !== null) return known;
    try {
      const id = await orderMachine(options, spec, signal);
      return await lookAt(id, spec.key, signal);
    } catch (error) {
      if (!mayHaveStarted(error)) throw refusedStart(error);
      return await findAfterLostAnswer(spec.key, error, signal);
    }
  }

  return async (spec: StartSpec, signal: AbortSignal): Promise<Started> => {
    const instance = await rent(spec, signal);
    await refuseDearer(instance, spec, signal);
    const startedAt = instance.start_date == null ? options.now() : new Date(instance.start_date * 1_000);
    return { instanceId: String(instance.id), startedAt };
  };
}

/** @returns the machine's number */
async function orderMachine(
  { calls, baseUrl }: VastRentOptions,
  spec: StartSpec,
  signal: AbortSignal,
): Promise<number> {
  const { ask, bid } = readOfferName(spec.offer.name);
  const { new_contract: id } = await calls({
    name: 'create',
    endpoint: 'create',
    method: 'PUT',
    path: `/api/v0/asks/${ask}/`,
    json: {
      client_id: 'me',
      image: imageOf(spec),
      disk: diskGbFor(spec.diskBytes),
      label: spec.key,
      // No ssh server, and the image's own entry point.
      runtype: 'args',
      args: await bootArguments(spec, baseUrl),
      target_state: 'running',
      // Else a machine that is taken meanwhile becomes one that stands still and costs its disk.
      cancel_unavail: true,
      // Left out, the machine is on demand, even if a bid was searched for.
      ...(bid === null ? {} : { price: bid }),
    },
    answer: vastCreatedSchema,
    idempotent: false,
    signal,
  });
  return id;
}

/** @returns whether a machine may run all the same */
function mayHaveStarted(error: unknown): boolean {
  if (error instanceof TransientFailure) return !hasSurelyDoneNothing(error);
  // Taken, with an answer that nobody can read.
  return (
    error instanceof SystemFailure && ['vast.bad_response', 'vast.response_too_large'].includes(error.code)
  );
}

/** What a start that surely did nothing is for the caller: no room here, or what an operator has to mend. */
function refusedStart(error: unknown): unknown {
  const isNoRoom =
    error instanceof TransientFailure || (error instanceof Failure && nextOfferCodes.includes(error.code));
  return isNoRoom ? noCapacity(error.message, { reason: error.code }, error) : error;
}

function noCapacity(message: string, details: Record<string, unknown>, cause?: unknown): TransientFailure {
  const retryAfterMs = cause instanceof TransientFailure ? cause.retryAfterMs : undefined;
  return new TransientFailure(message, {
    code: 'compute.no_capacity',
    details: { ...details, surelyNothingHappened: true },
    cause,
    retryAfterMs,
  });
}

/** @throws TransientFailure `compute.unknown`, or what an operator has to mend */
function unknown(cause: unknown, signal: AbortSignal): never {
  if (signal.aborted || cause instanceof ConfigurationFailure) throw cause;
  throw new TransientFailure('Whether Vast.ai started a machine is not known yet; it is looked up again.', {
    code: 'compute.unknown',
    cause,
  });
}

/** A name without a tag is refused. Source: docs.vast.ai, "Find and rent". */
function imageOf(spec: StartSpec): string {
  if (spec.image === null) {
    throw new SystemFailure('A rented machine needs a container image.', {
      code: 'compute.incomplete_start',
      details: { surelyNothingHappened: true },
    });
  }
  const [, lastPart = spec.image] = /([^/]*)$/.exec(spec.image) ?? [];
  return /[:@]/.test(lastPart) ? spec.image : `${spec.image}:latest`;
}
