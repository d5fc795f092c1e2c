import { createReadStream } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { RunResult, ScriptMetrics } from '../../../domain/run-contract.ts';
import type { GateRequest } from '../../quality/contract.ts';
import type { Verdict } from './check-sheet.ts';

/** A debug run trains on about a tenth of the rows. */
const debugShare = 0.1;

/**
 * Seconds of a full run: training grows with the rows, the rest does not.
 * Source: the estimate rule of the run contract, with one epoch count for both runs.
 */
export function estimateSeconds(result: RunResult | null, metrics: ScriptMetrics | null): number | null {
  if (result === null || metrics === null) return null;
  const trainSeconds = Math.min(metrics.train_seconds, result.seconds);
  return Math.round(trainSeconds / debugShare + (result.seconds - trainSeconds));
}

export function judgeSeconds(
  seconds: number | null,
  { timeLimitSeconds, keepsTimeLimit }: Pick<GateRequest, 'timeLimitSeconds' | 'keepsTimeLimit'>,
): Verdict {
  if (seconds === null) return { status: 'skipped', message: 'There was no run to estimate from.' };
  const words = `A full run would take about ${seconds} s; its limit is ${timeLimitSeconds} s.`;
  if (seconds <= timeLimitSeconds) return { status: 'ok', message: words };
  if (keepsTimeLimit) return { status: 'ok', message: `${words} The script shortens itself to it.` };
  return { status: 'failed', message: words };
}

/** The interpreter with pandas and scikit-learn, which no number of rows changes. */
const interpreterBytes = 200_000_000;
/** What one byte of CSV takes as a table. A debug run reads all of it, as a full run does. */
const bytesPerCsvByte = 4;
/**
 * Over what the debug run took, for models that learn from ten times the rows.
 * Source: measured on 20,000 rows: forests took 10 % more in the full run, boosting 2 %, linear models and texts none.
 */
const modelSlack = 1.2;

export type DataSize = { csvBytes: number; trainRows: number };

/** Size of the tables that every run reads whole, and how many rows there are to train on. */
export async function measureData(dataFolder: string): Promise<DataSize> {
  const tables = (await readdir(dataFolder)).filter((name) => name.endsWith('.csv'));
  const sizes = await Promise.all(tables.map(async (name) => (await stat(join(dataFolder, name))).size));
  return {
    csvBytes: sizes.reduce((sum, size) => sum + size, 0),
    // A row key and a number: no cell of it holds a line break.
    trainRows: Math.max(0, (await countLines(join(dataFolder, 'folds.csv'))) - 1),
  };
}

async function countLines(path: string): Promise<number> {
  let lines = 0;
  for await (const chunk of createReadStream(path)) {
    for (const byte of chunk) if (byte === lineEnd) lines += 1;
  }
  return lines;
}

const lineEnd = 10;

/**
 * Peak memory of a full run. Where the debug run says that it kept a part of the rows, what is left after the
 * interpreter and the tables grows with the rows; where it kept all of them, it is there already.
 */
export function estimateMemory(
  result: RunResult | null,
  metrics: ScriptMetrics | null,
  { csvBytes, trainRows }: DataSize,
): number | null {
  const peak = result?.maxMemoryBytes ?? null;
  if (peak === null) return null;
  const rowsKept = metrics === null || metrics.n_train === 0 ? trainRows : metrics.n_train;
  const factor = Math.min(1 / debugShare, Math.max(1, trainRows / Math.max(1, rowsKept)));
  const grows = Math.max(0, peak - interpreterBytes - bytesPerCsvByte * csvBytes);
  return Math.round(modelSlack * (peak + grows * (factor - 1)));
}

export function judgeMemory(
  bytes: number | null,
  { memoryLimitBytes }: Pick<GateRequest, 'memoryLimitBytes'>,
): Verdict {
  if (bytes === null)
    return { status: 'skipped', message: 'The machine does not measure the memory of runs.' };
  const words = `A full run would take about ${megabytes(bytes)} of memory`;
  if (memoryLimitBytes === undefined) return { status: 'ok', message: `${words}; no limit is set.` };
  const sentence = `${words}; it may take ${megabytes(memoryLimitBytes)}.`;
  return { status: bytes <= memoryLimitBytes ? 'ok' : 'failed', message: sentence };
}

function megabytes(bytes: number): string {
  return `${Math.round(bytes / 1e6).toLocaleString('en')} MB`;
}
