import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { labelPrefixOf } from '../../../src/app/rented.ts';
import type { Context } from '../../../src/context.ts';
import { Failure } from '../../../src/domain/errors.ts';
import { microUsd } from '../../../src/domain/micro-usd.ts';
import { createRandom, type Random } from '../../../src/domain/random.ts';
import { train } from '../../../src/flows/gpu/train.ts';
import { watchCosts } from '../../../src/flows/gpu/watch-costs.ts';
import { Wait } from '../../../src/flows/support/wait.ts';
import { readInstallation } from '../../../src/state/alerts.ts';
import { listUnbilledSessions } from '../../../src/state/gpu-life.ts';
import { setBudget } from '../../../src/state/money.ts';
import { getTrainingJob, listOpenGpuSessions, type TrainingJob } from '../../../src/state/training.ts';
import { someActor } from '../builders.ts';
import { testPolicy } from '../context.ts';
import { type BilledKey, billsOf, type Hindsight, vendorLogOf } from './bills.ts';
import { aLife, Killed, type Outgoing, rentedClients } from './life.ts';
import { type CampaignPlace, type Installation, openInstallation } from './place.ts';
import { cheapestUsdPerHour, dearer, oneOf, openVendors, type Vendors } from './vendors.ts';
import { brokenPromises } from './verdict.ts';
import { type FaultKind, startWeather } from './weather.ts';

/** Far beyond what it takes: whoever needs so long is stuck. */
const campaignMs = 150_000;
const convergeMs = 60_000;
const pollMs = 60;
const watchEveryRounds = 8;
const capMachines = 2;
/** A process that dies again and again gets nowhere, and proves no more. */
const mostKills = 12;
/**
 * The ledger may be so much below the bill of a machine, some seconds of it: what came up and went away between two looks
 * nobody saw, where the vendor has no bill to read. In US dollars.
 */
const underUsd = 0.05;

const gpuPolicy: Context['policy']['gpu'] = {
  ...testPolicy.gpu,
  maxMachines: capMachines,
  timeLimitSeconds: 30,
  startSeconds: 6,
  heartbeatTimeoutSeconds: 3,
  heartbeatSeconds: 0.5,
  pollMs: 10,
  lookAgainSeconds: 0.5,
  billSeconds: 2,
  reconcileSeconds: 4,
  listLagSeconds: 1,
  leastBalanceUsd: 0,
};

/** What a whole run of faults came to. */
export type SeedOutcome = {
  seed: number;
  violations: string[];
  kills: number;
  installations: number;
  /** Processes of the agent at once, over all installations. */
  agents: number;
  /** How each run ended. */
  jobs: string[];
  starts: number;
  faults: Record<FaultKind, number>;
  /** Of the vendors' own bills, in US dollars, and what the ledger says. */
  billedUsd: number;
  settledUsd: number;
  /** The longest that a price which rose kept the fleet above its cap. */
  overCapMs: number;
  /** Of the machines that brought a result: what they cost, and what the cheapest to be had would have. */
  hindsight: Hindsight;
  seconds: number;
};

type Side = {
  installation: Installation;
  prefix: string;
  jobs: readonly string[];
  agents: number;
  caps: { machines: number; usdPerHour: number; usdPerDay: number };
};

type Seed = {
  vendors: Vendors;
  random: Random;
  killShare: number;
  violations: Set<string>;
  hindsight: Map<string, number>;
  deadline: number;
};

/** One seeded run: both vendors, random faults, machines that go away, agents that are killed. */
export async function runSeed(place: CampaignPlace, seed: number): Promise<SeedOutcome> {
  const startedAt = performance.now();
  const random = createRandom(`gpu campaign ${seed}`);
  const sides = await openSides(place, seed, random);
  const vendors = await openVendors(place.pythonFolder, random, seed);
  const world: Seed = {
    vendors,
    random,
    killShare: random() < 0.75 ? 0.006 : 0,
    violations: new Set(),
    hindsight: new Map(),
    deadline: performance.now() + campaignMs,
  };
  try {
    const weather = startWeather(vendors, random);
    const kills = await Promise.all(
      sides.flatMap((side) => Array.from({ length: side.agents }, () => liveOn(world, side))),
    );
    await weather.stop();
    await Promise.all(sides.map((side) => converge(world, side)));
    for (const { label } of vendors.vast.alive()) world.violations.add(`G1: ${label} is left at Vast.ai`);
    for (const { prototype } of vendors.saladcloud.groups())
      world.violations.add(`G1: ${prototype.name} is left at SaladCloud`);
    for (const { label, toMs } of vendorLogOf(vendors).runs)
      if (toMs === null) world.violations.add(`G1: a process of ${label} still runs`);
    const judged = await Promise.all(sides.map((side) => judge(world, side, weather.rises)));
    return {
      seed,
      violations: [...world.violations],
      kills: kills.reduce((sum, count) => sum + count, 0),
      installations: sides.length,
      agents: kills.length,
      jobs: judged.flatMap(({ jobs }) => jobs.map(endingOf)),
      starts: judged.reduce((sum, { jobs }) => sum + jobs.reduce((all, { token }) => all + token, 0), 0),
      faults: weather.counts(),
      billedUsd: judged.reduce((sum, { billedUsd }) => sum + billedUsd, 0),
      settledUsd: judged.reduce((sum, { settledUsd }) => sum + settledUsd, 0),
      overCapMs: Math.max(...judged.map(({ overCapMs }) => overCapMs)),
      hindsight: {
        paidUsd: judged.reduce((sum, { hindsight }) => sum + hindsight.paidUsd, 0),
        leastUsd: judged.reduce((sum, { hindsight }) => sum + hindsight.leastUsd, 0),
      },
      seconds: (performance.now() - startedAt) / 1_000,
    };
  } finally {
    await vendors.close();
    await Promise.all(sides.map(({ installation }) => installation.close()));
    await rm(join(place.folder, `seed-${seed}`), { recursive: true, force: true, maxRetries: 10 });
  }
}

