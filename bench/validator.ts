/**
 * What it costs to check a submission of a million rows, against only reading the same file. Both as it comes in the
 * sample's order and with its rows shuffled, which is the most that is mended. Times are the processor's, so that
 * whatever else the machine does counts for neither.
 */
import { Readable } from 'node:stream';
import type { Problem } from '../src/domain/problem.ts';
import { createRandom } from '../src/domain/random.ts';
import { inspectSubmissionFile } from '../src/domain/submission/file.ts';
import { checkSubmission } from '../src/domain/submission-check.ts';
import { readTable, type Table } from '../src/flows/support/csv.ts';
import { type Benchmark, type Figure, median } from './figure.ts';

const rowCount = 1_000_000;
const turns = 3;
const megabyte = 1024 * 1024;

const problem: Problem = {
  slug: 'large',
  title: 'Large',
  modality: 'tabular',
  task: 'binary',
  metric: 'roc_auc',
  metricK: null,
  predictionKind: 'probability',
  idColumn: 'id',
  targetColumns: ['target'],
  submissionColumns: ['target'],
  classes: ['0', '1'],
  predictionColumns: ['target'],
  textColumns: [],
  groupColumn: null,
  timeColumn: null,
};

export const validatorBenchmark: Benchmark = {
  name: 'validator',
  async measure(signal) {
    const ids = Array.from({ length: rowCount }, (_, row) => row);
    const sample = await read(Buffer.from(fileOf(ids, () => '0.5')));
    const figures = [
      ...(await measureOrder('in order', ids, sample, signal)),
      ...(await measureOrder('shuffled', shuffle(ids), sample, signal)),
    ];
    return { figures, notes: [] };
  },
};

async function measureOrder(
  variant: string,
  ids: readonly number[],
  sample: Table,
  signal: AbortSignal,
): Promise<Figure[]> {
  const random = createRandom(variant);
  const bytes = Buffer.from(fileOf(ids, () => random().toFixed(6)));
  const parseMs: number[] = [];
  const checkMs: number[] = [];
  const heapMb: number[] = [];
  for (let turn = 0; turn < turns; turn++) {
    signal.throwIfAborted();
    const startedAt = processorMs();
    const table = await read(bytes);
    const parsedAt = processorMs();
    const before = process.memoryUsage().heapUsed;
    const verdict = checkSubmission(
      { header: sample.columns, rows: sample.rows },
      { header: table.columns, rows: table.rows },
      { problem, file: inspectSubmissionFile(bytes) },
    );
    const checkedAt = processorMs();
    heapMb.push(Math.max(0, process.memoryUsage().heapUsed - before) / megabyte);
    parseMs.push(parsedAt - startedAt);
    checkMs.push(checkedAt - parsedAt);
    if (verdict.verdict === 'invalid') throw new Error(JSON.stringify(verdict.problems));
  }
  const figure = { variant, samples: turns, statistic: 'median' } as const;
  return [
    { name: 'validator.checkRatio', value: median(checkMs) / median(parseMs), unit: 'ratio', ...figure },
    { name: 'validator.check', value: median(checkMs) / 1000, unit: 's', ...figure },
    { name: 'validator.parse', value: median(parseMs) / 1000, unit: 's', ...figure },
    { name: 'validator.heap', value: median(heapMb), unit: 'MB', ...figure },
  ];
}

function processorMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

async function read(bytes: Buffer): Promise<Table> {
  return await readTable('submission.csv', Readable.from([bytes]));
}

function fileOf(ids: readonly number[], nextValue: () => string): string {
  return `id,target\n${ids.map((id) => `${id},${nextValue()}`).join('\n')}\n`;
}

function shuffle(ids: readonly number[]): number[] {
  const random = createRandom('order');
  const shuffled = [...ids];
  for (let last = shuffled.length - 1; last > 0; last--) {
    const other = Math.floor(random() * (last + 1));
    [shuffled[last], shuffled[other]] = [shuffled[other] ?? 0, shuffled[last] ?? 0];
  }
  return shuffled;
}
