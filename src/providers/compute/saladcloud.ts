import { setTimeout as wait } from 'node:timers/promises';
import {
  asFailure,
  ConfigurationFailure,
  Failure,
  SystemFailure,
  TransientFailure,
} from '../../domain/errors.ts';
import type { AccountState, ComputeProvider, Instance } from './contract.ts';
import { createSaladcloudCalls, type SaladcloudCalls, type SaladcloudOptions } from './saladcloud-calls.ts';
import { machineOf } from './saladcloud-machine.ts';
import {
  priorities as allPriorities,
  createMarket,
  type Market,
  type Priority,
} from './saladcloud-market.ts';
import { findOffers } from './saladcloud-offers.ts';
import type { GpuClass, Group } from './saladcloud-schemas.ts';
import { startGroup } from './saladcloud-start.ts';

export const saladcloudName = 'saladcloud';

export type SaladcloudComputeOptions = SaladcloudOptions & {
  /** `ka-<8 hex of the installation>-`: what does not begin so is never touched. */
  labelPrefix: string;
  /** Those that may be rented; all by default. */
  priorities?: readonly Priority[];
  /** Where machines may stand, lower-case ISO codes; wherever by default. */
  countries?: readonly string[];
  /** Between two looks whether a machine is gone. */
  stopPollMs?: number;
  /** From the order to end a machine until it counts as one that does not go. Up to 80 s were seen. */
  stopPatienceMs?: number;
};

const defaults = { stopPollMs: 3_000, stopPatienceMs: 150_000 };
/** An order that had no effect is given again after so many looks. */
const looksPerOrder = 8;
/** A list has no pages and ends here. Source: api-specs/salad-cloud.yaml */
const mostGroupsListed = 100;

/**
 * Machines of strangers, rented by the second through SaladCloud's public API: one container group with one replica
 * for each start, named by its key. There is no call for bills or the balance.
 */
export function createSaladcloudCompute(options: SaladcloudComputeOptions): ComputeProvider {
  const calls = createSaladcloudCalls(options);
  const market = createMarket(calls, options.now);
  const patience = { ...defaults, ...options };
  const { priorities = allPriorities, countries = [] } = options;
  const shop = { calls, market, provider: saladcloudName, priorities, countries };
  const isOurs = (name: string) => name.startsWith(options.labelPrefix);

  return {
    name: saladcloudName,
    isRented: true,
    offers: (request, { signal }) => findOffers(shop, request, signal),
    async start(spec, { signal }) {
      if (!isOurs(spec.key)) throw notOurs(spec.key);
      return await startGroup({ calls, market, countries, now: options.now }, spec, signal);
    },
    async list({ signal }) {
      const groups = (await completeList(calls, signal)).filter(({ name }) => isOurs(name));
      if (groups.length === 0) return [];
      const classes = await pricesOf(market, signal);
      const machines = await Promise.all(groups.map((group) => look(calls, group, classes, signal)));
      return machines.filter((machine) => machine !== null);
    },
    async stop(instanceId, { signal }) {
      if (!isOurs(instanceId)) throw notOurs(instanceId);
      await end(calls, instanceId, patience, signal);
    },
    account: ({ signal }) => readAccount(calls, signal),
  };
}

/** What machines cost now: what they are billed by. They must be seen though nobody says what they cost. */
async function pricesOf(market: Market, signal: AbortSignal): Promise<readonly GpuClass[]> {
  const kept = () => market.classes(signal);
  return await market.classesNow(signal).catch(kept).catch(unlessAborted(signal, []));
}

/** @throws ConfigurationFailure `saladcloud.too_many_groups`: what is cut off could be a machine of ours */
async function completeList(calls: SaladcloudCalls, signal: AbortSignal): Promise<Group[]> {
  const groups = await calls.groups(signal);
  if (groups.length < mostGroupsListed) return groups;
  throw new ConfigurationFailure(
    'The project at SaladCloud holds 100 container groups, and more than that cannot be listed; delete old ones, or use a project of its own.',
    { code: 'saladcloud.too_many_groups' },
  );
}