/** One installation, or two on one account; each with one process of the agent, or two; with caps that let more or less. */
async function openSides(place: CampaignPlace, seed: number, random: Random): Promise<Side[]> {
  const count = random() < 0.25 ? 2 : 1;
  return await Promise.all(
    Array.from({ length: count }, async (_, index) => {
      const usdPerHour = oneOf(random, [0.15, 0.15, 0.1, 0.075]) * dearer;
      const usdPerDay = oneOf(random, [3_600, 3_600, 40, 22]);
      const perCompetition = oneOf(random, [null, null, 30]);
      const agents = random() < 0.35 ? 2 : 1;
      const jobs = place.jobs.slice(0, count === 1 && random() < 0.5 ? 3 : 2);
      const installation = await openInstallation(place, join(`seed-${seed}`, `${index}`), {
        gpu: gpuPolicy,
      });
      const { state } = installation.ctx;
      await setBudget(state, 'fleet_hour', Math.round(usdPerHour * microUsd), someActor);
      await setBudget(state, 'gpu_day', usdPerDay * microUsd, someActor);
      if (perCompetition !== null) {
        await setBudget(state, 'gpu_competition', perCompetition * microUsd, someActor);
      }
      const prefix = labelPrefixOf(await readInstallation(state));
      const caps = {
        machines: capMachines,
        usdPerHour,
        usdPerDay: Math.min(usdPerDay, perCompetition ?? usdPerDay),
      };
      return { installation, prefix, jobs, agents, caps };
    }),
  );
}

/** One process of the agent after the other, until nothing is left to do. @returns how many were killed */
async function liveOn(world: Seed, side: Side): Promise<number> {
  let kills = 0;
  while (performance.now() < world.deadline && (await openJobs(side)).length > 0) {
    const { ctx, life } = aLife(side.installation.ctx, world.vendors, {
      prefix: side.prefix,
      random: world.random,
      killShare: kills < mostKills ? world.killShare : 0,
      onCall: (call) => noteCall(world, side, call),
    });
    await live(world, side, ctx, life);
    if (life.isOver) kills += 1;
  }
  return kills;
}

async function live(world: Seed, side: Side, ctx: Context, life: { isOver: boolean }): Promise<void> {
  /** A job whose vendor is away comes again. */
  const attempt = async (work: () => Promise<unknown>): Promise<void> => {
    if (life.isOver) return;
    try {
      await work();
    } catch (error) {
      if (life.isOver || error instanceof Wait || error instanceof Failure) return;
      if (!(error instanceof Killed)) throw error;
    }
  };
  for (let round = 0; performance.now() < world.deadline && !life.isOver; round += 1) {
    if (round % watchEveryRounds === 0) await attempt(() => watchCosts(ctx));
    const open = await openJobs(side);
    if (open.length === 0) return;
    for (const itemId of open) await attempt(() => train(ctx, { itemId }));
    await pause(pollMs);
  }
}

/** Orders to end what is another's are found out, and what a machine would have cost elsewhere is kept. */
function noteCall(
  { vendors, violations, hindsight }: Seed,
  side: Side,
  { method, url, body }: Outgoing,
): void {
  const last = url.pathname.split('/').findLast((part) => part !== '') ?? '';
  if (method === 'DELETE') {
    const label = vendors.vast.machines.find(({ id }) => `${id}` === last)?.label ?? last;
    if (!label.startsWith(side.prefix)) violations.add(`G6: ${label} was ended by another installation`);
    return;
  }
  const { name, label } = (body ?? {}) as { name?: unknown; label?: unknown };
  const key = name ?? label;
  if (typeof key !== 'string' || !key.startsWith(side.prefix)) return;
  const { leastGpuMemoryBytes } = gpuPolicy;
  hindsight.set(key, cheapestUsdPerHour(vendors, leastGpuMemoryBytes));
}

