import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { labelPrefixOf } from '../../../src/app/rented.ts';
import type { Context } from '../../../src/context.ts';
import { Failure } from '../../../src/domain/errors.ts';
import { microUsd } from '../../../src/domain/micro-usd.ts';
import { createRandom, type Random } from '../../../src/domain/random.ts';
import { watchCosts } from '../../../src/flows/gpu/watch-costs.ts';
import type { ComputeProvider } from '../../../src/providers/compute/contract.ts';
import { packRunner } from '../../../src/providers/compute/runner-archive.ts';
import { gateReportSchema } from '../../../src/providers/quality/contract.ts';
import { readInstallation } from '../../../src/state/alerts.ts';
import { listUnbilledSessions } from '../../../src/state/gpu-life.ts';
import { readBudget, setBudget } from '../../../src/state/money.ts';
import { listOpenGpuSessions } from '../../../src/state/training.ts';
import { someActor } from '../../support/builders.ts';
import { contextWithout } from '../../support/context.ts';
import { freshState } from '../../support/database.ts';
import { saladcloudAt } from '../../support/saladcloud/a-saladcloud.ts';
import type { SaladRoute } from '../../support/saladcloud/routes.ts';
import { usualClasses } from '../../support/saladcloud/settings.ts';
import { type SaladFault, startSaladcloud } from '../../support/saladcloud/start-saladcloud.ts';
import { pythonFolderOf } from '../../support/vast/a-job.ts';
import { vastAt } from '../../support/vast/a-vast.ts';
import { aHost } from '../../support/vast/settings.ts';
import { startVast, type VastFault } from '../../support/vast/start-vast.ts';
import { aRentedWorld, jobOf, look, type RentedWorld } from './rented-world.ts';

const runnerFolder = resolve(import.meta.dirname, '../../../runner');
const campaignMs = 90_000;
const convergeMs = 30_000;
/** Runs take seconds: at a thousand times the usual prices their bills are as those of hours. */
const dearer = 1_000;
const capUsdPerHour = 0.15 * dearer;
/** What was not seen counts as run: rather too much than too little. */
const underUsd = 0.02;
const overUsd = 0.3;
const capMachines = 2;

/** What a whole run of faults came to. */
export type CampaignOutcome = {
  seed: number;
  violations: string[];
  kills: number;
  jobs: string[];
  starts: number;
  /** Of the vendors' own bills, in US dollars, and what the ledger says. */
  billedUsd: number;
  settledUsd: number;
};

class Killed extends Error {}

const saladFaults: readonly [SaladRoute, readonly SaladFault[]][] = [
  [
    'create',
    ['lost', 'effect_then_502', 'dropped', { lateMs: 300 }, { status: 403 }, { status: 503, html: true }],
  ],
  ['delete', ['lost', { status: 500 }, { status: 403 }]],
  ['group', [{ status: 500 }, 'truncated']],
  ['groups', [{ status: 503, html: true }, 'truncated', { status: 429 }]],
  ['instances', [{ status: 500 }, 'dropped']],
];
const vastFaults: readonly ['create' | 'list' | 'destroy' | 'search', readonly VastFault[]][] = [
  [
    'create',
    [
      { kind: 'lost', how: 'cut' },
      { kind: 'lost', how: 'html' },
      { kind: 'late', afterMs: 300 },
      { kind: 'status', status: 502 },
    ],
  ],
  ['list', [{ kind: 'status', status: 503 }, { kind: 'lie' }, { kind: 'lost', how: 'garbled' }]],
  ['destroy', [{ kind: 'lie' }, { kind: 'status', status: 502 }, { kind: 'lost', how: 'cut' }]],
  ['search', [{ kind: 'status', status: 500 }]],
];
const strikes = ['died', 'outbid', 'offline'] as const;

type Vendors = {
  saladcloud: Awaited<ReturnType<typeof startSaladcloud>>;
  vast: Awaited<ReturnType<typeof startVast>>;
};

