import type { Readable } from 'node:stream';
import { setTimeout as pause } from 'node:timers/promises';
import type pg from 'pg';
import type { FaultAction, FaultFunction } from '../../src/arena/faults.ts';
import type { Context } from '../../src/context.ts';
import { submit } from '../../src/flows/submission/submit.ts';
import { submissionKey } from '../../src/flows/support/object-keys.ts';
import { sha256Of } from '../../src/flows/support/objects.ts';
import { Wait } from '../../src/flows/support/wait.ts';
import type { KaggleClient } from '../../src/providers/kaggle/contract.ts';
import { getCompetition } from '../../src/state/competitions.ts';
import { listSubmissions, openSubmission } from '../../src/state/submissions.ts';
import { type Crash, type PlannedFault, planOf, type When } from './submission-crash-plan.ts';

/**
 * Seeded crashes and lost connections at every step of a submission, before and after the vendor's effect. Each
 * process is a context of its own whose calls all fail once it is dead; the next one knows only what the database,
 * the object store and the vendor hold.
 */
export type CampaignPlace = {
  ctx: Context;
  pool: pg.Pool;
  /** The competition's name in the arena. */
  slug: string;
  /** What the arena asks before each call. */
  network: FaultSwitch;
};

export type FaultSwitch = { faults: FaultFunction; plan(faults: readonly PlannedFault[]): void };

export type SeedReport = {
  seed: number;
  /** What went wrong on purpose. */
  plan: string;
  /** How many processes it took. */
  processes: number;
  key: string;
  /** Its row says that the vendor has it, under this number. */
  vendorRef: string | null;
  state: string | null;
};

export type CampaignVerdict = { lost: SeedReport[]; doubled: SeedReport[] };

/** Short, so that a campaign takes minutes; the order of the waits is what counts. */
export const campaignPolicy = { createTimeoutMs: 300, reconcileGraceMs: 100, maxRounds: 1 } as const;

const version = 6;
const mostProcesses = 80;
const longestPauseMs = 60;
const longestDuringMs = 25;

export function createFaultSwitch(): FaultSwitch {
  let planned: { method: string; action: FaultAction; left: number }[] = [];
  return {
    plan(faults) {
      planned = faults.map(({ method, action, skip }) => ({ method, action, left: skip }));
    },
    faults({ method }) {
      for (const fault of planned.filter((one) => one.method === method)) {
        if (fault.left > 0) {
          fault.left -= 1;
          continue;
        }
        planned = planned.filter((one) => one !== fault);
        return fault.action;
      }
      return null;
    },
  };
}

/** Sends one file through everything that the seed has planned, to its end. */
export async function runSeed(place: CampaignPlace, seed: number): Promise<SeedReport> {
  const plan = planOf(seed);
  const { ctx } = place;
  const competitionId = await plannedSubmission(place, seed);
  place.network.plan(plan.faults);
  const crashes = [...plan.crashes];
  const work = () => processesToEnd(place, competitionId, crashes);
  const counts = await Promise.all(Array.from({ length: plan.workers }, work));
  place.network.plan([]);
  const [row] = await listSubmissions(ctx.state, competitionId);
  const competition = await getCompetition(ctx.state, competitionId);
  return {
    seed,
    plan: plan.text,
    processes: counts.reduce((sum, count) => sum + count, 0),
    key: row?.key ?? '',
    vendorRef: row?.status === 'accepted' ? row.vendorRef : null,
    state: competition?.state ?? null,
  };
}

/** Compares what the rows say with what the vendor has, late arrivals included. */
export async function judgeCampaign(
  { ctx, slug }: CampaignPlace,
  reports: readonly SeedReport[],
): Promise<CampaignVerdict> {
  // the latest arrival that was planned
  await pause(1_600);
  const listed = await ctx.kaggle.listSubmissions(slug, { signal: ctx.signal });
  const refsOf = ({ key }: SeedReport) =>
    listed.filter(({ description }) => description.split(' ').includes(key)).map(({ ref }) => String(ref));
  return {
    lost: reports.filter(
      (one) => one.vendorRef === null || one.state !== 'submitted' || !refsOf(one).includes(one.vendorRef),
    ),
    doubled: reports.filter((one) => refsOf(one).length > 1),
  };
}

