import { randomUUID } from 'node:crypto';
import Fastify from 'fastify';
import type pg from 'pg';
import { onTestFinished } from 'vitest';
import type { Arena, ArenaOptions } from '../../src/arena/server.ts';
import type { Context, Policy } from '../../src/context.ts';
import type { CompetitionState } from '../../src/domain/competition-machine.ts';
import { startCompetition } from '../../src/flows/commands/start-competition.ts';
import { Wait } from '../../src/flows/support/wait.ts';
import { type JobName, jobCatalog, payloadSchemaOf } from '../../src/jobs/catalog.ts';
import { jobHandlers } from '../../src/jobs/handlers.ts';
import { routesOf } from '../../src/jobs/routes.ts';
import { objectRoutes } from '../../src/ops/object-routes.ts';
import { createArenaJudge } from '../../src/providers/kaggle/arena-judge.ts';
import { createKaggleClient } from '../../src/providers/kaggle/client.ts';
import { createFolderStore } from '../../src/providers/objects/folder.ts';
import { type Competition, getCompetition } from '../../src/state/competitions.ts';
import { type ClaimedEvent, claimEvents, markEventDispatched } from '../../src/state/outbox.ts';
import { kaggleOptions } from './arena-kit.ts';
import { anApproach } from './builders.ts';
import { aContext } from './context.ts';
import { freshState } from './database.ts';
import { createInProcessCompute, type InProcessCompute, type Work } from './in-process-compute.ts';
import { aCompetitionFolder, aPracticeArena } from './kaggle.ts';
import { tempFolder } from './temp-folder.ts';

export type PracticeWorld = {
  ctx: Context;
  pool: pg.Pool;
  arena: Arena;
  compute: InProcessCompute;
};

export const practiceSlug = 'odd-or-even';

type Options = {
  /** Fields of the competition's own file. */
  fields?: Record<string, unknown>;
  folders?: string[];
  arena?: Partial<ArenaOptions>;
  work?: Work;
  slots?: number;
  approaches?: readonly string[];
  policy?: Partial<Policy>;
  context?: Partial<Omit<Context, 'policy'>>;
};

/** A database, an arena with its real client, objects behind real links, and machines that compute at once. */
export async function aPracticeWorld(options: Options = {}): Promise<PracticeWorld> {
  const { pool, state } = await freshState();
  const folders = options.folders ?? [await aCompetitionFolder(options.fields)];
  const arena = await aPracticeArena({ folders, ...options.arena });
  const settings = kaggleOptions(arena.apiUrl, {
    ...(options.arena?.now === undefined ? {} : { now: options.arena.now }),
    // Ended by the test, not by patience.
    policyOptions: { timeoutMs: 1_000 },
  });
  const compute = createInProcessCompute({
    work: options.work ?? oddOrEven,
    ...(options.slots === undefined ? {} : { slots: options.slots }),
  });
  const names = options.approaches ?? ['first-way', 'second-way'];
  const ctx = await aContext({
    state,
    objects: await aLinkedStore(),
    kaggle: createKaggleClient(settings),
    judge: createArenaJudge(settings),
    compute: [compute],
    research: [
      {
        name: 'tests',
        research: async () => ({
          provider: 'tests',
          summary: '',
          findings: [],
          approaches: names.map((name) => anApproach(name)),
          citations: [],
        }),
      },
    ],
    generators: [
      {
        name: 'tests',
        canDebug: false,
        generate: async ({ approach }) => ({ script: `# ${approach.name}\n`, requirements: '', notes: [] }),
      },
    ],
    ...options.context,
    policy: { maxRounds: 1, ...options.policy },
  });
  return { ctx, pool, arena, compute };
}

async function aLinkedStore() {
  const folder = await tempFolder();
  const secret = randomUUID();
  const now = () => new Date();
  let url = '';
  const store = createFolderStore({ folder, ownUrl: () => url, linkSecret: secret, now });
  // A machine of a test may still be at its upload when the test ends.
  const app = Fastify({ forceCloseConnections: true });
  await app.register(objectRoutes({ store, secret, now }));
  url = await app.listen({ host: '127.0.0.1', port: 0 });
  onTestFinished(() => app.close());
  return store;
}