async function openVendors(python: string, random: Random, seed: number): Promise<Vendors> {
  const pythonFolder = await pythonFolderOf(python);
  const saladcloud = await startSaladcloud({
    pythonFolder,
    // their second is ours, so that bills can be compared
    secondMs: 1_000,
    classes: usualClasses().map((one) => ({
      ...one,
      prices: {
        high: one.prices.high * dearer,
        medium: one.prices.medium * dearer,
        low: one.prices.low * dearer,
        batch: one.prices.batch * dearer,
      },
    })),
    prepareSeconds: 0,
    allocateSeconds: 0.05,
    downloadSeconds: 0.05,
    createSeconds: 0.05,
    restartSeconds: 0.2,
    killSeconds: [0, 0.3],
    callsPerMinute: 1_000_000,
    random,
  });
  const hosts = [
    aHost({ machineId: 101 }),
    aHost({ machineId: 102, gpuUsdPerHour: 0.08, minBidUsd: 0.05 }),
  ].map((host) => ({
    ...host,
    gpuUsdPerHour: host.gpuUsdPerHour * dearer,
    minBidUsd: host.minBidUsd * dearer,
  }));
  const vast = await startVast({
    pythonFolder,
    seed,
    hosts,
    creditUsd: 1_000,
    vanishShare: 0.1,
    listLagMs: 20,
    destroyLagMs: 30,
  });
  return { saladcloud, vast };
}

function planFaults({ saladcloud, vast }: Vendors, random: Random): void {
  const draw = <T>(from: readonly T[]): T[] => from.filter(() => random() < 0.35);
  for (const [route, faults] of saladFaults) saladcloud.failNext(route, ...draw(faults));
  for (const [endpoint, faults] of vastFaults) for (const fault of draw(faults)) vast.fault(endpoint, fault);
  if (random() < 0.3) vast.breakStart('oci_error');
  if (random() < 0.4) saladcloud.runDry();
}

/** The agent between two starts of its process: from its end on no call of it does anything. */
function aLife(world: RentedWorld, compute: readonly ComputeProvider[], random: Random, killShare: number) {
  const life = { isOver: false };
  const guard = async <T>(work: () => Promise<T>): Promise<T> => {
    if (life.isOver) throw new Killed();
    const strike = random();
    if (strike < killShare / 2) {
      life.isOver = true;
      throw new Killed();
    }
    const answer = await work();
    // It had its effect, and nobody is left to hear of it.
    if (strike > 1 - killShare / 2) life.isOver = true;
    if (life.isOver) throw new Killed();
    return answer;
  };
  const { state } = world.ctx;
  const ctx: Context = {
    ...world.ctx,
    state: { ...state, call: (name, args, answer) => guard(() => state.call(name, args, answer)) },
    compute: compute.map((provider) => ({
      ...provider,
      offers: (request, options) => guard(() => provider.offers(request, options)),
      start: (spec, options) => guard(() => provider.start(spec, options)),
      list: (options) => guard(() => provider.list(options)),
      stop: (id, options) => guard(() => provider.stop(id, options)),
    })),
  };
  return { ctx, life };
}

async function strikeMachines({ saladcloud, vast }: Vendors, random: Random): Promise<void> {
  for (const machine of vast.alive()) {
    if (random() < 0.01)
      await vast.strike(machine.id, strikes[Math.floor(random() * strikes.length)] ?? 'died');
  }
  for (const group of saladcloud.groups()) {
    if (random() < 0.01 && group.state.instance !== null) group.move('Instance Interrupted (Node Offline)');
  }
}

/** Rules that hold at every moment, by the vendors' own word. */
function checkNow({ saladcloud, vast }: Vendors, prefix: string, violations: Set<string>): void {
  const machines = vast.alive().length + saladcloud.groups().length;
  if (machines > capMachines) violations.add(`G3: ${machines} machines at once`);
  const labels = [
    ...vast.alive().map(({ label }) => label ?? ''),
    ...saladcloud.lives.map(({ group }) => group),
  ];
  if (labels.some((label) => !label.startsWith(prefix))) violations.add('G6: a machine without our label');
}

