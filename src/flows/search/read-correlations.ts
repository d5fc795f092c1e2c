import type { Context } from '../../context.ts';
import { asFailure } from '../../domain/errors.ts';
import { correlate } from '../../domain/metrics/correlation.ts';
import { averageRanks } from '../../domain/metrics/ranks.ts';
import type { TreeNode } from '../../domain/search/tree.ts';
import type { Competition } from '../../state/competitions.ts';
import { getTrainingJob } from '../../state/training.ts';
import { outputPrefix } from '../gpu/judge-run.ts';
import { readTruth } from '../research/prepare-folds.ts';
import { alignPredictions, partTruth, readPredictions } from '../support/predictions.ts';

/** Ranks of the predictions, one column per prediction column. */
type Predicted = readonly Float64Array[];

/** More pairs than this are not worth their time. */
const mostNodes = 8;
/** Enough rows for a correlation to two digits. */
const mostRows = 20_000;

/**
 * How alike the nodes predict: the rank correlation of their out-of-fold predictions, the mean over the prediction
 * columns, for every pair. Nodes whose predictions cannot be read, or are of other rows, are in no pair.
 */
export async function readCorrelations(
  ctx: Pick<Context, 'state' | 'objects' | 'log'>,
  competition: Pick<Competition, 'slug' | 'problem'>,
  nodes: readonly TreeNode[],
): Promise<(first: string, second: string) => number | null> {
  const some = nodes.slice(0, mostNodes);
  const read = some.length < 2 ? [] : await Promise.all(some.map((node) => readOof(ctx, competition, node)));
  const byId = new Map(some.map(({ id }, place) => [id, read[place] ?? null]));
  return (first, second) => correlationOf(byId.get(first) ?? null, byId.get(second) ?? null);
}

async function readOof(
  ctx: Pick<Context, 'state' | 'objects' | 'log'>,
  { slug, problem }: Pick<Competition, 'slug' | 'problem'>,
  node: TreeNode,
): Promise<Predicted | null> {
  const job = node.runId === null ? null : await getTrainingJob(ctx.state, node.runId);
  if (job === null || problem === null) return null;
  try {
    const truth = await readTruth(ctx, slug, 0);
    const key = `${outputPrefix(job, job.token)}/oof.csv`;
    const predictions = await readPredictions(ctx, key, 'oof.csv', truth.rowKey, problem);
    const aligned = alignPredictions('oof.csv', predictions, partTruth(truth, false).keys);
    return aligned.map((column) => averageRanks(thinned(column)));
  } catch (error) {
    // Predicted on other data, or gone: such a node is not merged, which is no reason to stop.
    ctx.log.info({ err: asFailure(error), node: node.name }, 'predictions of a node were not read');
    return null;
  }
}

/** Rows at even distances, the same of every node. */
function thinned(column: Float64Array): Float64Array {
  const step = Math.ceil(column.length / mostRows);
  return step <= 1 ? column : column.filter((_, row) => row % step === 0);
}

function correlationOf(first: Predicted | null, second: Predicted | null): number | null {
  if (first === null || second === null) return null;
  const columns = first.flatMap((column, index) => {
    const other = second[index];
    const correlation = other === undefined || column.length < 2 ? null : correlate(column, other);
    return correlation === null ? [] : [correlation];
  });
  return columns.length === 0 ? null : columns.reduce((sum, one) => sum + one, 0) / columns.length;
}
