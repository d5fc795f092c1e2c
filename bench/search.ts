/**
 * How the search improves, round by round, with nothing configured: whole competitions through the real flows, with
 * the playbooks and the baseline generator, at the practice arena with its hidden labels. Goes on where an earlier call
 * was stopped, and tells what is there at once.
 *
 * `npm run bench -- search [--rounds=5] [--competition=titanic] [--folder=DIR] [--data=DIR] [--time=SECONDS]`
 */
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import type { Agent } from '../src/app/agent.ts';
import { entrantsFileSchema } from '../src/arena/competition-schema.ts';
import { isFinal } from '../src/domain/competition-machine.ts';
import { asFailure } from '../src/domain/errors.ts';
import { isBetter } from '../src/domain/metrics/score.ts';
import type { Overview } from '../src/domain/overview.ts';
import type { SearchTree } from '../src/domain/search/tree.ts';
import { readTree } from '../src/flows/search/read-tree.ts';
import { findCompetition } from '../src/state/competitions.ts';
import type { Benchmark, Figure, Measured } from './figure.ts';
import { openBenchAgent } from './support/bench-agent.ts';

const root = join(import.meta.dirname, '..');
const lookEveryMs = 2_000;
const trainingLimitSeconds = 180;
const hour = 3_600_000;

type Plan = {
  rounds: number;
  competitions: readonly string[];
  folder: string;
  data: string;
  seconds: number;
};

function planOf(words: readonly string[]): Plan {
  const read = (name: string, fallback: string) =>
    words.find((word) => word.startsWith(`--${name}=`))?.slice(name.length + 3) ?? fallback;
  return {
    rounds: Number(read('rounds', '5')),
    competitions: read('competition', '')
      .split(',')
      .filter((slug) => slug !== ''),
    folder: read('folder', join(root, 'data', 'bench-search')),
    data: read('data', join(root, '..', 'shared', 'data')),
    seconds: Number(read('time', '14400')),
  };
}

/** @param words of the command line */
export function createSearchBenchmark(words: readonly string[]): Benchmark {
  const plan = planOf(words);
  return {
    name: 'search',
    onlyByName: true,
    limitMs: 12 * hour,
    measure: (signal) => measure(plan, signal),
  };
}

async function measure(plan: Plan, signal: AbortSignal): Promise<Measured> {
  const measured: Measured = { figures: [], notes: [] };
  const agent = await openAgent(plan, signal);
  try {
    const listed = await agent.competitions.kaggle.listCompetitions({}, { signal });
    const slugs = plan.competitions.length > 0 ? plan.competitions : listed.map(({ slug }) => slug);
    for (const slug of slugs) {
      signal.throwIfAborted();
      process.stderr.write(`search: ${slug} ...\n`);
      const overview = await play(agent, slug, plan, signal);
      const competition = await findCompetition(agent.state, slug);
      if (competition === null) throw new Error(`${slug} is not there`);
      const tree = await readTree({ state: agent.state }, competition);
      measured.figures.push(...(await figuresOf(agent, slug, competition.id, tree)));
      measured.notes.push(...notesOf(overview, tree, referencesOf(plan.data, slug)));
    }
  } finally {
    await agent.close();
  }
  return measured;
}

async function openAgent(plan: Plan, signal: AbortSignal): Promise<Agent> {
  mkdirSync(plan.folder, { recursive: true });
  const settings = {
    KAGGLE_AGENT_MAX_AUTO_RETRIES: '2',
    KAGGLE_AGENT_TRAINING_TIME_LIMIT_SECONDS: String(trainingLimitSeconds),
    ...(existsSync(plan.data) ? { ARENA_DIR: plan.data } : {}),
  };
  return await openBenchAgent(plan.folder, settings, signal);
}

/** To its end, with the scores on the hidden labels. */
async function play(agent: Agent, slug: string, plan: Plan, signal: AbortSignal): Promise<Overview> {
  const known = await agent.flows.status({ slug }).catch(() => null);
  if (known === null || !isFinal(known.state)) {
    await agent.flows.start({ slug, limits: { maxRounds: plan.rounds, timeLimitSeconds: plan.seconds } });
  }
  for (let last = ''; ; ) {
    signal.throwIfAborted();
    const overview = await lookAt(agent, slug);
    if (overview === null) continue;
    const line = `${overview.state}, round ${overview.round}`;
    if (line !== last) process.stderr.write(`  ${slug}: ${line}\n`);
    last = line;
    const isScored = overview.submissions.every((one) => one.status !== 'scored' || one.finalScore !== null);
    if (isFinal(overview.state) && isScored) return overview;
  }
}