/** No two processes of one job ran at the same time. */
function overlaps({ saladcloud, vast }: Vendors): string[] {
  const spans = [
    ...saladcloud.runs.map(({ group, fromMs, toMs }) => ({ label: group, fromMs, toMs })),
    ...vast.runs().map(({ label, fromMs, toMs }) => ({
      label: label ?? '',
      fromMs: fromMs - performance.timeOrigin,
      toMs: toMs === null ? null : toMs - performance.timeOrigin,
    })),
  ];
  const jobOfLabel = (label: string) => label.split('-').slice(0, -1).join('-');
  return [...Map.groupBy(spans, ({ label }) => jobOfLabel(label))].flatMap(([job, ofJob]) => {
    const sorted = ofJob.toSorted((a, b) => a.fromMs - b.fromMs);
    const twice = sorted.some(({ fromMs }, index) => {
      const before = sorted[index - 1];
      // A kill takes a few milliseconds to be seen.
      return before !== undefined && (before.toMs ?? Number.POSITIVE_INFINITY) > fromMs + 50;
    });
    return twice ? [`G5: ${job} ran twice at the same time`] : [];
  });
}

async function aWorld(): Promise<RentedWorld> {
  const source = await readFile(join(import.meta.dirname, 'odd-or-even.py'), 'utf8');
  const { state } = await freshState();
  const passed = gateReportSchema.parse({
    passed: true,
    checks: [],
    estimateSeconds: 1,
    pinnedRequirements: '',
  });
  return await aRentedWorld({
    policy: {
      gpu: {
        maxMachines: capMachines,
        timeLimitSeconds: 1_800,
        startSeconds: 12,
        heartbeatTimeoutSeconds: 5,
        heartbeatSeconds: 0.5,
        pollMs: 10,
        lookAgainSeconds: 1,
        maxMisstarts: 5,
        billSeconds: 3,
        reconcileSeconds: 3,
        listLagSeconds: 2,
        leastGpuMemoryBytes: 8_000_000_000,
        leastBalanceUsd: 0,
        image: 'public/image:1',
      },
    },
    context: {
      packRunner: () => packRunner(runnerFolder),
      quality: { ...contextWithout(state).quality, check: async () => passed },
      generators: [
        {
          name: 'tests',
          canDebug: false,
          generate: async ({ approach }) => ({
            script: `# ${approach.name}\n${source.replace('SECONDS', '0.3')}`,
            requirements: 'torch==2.9.1\n',
            notes: [],
          }),
        },
      ],
    },
  });
}

/** One seeded run: two jobs, both vendors, random faults, machines that go away, an agent that is killed. */
export async function runCampaign(seed: number, python: string): Promise<CampaignOutcome> {
  const random = createRandom(`gpu campaign ${seed}`);
  const world = await aWorld();
  const vendors = await openVendors(python, random, seed);
  const prefix = labelPrefixOf(await readInstallation(world.ctx.state));
  const compute = [
    saladcloudAt(vendors.saladcloud, { labelPrefix: prefix, timeoutMs: 3_000, stopPatienceMs: 3_000 }),
    vastAt(vendors.vast, {
      labelPrefix: prefix,
      patience: { startingMs: 4_000, createdMs: 3_000, unknownMs: 2_000, offlineMs: 2_000, rebootMs: 2_000 },
    }),
  ];
  await setBudget(world.ctx.state, 'fleet_hour', capUsdPerHour * microUsd, someActor);
  await setBudget(world.ctx.state, 'gpu_day', capUsdPerHour * 24 * microUsd, someActor);
  planFaults(vendors, random);
  const violations = new Set<string>();
  const killShare = random() < 0.7 ? 0.015 : 0;
  let kills = 0;
  const deadline = performance.now() + campaignMs;

  while (performance.now() < deadline && (await openJobs(world)).length > 0) {
    const { ctx, life } = aLife(world, compute, random, killShare);
    await live(world, ctx, vendors, { random, prefix, violations, deadline });
    if (life.isOver) kills += 1;
  }
  await converge(world, compute, vendors, violations);

  for (const id of await openJobs(world)) violations.add(`X1: ${id} has not ended`);
  for (const overlap of overlaps(vendors)) violations.add(overlap);
  if (vendors.vast.peak().usdPerHour > capUsdPerHour)
    violations.add('G3: Vast.ai alone cost more than the cap');
  if (vendors.saladcloud.meter.peakUsdPerHour() > capUsdPerHour)
    violations.add('G3: SaladCloud alone cost more');
  const jobs = await Promise.all(world.jobs.map((id) => jobOf(world, id)));
  if (jobs.some(({ starts }) => starts > 3)) violations.add('G5: more starts than three');
  const billedUsd =
    vendors.saladcloud.meter.usd() + vendors.vast.bills().reduce((sum, { usd }) => sum + usd, 0);
  const settledUsd = (await readBudget(world.ctx.state, null)).gpuTodayMicroUsd / microUsd;
  if (settledUsd < billedUsd - underUsd || settledUsd > billedUsd + overUsd) {
    violations.add(`M2: billed ${billedUsd}, settled ${settledUsd}`);
  }
  return {
    seed,
    violations: [...violations],
    kills,
    jobs: jobs.map(({ status }) => status),
    starts: jobs.reduce((sum, { token }) => sum + token, 0),
    billedUsd,
    settledUsd,
  };
}

