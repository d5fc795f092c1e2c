import {
  asFailure,
  ConfigurationFailure,
  Failure,
  SystemFailure,
  TransientFailure,
} from '../../domain/errors.ts';
import { hasSurelyDoneNothing } from '../failure-of.ts';
import type { Started, StartSpec } from './contract.ts';
import type { SaladcloudCalls } from './saladcloud-calls.ts';
import { groupRequest } from './saladcloud-group.ts';
import { type Market, type Priority, priceOf } from './saladcloud-market.ts';
import { isQuotaUsed, readOfferName } from './saladcloud-offers.ts';
import type { Group } from './saladcloud-schemas.ts';

/** A create whose answer is lost, and that has had no effect, is given again: the name makes it safe. */
const mostCreates = 3;
/** Prices are decimals; a difference this small is one of our arithmetic. */
const priceToleranceUsd = 1e-9;
/** What a name that is taken, or was until some minutes ago, answers. 409 is not in the specification, but was seen. */
const nameStatuses = [400, 409];

type StartMeans = {
  calls: SaladcloudCalls;
  market: Market;
  countries: readonly string[];
  now: () => Date;
};

/**
 * Creates the group of this start, or finds the one that an earlier try has made.
 * @throws as `ComputeProvider.start`; `details.surelyNothingHappened` is true on everything that started nothing
 */
export async function startGroup(means: StartMeans, spec: StartSpec, signal: AbortSignal): Promise<Started> {
  const wanted = readOfferName(spec.offer.name);
  if (wanted === null) {
    throw new SystemFailure('This is no offer of SaladCloud.', {
      code: 'compute.bad_offer',
      details: { surelyNothingHappened: true },
    });
  }
  const body = groupRequest(spec, { ...wanted, countries: means.countries }, means.now());
  const earlier = await findGroup(means.calls, spec.key, signal);
  if (earlier !== null) return startedOf(earlier, means.now());
  await requirePrice(means, spec, wanted, signal);
  // A create that was lost may still be on its way, whatever the next one is answered.
  let mayArrive = false;
  for (let round = 1; ; round += 1) {
    try {
      await means.calls.create(body, signal);
      return { instanceId: spec.key, startedAt: means.now() };
    } catch (error) {
      signal.throwIfAborted();
      const group = await lookUp(means.calls, spec.key, error, signal);
      if (group !== null) return startedOf(group, means.now());
      const isSure = isRefusal(error) || hasSurelyDoneNothing(error);
      if ((isSure && mayArrive) || round >= mostCreates) throw unknownOutcome(spec.key, error);
      if (isRefusal(error)) throw await refused(means.calls, error, signal);
      if (isSure) throw nothingStarted(error);
      mayArrive = true;
    }
  }
}

/** Money is reserved for the offer's price and no more. */
async function requirePrice(
  { market }: StartMeans,
  spec: StartSpec,
  { classId, priority }: { classId: string; priority: Priority },
  signal: AbortSignal,
): Promise<void> {
  const classes = await market.classesNow(signal).catch((error: unknown) => {
    signal.throwIfAborted();
    throw nothingStarted(error);
  });
  const gpuClass = classes.find(({ id }) => id === classId);
  const price = gpuClass === undefined ? null : priceOf(gpuClass, priority);
  if (price !== null && price <= spec.offer.pricePerHourUsd + priceToleranceUsd) return;
  const reason =
    price === null
      ? `SaladCloud does not offer ${spec.offer.title} any more.`
      : `${spec.offer.title} on SaladCloud now costs $${price} an hour and no longer $${spec.offer.pricePerHourUsd}.`;
  throw new TransientFailure(reason, {
    code: 'compute.no_capacity',
    details: { surelyNothingHappened: true, pricePerHourUsd: price },
  });
}

/** @returns the group of that name, whatever became of the order to create it */
async function lookUp(
  calls: SaladcloudCalls,
  key: string,
  cause: unknown,
  signal: AbortSignal,
): Promise<Group | null> {
  const isAboutName = isRefusal(cause) && nameStatuses.includes(Number(cause.details.status));
  if (!isAboutName && (isRefusal(cause) || hasSurelyDoneNothing(cause))) return null;
  return await findGroup(calls, key, signal);
}

async function findGroup(calls: SaladcloudCalls, key: string, signal: AbortSignal): Promise<Group | null> {
  try {
    return await calls.group(key, signal);
  } catch (error) {
    signal.throwIfAborted();
    throw unknownOutcome(key, error);
  }
}

/** An answer that says no, unlike one that is lost or says that something went wrong. */
function isRefusal(error: unknown): error is Failure {
  return error instanceof Failure && !(error instanceof TransientFailure) && 'status' in error.details;
}

/** The answer for too many replicas is not documented, so the quota is looked at. */
async function refused(calls: SaladcloudCalls, error: Failure, signal: AbortSignal): Promise<Failure> {
  const isFull = error.details.status !== 401 && (await isQuotaUsed(calls, signal).catch(() => false));
  signal.throwIfAborted();
  if (!isFull) return error;
  return new TransientFailure('The account at SaladCloud has as many machines as its quota allows.', {
    code: 'compute.no_capacity',
    cause: error,
    details: { surelyNothingHappened: true },
  });
}

function nothingStarted(cause: unknown): Failure {
  const failure = asFailure(cause);
  if (!(failure instanceof TransientFailure)) return failure;
  return new TransientFailure(`SaladCloud started no machine. ${failure.message}`, {
    code: 'compute.no_capacity',
    cause,
    retryAfterMs: failure.retryAfterMs,
    details: { surelyNothingHappened: true },
  });
}

/** Whatever `cause` says of its own call: it says nothing about an earlier one. */
function unknownOutcome(key: string, cause: unknown): Failure {
  if (cause instanceof ConfigurationFailure) {
    const { message, code } = cause;
    return new ConfigurationFailure(message, { code, cause, details: { key } });
  }
  return new TransientFailure(
    'SaladCloud did not say whether it started a machine; it is looked for, and ended if nobody needs it.',
    { code: 'compute.unknown', cause, details: { key } },
  );
}

function startedOf(group: Group, now: Date): Started {
  return {
    instanceId: group.name,
    startedAt: typeof group.create_time === 'string' ? new Date(group.create_time) : now,
  };
}
