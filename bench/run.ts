/**
 * `npm run bench`: measures the agent on this machine. Without arguments everything, else the named benchmarks;
 * `--json` prints one document, otherwise a table. To add one: a file of its own here, and a line in `all`.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { availableParallelism, cpus, loadavg, totalmem } from 'node:os';
import { join } from 'node:path';
import { createCampaignBenchmark } from './campaign.ts';
import { chatBenchmark } from './chat.ts';
import { downloadBenchmark } from './download.ts';
import type { Benchmark, Figure } from './figure.ts';
import { createGpuBenchmark } from './gpu.ts';
import { latencyBenchmark } from './latency.ts';
import { metricsBenchmark } from './metrics.ts';
import { objectsBenchmark } from './objects.ts';
import { redisKillsBenchmark } from './redis-kills.ts';
import { createSearchBenchmark } from './search.ts';
import { stagesBenchmark } from './stages.ts';
import { startBenchmark } from './start.ts';
import { stateCallsBenchmark } from './state-calls.ts';
import { submissionCrashesBenchmark } from './submission-crashes.ts';
import { createTrainingBenchmark } from './training.ts';
import { validatorBenchmark } from './validator.ts';
import { workersBenchmark } from './workers.ts';

const words = process.argv.slice(2);

const all: readonly Benchmark[] = [
  stagesBenchmark,
  latencyBenchmark,
  startBenchmark,
  chatBenchmark,
  stateCallsBenchmark,
  objectsBenchmark,
  workersBenchmark,
  redisKillsBenchmark,
  downloadBenchmark,
  submissionCrashesBenchmark,
  validatorBenchmark,
  createSearchBenchmark(words),
  createCampaignBenchmark(words),
  createGpuBenchmark(words),
  createTrainingBenchmark(words),
  metricsBenchmark,
];
const limitMs = 10 * 60_000;

const isJson = words.includes('--json');
const names = words.filter((word) => !word.startsWith('--'));
const unknown = names.filter((name) => !all.some((benchmark) => benchmark.name === name));
if (unknown.length > 0) {
  const known = all.map(({ name }) => name).join(', ');
  process.stderr.write(`There is no benchmark ${unknown.join(', ')}; there are ${known}.\n`);
  process.exitCode = 2;
} else {
  await main(
    all.filter(({ name, onlyByName = false }) => (names.length === 0 ? !onlyByName : names.includes(name))),
  );
}

async function main(chosen: readonly Benchmark[]): Promise<void> {
  const startedAt = new Date();
  const machine = readMachine();
  const interrupted = new AbortController();
  process.once('SIGINT', () => interrupted.abort(new Error('interrupted')));
  const figures: Figure[] = [];
  const notes: string[] = [];
  for (const benchmark of chosen) {
    process.stderr.write(`${benchmark.name} ...\n`);
    const signal = AbortSignal.any([interrupted.signal, AbortSignal.timeout(benchmark.limitMs ?? limitMs)]);
    const measured = await benchmark.measure(signal);
    figures.push(...measured.figures);
    notes.push(...measured.notes);
  }
  const seconds = Math.round((Date.now() - startedAt.getTime()) / 100) / 10;
  const document = {
    startedAt: startedAt.toISOString(),
    seconds,
    ...machine,
    figures: figures.map(rounded),
    notes,
  };
  process.stdout.write(isJson ? `${JSON.stringify(document, null, 2)}\n` : table(document.figures, notes));
}

/** What the numbers depend on. */
function readMachine() {
  const git = (...words: string[]) => {
    try {
      return execFileSync('git', words, { cwd: import.meta.dirname, encoding: 'utf8', stdio: 'pipe' }).trim();
    } catch {
      return null;
    }
  };
  const bullmq = readFileSync(join(import.meta.dirname, '../node_modules/bullmq/package.json'), 'utf8');
  const status = git('status', '--porcelain');
  return {
    commit: git('rev-parse', 'HEAD'),
    isDirty: status === null ? null : status !== '',
    node: process.version,
    bullmq: String(JSON.parse(bullmq).version),
    processor: cpus()[0]?.model ?? 'unknown',
    cores: availableParallelism(),
    memoryBytes: totalmem(),
    /** Of the last minute, before anything was measured: others who work on the machine show here. */
    loadBefore: loadavg()[0] ?? 0,
  };
}

function rounded(figure: Figure): Figure {
  return { ...figure, value: Number(figure.value.toPrecision(4)) };
}

function table(figures: readonly Figure[], notes: readonly string[]): string {
  const rows = [
    ['what', 'where', 'value', 'unit', 'statistic', 'samples'],
    ...figures.map((figure) => [
      figure.name,
      figure.variant,
      String(figure.value),
      figure.unit,
      figure.statistic,
      String(figure.samples),
    ]),
  ];
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map((row) => (row[column] ?? '').length)),
  );
  const lines = rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
  return [...lines, ...notes.map((note) => `note: ${note}`), ''].join('\n');
}