async function openJobs(world: RentedWorld): Promise<string[]> {
  const jobs = await Promise.all(world.jobs.map((id) => jobOf(world, id)));
  return jobs.filter(({ status }) => status === 'planned' || status === 'running').map(({ id }) => id);
}

async function live(
  world: RentedWorld,
  ctx: Context,
  vendors: Vendors,
  around: { random: Random; prefix: string; violations: Set<string>; deadline: number },
): Promise<void> {
  const attempt = async (work: () => Promise<unknown>): Promise<boolean> => {
    try {
      await work();
      return true;
    } catch (error) {
      if (error instanceof Killed) return false;
      // A job whose vendor is away comes again.
      if (error instanceof Failure && !(error.cause instanceof Killed)) return true;
      if (error instanceof Failure) return false;
      throw error;
    }
  };
  if (!(await attempt(() => watchCosts(ctx)))) return;
  for (let round = 1; performance.now() < around.deadline; round += 1) {
    for (const id of world.jobs) if (!(await attempt(() => look({ ctx }, id)))) return;
    await strikeMachines(vendors, around.random);
    checkNow(vendors, around.prefix, around.violations);
    if (round % 15 === 0 && !(await attempt(() => watchCosts(ctx)))) return;
    if ((await openJobs(world)).length === 0) return;
    await pause(20);
  }
}

/** What is left when all is over: the watch goes on as it would every five minutes. */
async function converge(
  world: RentedWorld,
  compute: readonly ComputeProvider[],
  { saladcloud, vast }: Vendors,
  violations: Set<string>,
): Promise<void> {
  const ctx = { ...world.ctx, compute };
  const deadline = performance.now() + convergeMs;
  const isQuiet = async () =>
    vast.alive().length === 0 &&
    saladcloud.groups().length === 0 &&
    saladcloud.pending() === 0 &&
    vast.onTheWay() === 0 &&
    (await listOpenGpuSessions(ctx.state)).length === 0 &&
    (await listUnbilledSessions(ctx.state)).length === 0;
  while (performance.now() < deadline) {
    await watchCosts(ctx).catch((error: unknown) => {
      if (!(error instanceof Failure)) throw error;
    });
    if (await isQuiet()) return;
    await pause(100);
  }
  for (const { label } of vast.alive()) violations.add(`G1: ${label} is left at Vast.ai`);
  for (const { state } of saladcloud.groups())
    violations.add(`G1: a group is left at SaladCloud (${state.status})`);
  for (const { key } of await listOpenGpuSessions(ctx.state)) violations.add(`X1: the row of ${key} is open`);
  for (const { key } of await listUnbilledSessions(ctx.state)) violations.add(`M3: ${key} is not settled`);
}