/** Mostly right; each bundle and seed is wrong on rows of its own. */
export const oddOrEven: Work = ({ sheet, contract, files }) => {
  const { problem } = contract;
  const isWrong = (key: number) => (key * 7 + sheet.seed + sheet.bundle.sha256.charCodeAt(0)) % 11 === 0;
  const predict = (key: string) => {
    const id = Number(key);
    const odd = (id % 2 === 1) !== isWrong(id) ? 0.9 : 0.1;
    return problem.predictionColumns.length === 1 ? [odd] : [1 - odd, odd];
  };
  const rowsOf = (name: string) => (files.get(name) ?? '').trim().split(/\r?\n/).slice(1);
  const predictions = (name: string, key: string) =>
    [
      [key, ...problem.predictionColumns].join(','),
      ...rowsOf(name).map((row) => {
        const id = row.split(',')[0] ?? '';
        return [id, ...predict(id)].join(',');
      }),
      '',
    ].join('\n');
  return {
    files: {
      'oof.csv': predictions('folds.csv', contract.rowKey),
      ...(contract.hasGate ? { 'gate.csv': predictions('gate.csv', contract.rowKey) } : {}),
      'test.csv': predictions('test.csv', problem.idColumn),
      'submission.csv': `${problem.idColumn},y\n`,
      'metrics.json': JSON.stringify(metricsOf(contract)),
      'meta.json': JSON.stringify({ family: 'rule', feature_count: 1, packages: {} }),
    },
  };
};

export function metricsOf(contract: { foldsSha256: string }, changes: Record<string, unknown> = {}) {
  return {
    metric: 'accuracy',
    fold_scores: [1],
    n_train: 1,
    n_valid: 1,
    seed: 42,
    folds_sha256: contract.foldsSha256,
    train_seconds: 1,
    infer_seconds: 1,
    debug: false,
    ...changes,
  };
}

export async function startedCompetition(world: PracticeWorld, slug = practiceSlug): Promise<Competition> {
  const { competition } = await startCompetition(world.ctx, { slug });
  return competition;
}

/** The competition as it is now. */
export async function now(world: PracticeWorld, { id }: Pick<Competition, 'id'>): Promise<Competition> {
  const competition = await getCompetition(world.ctx.state, id);
  if (competition === null) throw new Error('it is gone');
  return competition;
}

const mostEvents = 200;
const mostWaits = 5_000;
const longestPauseMs = 20;

/** Runs what the events cause, one after the other, until the competition stands where the test begins. */
export async function driveTo(
  world: PracticeWorld,
  competition: Pick<Competition, 'id'>,
  state: CompetitionState,
): Promise<Competition> {
  const { ctx } = world;
  for (let count = 0; count < mostEvents; count++) {
    const current = await now(world, competition);
    if (current.state === state) return current;
    if (!(await runNextEvent(ctx))) throw new Error(`nothing leads from ${current.state} to ${state}`);
  }
  throw new Error(`${mostEvents} events did not lead to ${state}`);
}

/** @returns false where there is none */
async function runNextEvent(ctx: Context): Promise<boolean> {
  const [event] = await claimEvents(ctx.state, { worker: 'driver', limit: 1, leaseSeconds: 60 });
  if (event === undefined) return false;
  await runEvent(ctx, event);
  await markEventDispatched(ctx.state, event.id, 'driver');
  return true;
}

async function runEvent(ctx: Context, event: ClaimedEvent): Promise<void> {
  for (const route of routesOf(event)) {
    if ('each' in route) {
      for (const itemId of event.payload.items ?? []) await runJob(ctx, route.each, { itemId });
      // What it waits for may be caused by an event that came meanwhile.
      await runJob(ctx, route.join, stageInput(event), () => runNextEvent(ctx));
    } else if (jobCatalog[route.job].kind === 'stage') {
      await runJob(ctx, route.job, stageInput(event));
    } else {
      await runJob(ctx, route.job, {
        eventId: event.id,
        type: event.type,
        competitionId: event.competitionId,
        payload: event.payload,
      });
    }
  }
}

function stageInput({ competitionId, payload }: ClaimedEvent) {
  return { competitionId, version: payload.version };
}

/** Runs a job to its end, waits included. */
export async function runJob(
  ctx: Context,
  job: JobName,
  payload: unknown,
  meanwhile: () => Promise<boolean> = async () => false,
): Promise<void> {
  // The schema is the one of the job's kind, which is what its handler takes.
  const parsed = payloadSchemaOf(job).parse(payload) as never;
  for (let count = 0; count < mostWaits; count++) {
    try {
      return await jobHandlers[job](ctx, parsed);
    } catch (error) {
      if (!(error instanceof Wait)) throw error;
      if (await meanwhile()) continue;
      await new Promise((resolve) => setTimeout(resolve, Math.min(error.delayMs, longestPauseMs)));
    }
  }
  throw new Error(`${job} waits for ever`);
}