async function plannedSubmission({ ctx, pool, slug }: CampaignPlace, seed: number): Promise<string> {
  const { rows } = await pool.query<{ id: string }>(
    `insert into competitions (slug, title, state, version, round)
     values ($1, 'A competition', 'training_completed', $2, 1) returning id`,
    [`${slug}-${seed}`, version],
  );
  const id = rows[0]?.id ?? '';
  const lines = Array.from({ length: 40 }, (_, row) => `${1_000 + row},${(row + seed) % 2}`);
  const csv = `id,y\n${lines.join('\n')}\n`;
  const paramsHash = sha256Of(`${seed}${csv}`);
  const objectKey = submissionKey(slug, seed, paramsHash);
  await ctx.objects.put(objectKey, Buffer.from(csv));
  await openSubmission(ctx.state, {
    competitionId: id,
    version,
    paramsHash,
    approach: 'a-way',
    members: [],
    objectKey,
    cv: null,
    estimate: null,
    scores: {},
  });
  return id;
}

/** One process after the other, each until it is done or dead. @returns how many it took */
async function processesToEnd(
  place: CampaignPlace,
  competitionId: string,
  crashes: Crash[],
): Promise<number> {
  for (let count = 1; count <= mostProcesses; count++) {
    const process = mortal(place, crashes);
    try {
      await untilDone(process.ctx, competitionId);
      return count;
    } catch {
      // Dead, or its job failed: the queue starts it again.
      await pause(10);
    }
  }
  return mostProcesses;
}

async function untilDone(ctx: Context, competitionId: string): Promise<void> {
  for (;;) {
    try {
      return await submit(ctx, { competitionId, version });
    } catch (error) {
      if (!(error instanceof Wait)) throw error;
      await pause(Math.min(error.delayMs, longestPauseMs));
    }
  }
}

/** A process that dies at the first of the planned crashes that it meets. */
function mortal({ ctx, slug }: CampaignPlace, crashes: Crash[]): { ctx: Context } {
  const life = new AbortController();
  const die = (): never => {
    life.abort(new Error('the process is dead'));
    throw new Error('the process is dead');
  };
  const takeCrash = (call: string): When | null => {
    const crash = crashes.find((one) => one.call === call);
    if (crash === undefined) return null;
    if (crash.skip > 0) {
      crash.skip -= 1;
      return null;
    }
    crashes.splice(crashes.indexOf(crash), 1);
    return crash.when;
  };
  const step = async <T>(call: string, work: () => Promise<T>): Promise<T> => {
    if (life.signal.aborted) die();
    const when = takeCrash(call);
    if (when === 'before') die();
    const working = work();
    if (when === 'during') {
      working.catch(() => undefined);
      await pause((call.length * 7) % longestDuringMs);
      die();
    }
    const answer = await working;
    if (when === 'after' || life.signal.aborted) die();
    return answer;
  };
  // A process that dies closes its files.
  const opened = async (opening: Promise<Readable>): Promise<Readable> => {
    const stream = await opening;
    life.signal.addEventListener('abort', () => stream.destroy());
    if (life.signal.aborted) stream.destroy();
    return stream;
  };
  const { kaggle, state, objects } = ctx;
  const mortalKaggle: KaggleClient = {
    ...kaggle,
    submissionLimits: (_, options) => step('submissionLimits', () => kaggle.submissionLimits(slug, options)),
    startUpload: (_, file, options) => step('startUpload', () => kaggle.startUpload(slug, file, options)),
    uploadFile: (...args) => step('uploadFile', () => kaggle.uploadFile(...args)),
    createSubmission: (_, submission, options) =>
      step('createSubmission', () => kaggle.createSubmission(slug, submission, options)),
    listSubmissions: (_, options) => step('listSubmissions', () => kaggle.listSubmissions(slug, options)),
  };
  return {
    ctx: {
      ...ctx,
      signal: life.signal,
      kaggle: mortalKaggle,
      state: {
        ...state,
        call: (name, args, answer) => step(name, () => state.call(name, args, answer)),
      },
      objects: { ...objects, get: (...args) => step('objects.get', () => opened(objects.get(...args))) },
    },
  };
}