/** @returns null when it has gone meanwhile */
async function look(
  calls: SaladcloudCalls,
  group: Group,
  classes: readonly GpuClass[],
  signal: AbortSignal,
): Promise<Instance | null> {
  // The group is there, whatever else can be learnt of it.
  const orNothing = unlessAborted(signal, undefined);
  const [instances, events] = await Promise.all([
    calls.instances(group.name, signal).catch(orNothing),
    calls.events(group.name, signal).catch(orNothing),
  ]);
  if (instances === null) return null;
  return machineOf(
    group,
    { instances: instances ?? null, events: events ?? [] },
    { provider: saladcloudName, classes },
  );
}

/** What takes the place of an answer that fails. */
function unlessAborted<T>(signal: AbortSignal, value: T): (error: unknown) => T {
  return (error) => {
    signal.throwIfAborted();
    if (!(error instanceof Failure)) throw error;
    return value;
  };
}

/** Orders the end, again and again, until the group is in no answer any more. */
async function end(
  calls: SaladcloudCalls,
  name: string,
  { stopPollMs, stopPatienceMs }: Required<Pick<SaladcloudComputeOptions, 'stopPollMs' | 'stopPatienceMs'>>,
  signal: AbortSignal,
): Promise<void> {
  const giveUpAt = performance.now() + stopPatienceMs;
  let cause: unknown;
  for (let looks = 0; ; looks += 1) {
    try {
      if (looks % looksPerOrder === 0 || cause !== undefined) await calls.remove(name, signal);
      cause = undefined;
      if (await isGone(calls, name, signal)) return;
    } catch (error) {
      signal.throwIfAborted();
      // One order may be refused once; a key that may not even look will not be taken at the next try.
      if (error instanceof ConfigurationFailure && (await isShutOut(calls, name, signal))) throw error;
      cause = error;
    }
    if (performance.now() > giveUpAt) throw stillThere(name, cause);
    await wait(stopPollMs, undefined, { signal }).catch(() => signal.throwIfAborted());
  }
}

async function isShutOut(calls: SaladcloudCalls, name: string, signal: AbortSignal): Promise<boolean> {
  return await calls.group(name, signal).then(
    () => false,
    (error: unknown) => {
      signal.throwIfAborted();
      return error instanceof ConfigurationFailure;
    },
  );
}

/** A 404 may also come from a project that is gone, so the list has the last word. */
async function isGone(calls: SaladcloudCalls, name: string, signal: AbortSignal): Promise<boolean> {
  if ((await calls.group(name, signal)) !== null) return false;
  return (await calls.groups(signal)).every((group) => group.name !== name);
}

/** @throws ConfigurationFailure where the key, the organization or the project is not taken */
async function readAccount(calls: SaladcloudCalls, signal: AbortSignal): Promise<AccountState> {
  const [quotas] = await Promise.all([calls.quotas(signal), completeList(calls, signal)]);
  const { container_replicas_quota: most, container_replicas_used: used } = quotas;
  const warnings =
    used < most
      ? []
      : [
          `The quota of SaladCloud is used up (${used} of ${most} replicas); delete groups that nobody needs.`,
        ];
  return { balanceUsd: null, warnings };
}

function stillThere(name: string, cause: unknown): TransientFailure {
  return new TransientFailure(
    `SaladCloud has not ended a machine that it was told to end. ${cause === undefined ? 'It is told again.' : asFailure(cause).message}`,
    {
      code: 'compute.not_gone',
      cause,
      details: { instance: name },
    },
  );
}

function notOurs(name: string): SystemFailure {
  return new SystemFailure('A machine at SaladCloud that is not ours was nearly touched; nothing was done.', {
    code: 'compute.not_ours',
    details: { instance: name, surelyNothingHappened: true },
  });
}
