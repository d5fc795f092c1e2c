import { randomBytes, randomUUID } from 'node:crypto';
import { cp, mkdir, readFile, symlink } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import Fastify from 'fastify';
import pg from 'pg';
import { startArena } from '../../../src/arena/server.ts';
import type { Context } from '../../../src/context.ts';
import { planTraining } from '../../../src/flows/gpu/plan-training.ts';
import { objectRoutes } from '../../../src/ops/object-routes.ts';
import { packRunner } from '../../../src/providers/compute/runner-archive.ts';
import { createArenaJudge } from '../../../src/providers/kaggle/arena-judge.ts';
import { createKaggleClient } from '../../../src/providers/kaggle/client.ts';
import { createFolderStore } from '../../../src/providers/objects/folder.ts';
import { gateReportSchema } from '../../../src/providers/quality/contract.ts';
import { createPgPort } from '../../../src/state/pg-port.ts';
import { listTrainingJobs } from '../../../src/state/training.ts';
import { arenaOptions, kaggleOptions } from '../arena-kit.ts';
import { anApproach } from '../builders.ts';
import { contextWithout, testPolicy } from '../context.ts';
import { withDatabase } from '../database.ts';
import { createInProcessCompute } from '../in-process-compute.ts';
import { writeCompetition } from '../kaggle.ts';
import { driveTo, oddOrEven, startedCompetition } from '../practice-world.ts';

const root = resolve(import.meta.dirname, '../../..');
const approaches = ['first-way', 'second-way', 'another-try'];

/** A Postgres, with a database that has been migrated and that nobody is connected to. */
export type Cluster = { agentUrl: string; adminUrl: string; template: string };

/** What all seeds begin with: a database and files of a competition whose runs are about to be trained. */
export type CampaignPlace = {
  cluster: Cluster;
  /** Database that each seed's own is copied from. */
  template: string;
  folder: string;
  /** Holds `python3`. */
  pythonFolder: string;
  competitionId: string;
  /** Planned runs, oldest first. */
  jobs: readonly string[];
  runner: Buffer;
};

/** One installation: its own database, files and links. */
export type Installation = {
  ctx: Context;
  pool: pg.Pool;
  competitionId: string;
  jobs: readonly string[];
  close(): Promise<void>;
};

/** @param options.folder empty; the caller clears it away */
export async function openPlace(options: {
  cluster: Cluster;
  folder: string;
  python: string;
}): Promise<CampaignPlace> {
  const { cluster, folder, python } = options;
  const pythonFolder = join(folder, 'python');
  await mkdir(pythonFolder);
  await symlink(python, join(pythonFolder, 'python3'));
  const template = await copyDatabase(cluster, cluster.template);
  const base = join(folder, 'base');
  const opened = await open(cluster, template, base);
  const competition = await writeCompetition(join(folder, 'odd-or-even'));
  const arena = await startArena(
    arenaOptions({ folders: [competition], stateFolder: join(folder, 'arena') }),
  );
  try {
    const kaggle = kaggleOptions(arena.apiUrl);
    const compute = createInProcessCompute({ work: oddOrEven });
    const ctx: Context = {
      ...opened.ctx,
      kaggle: createKaggleClient(kaggle),
      judge: createArenaJudge(kaggle),
      policy: { ...opened.ctx.policy, maxRounds: 1, approachesPerRound: approaches.length },
      ...(await makers(opened.ctx)),
    };
    const world = { ctx, pool: opened.pool, arena, compute };
    const { id, version } = await driveTo(world, await startedCompetition(world), 'training');
    await planTraining(ctx, { competitionId: id, version });
    const jobs = (await listTrainingJobs(ctx.state, id)).map((job) => job.id);
    const runner = await packRunner(join(root, 'runner'));
    return { cluster, template, folder, pythonFolder, competitionId: id, jobs, runner };
  } finally {
    await arena.close();
    await opened.close();
  }
}

/** Another one, under an id of its own. Files of `name` are made below the place's folder. */
export async function openInstallation(
  place: CampaignPlace,
  name: string,
  policy: Partial<Context['policy']>,
): Promise<Installation> {
  const { cluster, competitionId, jobs, runner } = place;
  const database = await copyDatabase(cluster, place.template);
  const folder = join(place.folder, name);
  await cp(join(place.folder, 'base'), folder, { recursive: true });
  const opened = await open(cluster, database, folder);
  await opened.pool.query('update installation set id = gen_random_uuid()');
  const ctx: Context = {
    ...opened.ctx,
    packRunner: async () => runner,
    policy: { ...opened.ctx.policy, ...policy },
  };
  const close = async () => {
    await opened.close();
    await asAdmin(cluster, `drop database ${database} with (force)`);
  };
  return { ctx, pool: opened.pool, competitionId, jobs, close };
}

export async function closePlace({ cluster, template }: CampaignPlace): Promise<void> {
  await asAdmin(cluster, `drop database ${template} with (force)`);
}

async function open(cluster: Cluster, database: string, folder: string) {
  const pool = new pg.Pool({ connectionString: withDatabase(cluster.agentUrl, database), max: 6 });
  pool.on('error', () => undefined);
  const now = () => new Date();
  const linkSecret = randomUUID();
  let url = '';
  const objects = createFolderStore({
    folder: join(folder, 'objects'),
    ownUrl: () => url,
    linkSecret,
    now,
  });
  // A machine may still be at its upload when all is over.
  const app = Fastify({ forceCloseConnections: true });
  await app.register(objectRoutes({ store: objects, secret: linkSecret, now }));
  url = await app.listen({ host: '127.0.0.1', port: 0 });
  const base = contextWithout(createPgPort(pool), folder);
  const ctx: Context = { ...base, objects, policy: testPolicy, scratchFolder: join(folder, 'scratch') };
  await mkdir(ctx.scratchFolder, { recursive: true });
  const close = async () => {
    await app.close();
    await pool.end();
  };
  return { ctx, pool, close };
}

/** Who writes the scripts, and lets them pass: they use a graphics card, and need nothing installed. */
async function makers({ quality }: Context): Promise<Pick<Context, 'research' | 'generators' | 'quality'>> {
  const source = await readFile(join(root, 'test/flows/gpu/odd-or-even.py'), 'utf8');
  const passed = gateReportSchema.parse({
    passed: true,
    checks: [],
    estimateSeconds: 1,
    pinnedRequirements: '',
  });
  return {
    research: [
      {
        name: 'tests',
        research: async () => ({
          provider: 'tests',
          summary: '',
          findings: [],
          approaches: approaches.map((name) => anApproach(name)),
          citations: [],
        }),
      },
    ],
    generators: [
      {
        name: 'tests',
        canDebug: false,
        generate: async ({ approach }) => ({
          script: `# ${approach.name}\n${source.replace('SECONDS', '0.5')}`,
          requirements: 'torch==2.9.1\n',
          notes: [],
        }),
      },
    ],
    quality: { ...quality, check: async () => passed },
  };
}

/** @returns its name */
async function copyDatabase(cluster: Cluster, template: string): Promise<string> {
  const name = `campaign_${randomBytes(6).toString('hex')}`;
  // Copied as files: page by page through the shared buffers takes ten times the time.
  await asAdmin(cluster, `create database ${name} template ${template} owner agent strategy file_copy`);
  return name;
}

async function asAdmin({ adminUrl }: Cluster, sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: adminUrl });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}
