import { randomUUID } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { finished } from 'node:stream/promises';
import { stringify } from 'csv-stringify';
import type { Context } from '../../context.ts';
import { summarise } from '../../domain/compare.ts';
import { debugLimitSeconds } from '../../domain/debug-limit.ts';
import { asFailure } from '../../domain/errors.ts';
import type { ShuffledTrial } from '../../domain/leak-test.ts';
import { crossFittedScore } from '../../domain/prediction-score.ts';
import type { Problem } from '../../domain/problem.ts';
import { createRandom, shuffled } from '../../domain/random.ts';
import type { HyperParameters } from '../../domain/run-contract.ts';
import { readTruth } from '../research/prepare-folds.ts';
import { readCsv, readTable } from '../support/csv.ts';
import { copyJobData } from '../support/job-data.ts';
import { alignPredictions, type Predictions, partTruth, predictionsOf } from '../support/predictions.ts';

type TrialContext = Pick<Context, 'objects' | 'quality' | 'policy' | 'scratchFolder' | 'signal'>;
type Search = ReturnType<typeof partTruth>;

const shuffleSeed = 'labels of the leak test';
const chanceDraws = 20;
/** Scoring this many says as much as scoring all. */
const mostScoredRows = 20_000;

/**
 * Runs a script on labels that were shuffled among the rows, so that nothing in the data tells of them, and scores
 * what it predicts; and the same predictions against labels shuffled again, which is chance.
 * @returns null with the reason where the run gives nothing to score
 */
export async function shuffledTrial(
  ctx: TrialContext,
  input: { slug: string; problem: Problem; script: string; seed: number; params: HyperParameters | null },
): Promise<ShuffledTrial | { problem: string }> {
  const { slug, problem, script, seed, params } = input;
  const folder = join(ctx.scratchFolder, `shuffled-${randomUUID()}`);
  const dataFolder = join(folder, 'data');
  try {
    const contract = await copyJobData(ctx, slug, 0, dataFolder);
    const search = shuffleLabels(partTruth(await readTruth(ctx, slug, 0), false), shuffleSeed);
    await rewriteLabels(join(dataFolder, 'train.csv'), contract.rowKey, problem.targetColumns, search);
    const trial = {
      script,
      requirements: '',
      contract,
      dataFolder,
      seed,
      debugLimitSeconds: debugLimitSeconds(ctx.policy.trainingTimeLimitSeconds),
      ...(params === null ? {} : { params }),
    };
    const run = await ctx.quality.tryOut(
      { ...trial, outFolder: join(folder, 'out') },
      { signal: ctx.signal },
    );
    if (run.oofPath === null) return { problem: run.failure ?? 'It wrote no predictions.' };
    const table = await readTable('oof.csv', createReadStream(run.oofPath));
    return scoreTrial(problem, search, predictionsOf('oof.csv', table, contract.rowKey, problem));
  } catch (error) {
    ctx.signal.throwIfAborted();
    const failure = asFailure(error);
    if (failure.kind !== 'business') throw failure;
    return { problem: failure.message };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function scoreTrial(problem: Problem, whole: Search, predictions: Predictions): ShuffledTrial {
  const aligned = alignPredictions('oof.csv', predictions, whole.keys);
  const step = Math.max(1, Math.ceil(whole.keys.length / mostScoredRows));
  const rows = whole.keys.flatMap((_, row) => (row % step === 0 ? [row] : []));
  const oof = aligned.map((column) => Float64Array.from(rows, (row) => column[row] ?? Number.NaN));
  const search = pickRows(whole, rows);
  const scoreOf = (labels: string[][]) => summarise(crossFittedScore(problem, labels, oof, search.fold)).mean;
  const chance = Array.from({ length: chanceDraws }, (_, draw) =>
    scoreOf(shuffleLabels(search, `chance ${draw}`).labels),
  );
  return { metric: problem.metric, score: scoreOf(search.labels), chance };
}

function pickRows({ keys, fold, labels }: Search, rows: readonly number[]): Search {
  return {
    keys: rows.map((row) => keys[row] ?? ''),
    fold: rows.map((row) => fold[row] ?? -1),
    labels: labels.map((cells) => rows.map((row) => cells[row] ?? '')),
  };
}

/** The same labels on other rows; those of one row stay together. */
function shuffleLabels(search: Search, seed: string): Search {
  const order = shuffled(
    search.keys.map((_, row) => row),
    createRandom(seed),
  );
  return { ...search, labels: search.labels.map((cells) => order.map((row) => cells[row] ?? '')) };
}

/** Writes train.csv anew, with other labels. */
async function rewriteLabels(
  path: string,
  rowKey: string,
  targetColumns: readonly string[],
  { keys, labels }: Search,
): Promise<void> {
  const rowOf = new Map(keys.map((key, row) => [key, row]));
  const partial = `${path}.partial`;
  const writer = stringify();
  const sink = writer.pipe(createWriteStream(partial));
  let at: { key: number; targets: number[] } = { key: -1, targets: [] };
  await readCsv('train.csv', createReadStream(path), {
    onHeader: (columns) => {
      at = { key: columns.indexOf(rowKey), targets: targetColumns.map((name) => columns.indexOf(name)) };
      writer.write(columns);
    },
    onRow: (cells) => {
      const row = rowOf.get(cells[at.key] ?? '');
      const changed = [...cells];
      for (const [target, position] of at.targets.entries()) {
        if (row !== undefined && position >= 0) changed[position] = labels[target]?.[row] ?? '';
      }
      writer.write(changed);
    },
  });
  writer.end();
  await finished(sink);
  await rename(partial, path);
}