/** After a pause; null where a busy machine did not answer in time, so that hours of work end for no such look. */
async function lookAt(agent: Agent, slug: string): Promise<Overview | null> {
  await sleep(lookEveryMs);
  try {
    return await agent.flows.status({ slug });
  } catch (error) {
    if (asFailure(error).kind === 'transient') return null;
    throw error;
  }
}

const referencesSchema = z.object({
  competitions: z.record(
    z.string(),
    z.object({ scores: z.record(z.string(), z.object({ score: z.number() })) }),
  ),
});

/** Scores of the reference entrants on all hidden rows. */
function referencesOf(folder: string, slug: string): Record<string, number> {
  const given = join(folder, 'reference-scores.json');
  const scores = existsSync(given) ? referencesSchema.parse(readJson(given)).competitions[slug]?.scores : {};
  const entrants = join(root, 'data', 'competitions', slug, 'entrants.json');
  const shipped = existsSync(entrants) ? entrantsFileSchema.parse(readJson(entrants)) : [];
  return Object.fromEntries([
    ...Object.entries(scores ?? {}).map(([name, { score }]) => [name, score]),
    ...shipped.flatMap(({ name, overall }) => (overall === null ? [] : [[name, overall]])),
  ]);
}

function readJson(file: string): unknown {
  return JSON.parse(readFileSync(file, 'utf8'));
}

const digits = (score: number | null | undefined) => (score == null ? '–' : score.toFixed(5));

function notesOf(overview: Overview, tree: SearchTree, references: Record<string, number>): string[] {
  const { slug } = overview;
  const lines = Array.from({ length: overview.round }, (_, index) => {
    const round = index + 1;
    const mine = tree.nodes.filter((node) => node.round === round);
    const submission = overview.submissions.findLast((one) => one.round === round && one.finalScore !== null);
    const made = mine.map(
      ({ operator, name, status, cv }) =>
        `${operator} ${name} ${status === 'failed' ? 'failed' : digits(cv)}`,
    );
    return (
      `${slug} round ${round}: best CV ${digits(bestUpTo(tree, round))}; submitted with CV ${digits(submission?.cv)}, ` +
      `estimate ${digits(submission?.estimate)}, hidden test ${digits(submission?.finalScore)}; ${made.join(', ')}`
    );
  });
  const entrants = Object.entries(references).map(([name, score]) => `${name} ${digits(score)}`);
  return [...lines, `${slug} reference entrants: ${entrants.join(', ') || 'none'}`];
}

function bestUpTo({ metric, nodes }: SearchTree, round: number): number | null {
  let best: number | null = null;
  for (const { cv, round: at } of nodes) {
    if (cv !== null && at <= round && (best === null || isBetter(metric, cv, best))) best = cv;
  }
  return best;
}

const overheadSchema = z.object({ seconds: z.coerce.number(), gate: z.coerce.number() });

/** Seconds of jobs that were at work, without training, and how much of them the quality gate took. */
const overheadSql = `
  select
    (select coalesce(sum(extract(epoch from ended_at - started_at)), 0) from stage_runs
     where competition_id = $1 and job ~ '^(research|codegen|gpu|submission)\\.' and job not in ('gpu.train', 'submission.watch')
       and ended_at is not null) as seconds,
    (select coalesce(sum((k ->> 'seconds')::double precision), 0) from generated_code g,
       jsonb_array_elements(g.gate_report -> 'checks') k
     where g.competition_id = $1) as gate`;

async function figuresOf(agent: Agent, slug: string, id: string, tree: SearchTree): Promise<Figure[]> {
  const one = (name: string, value: number, unit: Figure['unit'], statistic: Figure['statistic']): Figure => {
    return { name: `search.${name}`, variant: slug, value, unit, samples: tree.nodes.length, statistic };
  };
  const pool = agent.database.direct?.pools.state ?? null;
  const rows = pool === null ? [] : (await pool.query(overheadSql, [id])).rows;
  const overhead = overheadSchema.safeParse(rows[0]);
  const ended = tree.nodes.filter(({ status }) => status === 'scored' || status === 'failed');
  return [
    one('nodes', tree.nodes.length, 'count', 'value'),
    one('failedNodes', tree.nodes.filter(({ status }) => status === 'failed').length, 'count', 'value'),
    ...(overhead.success && ended.length > 0
      ? [
          one('overheadPerNode', (overhead.data.seconds - overhead.data.gate) / ended.length, 's', 'value'),
          one('gatePerNode', overhead.data.gate / ended.length, 's', 'value'),
        ]
      : []),
  ];
}
