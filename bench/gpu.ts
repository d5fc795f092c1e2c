/**
 * Rented machines that fail in every way, and agents that are killed: seeded runs against emulators of both vendors
 * whose machines really train. No machine may be left, no cap be crossed, no run be lost or doubled. And how near the
 * chosen machines come to the cheapest ones as one knows them afterwards.
 *
 * `npm run bench -- gpu [--seeds=1-200]`: two processes side by side.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { startCluster, templateDatabase } from '../test/support/global-setup.ts';
import type { SeedOutcome } from '../test/support/gpu-campaign/run-seed.ts';
import { faultKinds } from '../test/support/gpu-campaign/weather.ts';
import { findPython } from '../test/support/python.ts';
import { type Benchmark, type Figure, type Measured, quantile } from './figure.ts';
import { type Judged, judgeChoice } from './gpu/hindsight.ts';

const hour = 3_600_000;
const processes = 2;
const usualSeeds = '1-200';
const markets = 5_000;

/** @param words of the command line */
export function createGpuBenchmark(words: readonly string[]): Benchmark {
  const wanted = words.find((word) => word.startsWith('--seeds='))?.slice('--seeds='.length) ?? usualSeeds;
  return {
    name: 'gpu',
    onlyByName: true,
    limitMs: 2 * hour,
    measure: (signal) => measure(readSeeds(wanted), signal),
  };
}

/** `1-200`, or `7`. */
function readSeeds(text: string): number[] {
  const [first = Number.NaN, last = first] = text.split('-').map(Number);
  const count = last - first + 1;
  if (!Number.isInteger(count) || count < 1) throw new Error(`--seeds=${text} is no range such as 1-200`);
  return Array.from({ length: count }, (_, index) => first + index);
}

async function measure(seeds: readonly number[], signal: AbortSignal): Promise<Measured> {
  const choice = choiceFigures();
  const python = findPython();
  if (python === null) return { figures: choice, notes: ['gpu: there is no Python to train with'] };
  const folder = await mkdtemp(join(tmpdir(), 'kaggle-agent-bench-'));
  const cluster = await startCluster(folder);
  try {
    const { connectionString: agentUrl, adminConnectionString: adminUrl } = cluster;
    const outcomes = await runAll(
      { python, cluster: { agentUrl, adminUrl, template: templateDatabase } },
      seeds,
      signal,
    );
    const broken = outcomes.filter(({ violations }) => violations.length > 0);
    return {
      figures: [...campaignFigures(outcomes), ...choice],
      notes: broken.map(({ seed, violations }) => `seed ${seed} went wrong: ${violations.join('; ')}`),
    };
  } finally {
    await cluster.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

/** Every process takes every second seed; each tells of a seed in one line when it is over. */
async function runAll(place: unknown, seeds: readonly number[], signal: AbortSignal): Promise<SeedOutcome[]> {
  const outcomes: SeedOutcome[] = [];
  const run = async (index: number) => {
    const own = seeds.filter((_, place) => place % processes === index);
    const script = join(import.meta.dirname, 'gpu', 'seeds-process.ts');
    const child = spawn(process.execPath, [script, JSON.stringify({ ...Object(place), seeds: own })], {
      stdio: ['ignore', 'pipe', 'inherit'],
      signal,
    });
    const ended = once(child, 'exit');
    for await (const line of createInterface({ input: child.stdout })) {
      const outcome: SeedOutcome = JSON.parse(line);
      outcomes.push(outcome);
      process.stderr.write(`  ${outcomes.length} of ${seeds.length}: ${describe(outcome)}\n`);
    }
    const [code] = await ended;
    if (code !== 0) throw new Error(`a process of the seeds ended with ${code}`);
  };
  await Promise.all(Array.from({ length: processes }, (_, index) => run(index)));
  return outcomes;
}

function describe({ seed, violations, kills, jobs, starts, seconds }: SeedOutcome): string {
  const word = violations.length === 0 ? 'well' : violations.join('; ');
  return `seed ${seed} ${word}; ${jobs.join(', ')}; ${starts} starts, ${kills} kills, ${seconds.toFixed(1)} s`;
}

function campaignFigures(outcomes: readonly SeedOutcome[]): Figure[] {
  const sum = (read: (outcome: SeedOutcome) => number) => outcomes.reduce((all, one) => all + read(one), 0);
  const samples = outcomes.length;
  const one = (name: string, variant: string, value: number, unit: Figure['unit'] = 'count'): Figure => {
    return { name: `gpu.${name}`, variant, value, unit, samples, statistic: 'value' };
  };
  const endings = Map.groupBy(
    outcomes.flatMap(({ jobs }) => jobs),
    (ending) => ending,
  );
  const [billed, settled] = [sum(({ billedUsd }) => billedUsd), sum(({ settledUsd }) => settledUsd)];
  const least = sum(({ hindsight }) => hindsight.leastUsd);
  return [
    one('seeds', 'all', samples),
    one('seeds', 'with two installations', outcomes.filter(({ installations }) => installations > 1).length),
    one('seeds', 'with several agents', outcomes.filter(({ agents }) => agents > 1).length),
    one(
      'violations',
      'all seeds',
      sum(({ violations }) => violations.length),
    ),
    one(
      'kills',
      'of agents',
      sum(({ kills }) => kills),
    ),
    ...faultKinds.map((kind) =>
      one(
        'faults',
        kind,
        sum(({ faults }) => faults[kind]),
      ),
    ),
    ...[...endings].map(([ending, jobs]) => one('runs', ending, jobs.length)),
    one(
      'starts',
      'of machines',
      sum(({ starts }) => starts),
    ),
    one('bill', 'the vendors', billed, 'dollars'),
    one('bill', 'the ledger', settled, 'dollars'),
    one('ledgerToBillRatio', 'all seeds', settled / billed, 'ratio'),
    one('overCap', 'after a price rose', Math.max(...outcomes.map(({ overCapMs }) => overCapMs)), 'ms'),
    one(
      'paidToCheapestHourRatio',
      'machines that delivered',
      sum(({ hindsight }) => hindsight.paidUsd) / least,
      'ratio',
    ),
    {
      ...one(
        'seedSeconds',
        'each',
        quantile(
          outcomes.map(({ seconds }) => seconds),
          0.5,
        ),
        's',
      ),
      statistic: 'median',
    },
  ];
}

/** Over markets and interruptions that are drawn, with the same luck for every machine that might have been chosen. */
function choiceFigures(): Figure[] {
  const judged = Array.from({ length: markets }, (_, seed) => judgeChoice(seed)).filter(
    (one) => one !== null,
  );
  const sum = (read: (one: Judged) => number) => judged.reduce((all, one) => all + read(one), 0);
  const best = sum(({ bestUsd }) => bestUsd);
  const ratios = judged.map(({ chosenUsd, bestUsd }) => chosenUsd / bestUsd);
  const name = 'gpu.costToBestInHindsightRatio';
  const common = { name, unit: 'ratio', samples: judged.length } as const;
  return [
    { ...common, variant: 'as chosen', value: sum(({ chosenUsd }) => chosenUsd) / best, statistic: 'value' },
    { ...common, variant: 'as chosen', value: quantile(ratios, 0.5), statistic: 'median' },
    { ...common, variant: 'as chosen', value: quantile(ratios, 0.95), statistic: 'p95' },
    {
      ...common,
      variant: 'cheapest hour',
      value: sum(({ cheapestPerHourUsd }) => cheapestPerHourUsd) / best,
      statistic: 'value',
    },
  ];
}