async function jobsOf({ installation, jobs }: Side): Promise<TrainingJob[]> {
  const read = await Promise.all(jobs.map((id) => getTrainingJob(installation.ctx.state, id)));
  return read.filter((job) => job !== null);
}

const isOpen = ({ status }: TrainingJob) => status === 'planned' || status === 'running';

async function openJobs(side: Side): Promise<string[]> {
  return (await jobsOf(side)).filter(isOpen).map(({ id }) => id);
}

function endingOf({ status, error }: TrainingJob): string {
  if (status === 'succeeded') return 'completed';
  if (isOpen({ status } as TrainingJob)) return 'open';
  if (/times and is not started again/.test(error ?? '')) return 'given up: lost too often';
  if (/never came up/.test(error ?? '')) return 'given up: no machine came up';
  return `failed: ${error ?? 'without a reason'}`;
}

/** What is left when all is over: the watch goes on as it would every five minutes. */
async function converge({ vendors, violations }: Seed, side: Side): Promise<void> {
  const { state } = side.installation.ctx;
  const ctx = { ...side.installation.ctx, compute: rentedClients(vendors, side.prefix) };
  const deadline = performance.now() + convergeMs;
  const isOwn = (label: string | null) => label?.startsWith(side.prefix) === true;
  const isQuiet = async () =>
    !vendors.vast.alive().some(({ label }) => isOwn(label)) &&
    !vendors.saladcloud.groups().some(({ prototype }) => isOwn(prototype.name)) &&
    vendors.saladcloud.pending() === 0 &&
    vendors.vast.onTheWay() === 0 &&
    (await listOpenGpuSessions(state)).length === 0 &&
    (await listUnbilledSessions(state)).length === 0;
  while (performance.now() < deadline) {
    await watchCosts(ctx).catch((error: unknown) => {
      if (!(error instanceof Failure)) throw error;
    });
    if (await isQuiet()) return;
    await pause(100);
  }
  for (const { key } of await listOpenGpuSessions(state)) violations.add(`X1: the row of ${key} is open`);
  for (const { key } of await listUnbilledSessions(state)) violations.add(`M3: ${key} is not settled`);
}

async function judge(
  { vendors, violations, hindsight }: Seed,
  side: Side,
  rises: readonly { atMs: number }[],
) {
  const { prefix, caps } = side;
  const promises = brokenPromises(vendorLogOf(vendors), prefix, { caps, rises });
  for (const violation of promises.violations) violations.add(violation);
  const jobs = await jobsOf(side);
  for (const job of jobs) {
    if (isOpen(job)) violations.add(`X1: ${job.id} has not ended (${job.waiting?.code ?? job.status})`);
    if (job.starts > testPolicy.maxTrainingStarts) violations.add('G5: more starts than there may be');
  }
  const bills = await billsOf(side.installation.pool, vendors, prefix);
  const sum = (read: (bill: BilledKey) => number) => bills.reduce((all, bill) => all + read(bill), 0);
  const [billedUsd, settledUsd] = [sum((bill) => bill.billedUsd), sum((bill) => bill.settledUsd)];
  if (billedUsd > caps.usdPerDay) violations.add(`G3: billed ${billedUsd} of ${caps.usdPerDay} a day`);
  for (const bill of bills) {
    if (bill.settledUsd < bill.billedUsd - underUsd) {
      violations.add(`M2: ${bill.key} was billed ${bill.billedUsd}, settled ${bill.settledUsd}`);
    }
    const most = Math.max(bill.billedUsd, bill.settledUsd);
    if (most > bill.reservedUsd) violations.add(`M1: ${bill.key} cost ${most}, reserved ${bill.reservedUsd}`);
  }
  const delivered = new Set(jobs.filter(({ status }) => status === 'succeeded').map(keyEnd));
  const paid = bills.filter(({ key }) => delivered.has(key.slice(prefix.length)));
  return {
    jobs,
    billedUsd,
    settledUsd,
    overCapMs: promises.overCapMs,
    hindsight: {
      paidUsd: paid.reduce((all, bill) => all + bill.billedUsd, 0),
      leastUsd: paid.reduce((all, { key, hours }) => all + hours * (hindsight.get(key) ?? 0), 0),
    },
  };
}

/** What follows the prefix in the key of a run's last start. */
function keyEnd({ id, token }: TrainingJob): string {
  return `gpu-${id.replaceAll('-', '')}-${token}`;
}
