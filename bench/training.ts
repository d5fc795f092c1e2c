/**
 * A competition on this machine, with the real agent at the practice arena: how long it takes from ready code to the
 * first step of a training, and how many bytes each run fetches and delivers.
 *
 * `npm run bench -- training [--arena=DIR --competition=SLUG]`: another competition than the small one made up for it.
 */
import { mkdir, mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Agent } from '../src/app/agent.ts';
import { heartbeatSchema, jobSheetSchema } from '../src/domain/run-contract.ts';
import { outputPrefix } from '../src/flows/gpu/judge-run.ts';
import { packRunner } from '../src/providers/compute/runner-archive.ts';
import { findCompetition, listTransitions } from '../src/state/competitions.ts';
import { type ListedTrainingJob, listTrainingJobs } from '../src/state/training.ts';
import { writePersonaCompetition } from '../test/support/persona-competition.ts';
import { type Benchmark, type Figure, type Measured, quantile } from './figure.ts';
import { openBenchAgent } from './support/bench-agent.ts';

const lookMs = 20;
const usualSlug = 'over-three';
const runnerFolder = resolve(import.meta.dirname, '../runner');

/** @param words of the command line */
export function createTrainingBenchmark(words: readonly string[]): Benchmark {
  const read = (name: string) =>
    words.find((word) => word.startsWith(`--${name}=`))?.slice(name.length + 3) ?? null;
  const [arena, slug] = [read('arena'), read('competition') ?? usualSlug];
  return { name: 'training', onlyByName: true, measure: (signal) => measure({ arena, slug }, signal) };
}

async function measure(
  { arena, slug }: { arena: string | null; slug: string },
  signal: AbortSignal,
): Promise<Measured> {
  const folder = await mkdtemp(join(tmpdir(), 'kaggle-agent-bench-'));
  try {
    const data = join(folder, 'data');
    await mkdir(data);
    if (arena === null) await writePersonaCompetition(join(folder, 'arena', slug), { slug, title: slug });
    const ARENA_DIR = arena === null ? join(folder, 'arena') : resolve(arena);
    const agent = await openBenchAgent(data, { ARENA_DIR }, signal);
    try {
      return await follow(agent, slug, signal);
    } finally {
      await agent.close();
    }
  } finally {
    await rm(folder, { recursive: true, force: true, maxRetries: 10 });
  }
}

async function follow(agent: Agent, slug: string, signal: AbortSignal): Promise<Measured> {
  await agent.flows.start({ slug, limits: { maxRounds: 1, approachesPerRound: 3 } });
  const { id } = await known(agent, slug);
  const steps = new Map<string, number>();
  let jobs: ListedTrainingJob[] = [];
  for (;;) {
    signal.throwIfAborted();
    jobs = await listTrainingJobs(agent.state, id);
    for (const job of jobs) {
      const at = await firstStepAt(agent, job);
      if (at !== null && !steps.has(job.id)) steps.set(job.id, at);
    }
    const isOver = jobs.length > 0 && jobs.every(({ endedAt }) => endedAt !== null);
    if (isOver) break;
    await sleep(lookMs);
  }
  const transitions = await listTransitions(agent.state, id);
  const readyAt = transitions.find(({ event }) => event === 'code_ready')?.at.getTime() ?? Number.NaN;
  const first = Math.min(...steps.values());
  const bytes = await Promise.all(
    jobs.filter(({ status }) => status === 'succeeded').map((job) => bytesOf(agent, job)),
  );
  return { figures: [...startFigures(first - readyAt), ...(await byteFigures(bytes))], notes: [] };
}

async function known(agent: Agent, slug: string): Promise<{ id: string }> {
  const found = await findCompetition(agent.state, slug);
  if (found === null) throw new Error(`${slug} is not there`);
  return found;
}

/** When the script began, by the first heartbeat that tells of it; null before. */
async function firstStepAt({ places }: Agent, job: ListedTrainingJob): Promise<number | null> {
  const path = join(places.objects, 'files', outputPrefix(job, job.token), 'heartbeat.json');
  try {
    const [text, { mtimeMs }] = await Promise.all([readFile(path, 'utf8'), stat(path)]);
    const { phase } = heartbeatSchema.parse(JSON.parse(text));
    return phase === 'running' ? mtimeMs : null;
  } catch {
    // There is none yet, or it is being replaced.
    return null;
  }
}

type Moved = { bundle: number; data: number; outputs: number };

async function bytesOf({ places }: Agent, job: ListedTrainingJob): Promise<Moved> {
  const folder = join(places.objects, 'files', outputPrefix(job, job.token));
  const sheet = jobSheetSchema.parse(JSON.parse(await readFile(join(folder, 'job.json'), 'utf8')));
  const delivered = (await readdir(folder)).filter((name) => !['job.json', 'params.json'].includes(name));
  const sizes = await Promise.all(delivered.map(async (name) => (await stat(join(folder, name))).size));
  const sum = (values: readonly number[]) => values.reduce((all, value) => all + value, 0);
  return {
    bundle: sheet.bundle.sizeBytes,
    data: sum(sheet.data.map(({ sizeBytes }) => sizeBytes)),
    outputs: sum(sizes),
  };
}

function startFigures(ms: number): Figure[] {
  const name = 'training.codeReadyToFirstStep';
  return [{ name, variant: 'this machine', value: ms, unit: 'ms', samples: 1, statistic: 'value' }];
}

async function byteFigures(moved: readonly Moved[]): Promise<Figure[]> {
  const runner = (await packRunner(runnerFolder)).length;
  const figure = (variant: string, bytes: (one: Moved) => number): Figure => ({
    name: 'training.movedBytes',
    variant,
    value: quantile(moved.map(bytes), 0.5) / 1e6,
    unit: 'MB',
    samples: moved.length,
    statistic: 'median',
  });
  return [
    figure('fetched, rented or first here', ({ bundle, data }) => bundle + data),
    figure('fetched, data kept from before', ({ bundle }) => bundle),
    figure('runner, where rented', () => runner),
    figure('delivered', ({ outputs }) => outputs),
  ];
}
