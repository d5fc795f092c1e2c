import { expect, test, vi } from 'vitest';
import { asFailure } from '../../../src/domain/errors.ts';
import { createRandom, type Random } from '../../../src/domain/random.ts';
import type { ComputeProvider, StartSpec } from '../../../src/providers/compute/contract.ts';
import { aKey, saladcloudAt } from '../../support/saladcloud/a-saladcloud.ts';
import { aSpec, call } from '../../support/saladcloud/a-start.ts';
import type { SaladRoute } from '../../support/saladcloud/routes.ts';
import {
  type SaladcloudEmulator,
  type SaladFault,
  startSaladcloud,
} from '../../support/saladcloud/start-saladcloud.ts';

const until = { timeout: 20_000, interval: 20 };
const jobs = 4;
const passing: readonly SaladFault[] = [
  { status: 500 },
  { status: 503, html: true },
  { status: 429 },
  { status: 429, headers: { 'retry-after': '0' } },
  'dropped',
  'truncated',
];
const ofCreate: readonly SaladFault[] = [
  ...passing,
  'lost',
  'lost',
  'effect_then_502',
  'effect_then_503',
  { lateMs: 30 },
  { lateMs: 700 },
  { lateMs: 700 },
  { status: 400 },
  { status: 400 },
  { status: 403 },
  { status: 403 },
];
const ofDelete: readonly SaladFault[] = [...passing, 'lost', { status: 403 }, { status: 409 }];
const places: [SaladRoute, readonly SaladFault[], most: number][] = [
  ['create', ofCreate, 8],
  ['delete', ofDelete, 4],
  ['group', passing, 5],
  ['groups', passing, 3],
  ['instances', passing, 3],
  ['events', passing, 3],
  ['quotas', passing, 2],
];

function plan(saladcloud: SaladcloudEmulator, random: Random): void {
  for (const [route, faults, most] of places) {
    const count = Math.floor(random() * (most + 1));
    // A fault now and then, with whatever goes well in between.
    const drawn = Array.from(
      { length: count },
      () => faults[Math.floor(random() * faults.length)] ?? 'dropped',
    );
    saladcloud.failNext(route, ...drawn);
  }
}

type Outcome = { key: string; isStarted: boolean; surelyNothing: boolean };

async function startOne(compute: ComputeProvider, spec: StartSpec): Promise<Outcome> {
  try {
    const { instanceId } = await compute.start(spec, call);
    return { key: instanceId, isStarted: true, surelyNothing: false };
  } catch (error) {
    const { code, details } = asFailure(error);
    const surelyNothing = code === 'compute.no_capacity' || details.surelyNothingHappened === true;
    return { key: spec.key, isStarted: false, surelyNothing };
  }
}

/** Whatever the list shows is ended, until it shows nothing and nothing more can arrive. */
async function endAll(compute: ComputeProvider): Promise<void> {
  await vi.waitFor(async () => {
    const listed = await compute.list(call);
    await Promise.all(listed.map(({ id }) => compute.stop(id, call)));
    expect(await compute.list(call)).toEqual([]);
  }, until);
}

async function campaign(seed: number): Promise<void> {
  const random = createRandom(`saladcloud-${seed}`);
  const settings = { random, killSeconds: [1, 10] as const, tombstoneSeconds: 100_000 };
  const saladcloud = await startSaladcloud(settings);
  const compute = saladcloudAt(saladcloud, { timeoutMs: 300, stopPatienceMs: 400 });
  const specs = await Promise.all(
    Array.from({ length: jobs }, (_, job) => aSpec(compute, { key: aKey(`j${job}`) })),
  );
  plan(saladcloud, random);

  const outcomes = await Promise.all(specs.map((spec) => startOne(compute, spec)));
  const begun = new Set(saladcloud.lives.map(({ group }) => group));
  for (const { state, move } of saladcloud.groups())
    if (random() < 0.3 && state.instance !== null) move('Instance Interrupted (Node Offline)');

  for (const { key, isStarted } of outcomes) if (isStarted) expect(begun).toContain(key);
  await vi.waitFor(() => expect(saladcloud.pending()).toBe(0), until);
  await endAll(compute);

  const names = saladcloud.lives.map(({ group }) => group);
  const sure = outcomes.filter(({ surelyNothing }) => surelyNothing).map(({ key }) => key);
  expect({ seed, twice: names.filter((name, at) => names.indexOf(name) !== at) }).toEqual({
    seed,
    twice: [],
  });
  expect({ seed, lied: sure.filter((key) => names.includes(key)) }).toEqual({ seed, lied: [] });
  expect(saladcloud.groups()).toEqual([]);
  expect(saladcloud.meter.spans().every(({ toMs }) => toMs !== null)).toBe(true);
}

test.each(Array.from({ length: 10 }, (_, index) => index + 1))(
  'whatever fails, no machine is left, none is made twice, and none that was denied: seed %i',
  campaign,
);
