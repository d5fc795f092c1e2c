import { randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Context } from '../../context.ts';
import { summarise } from '../../domain/compare.ts';
import { debugLimitSeconds } from '../../domain/debug-limit.ts';
import { asFailure } from '../../domain/errors.ts';
import { scoreGain } from '../../domain/metrics/score.ts';
import { crossFittedScore } from '../../domain/prediction-score.ts';
import type { Problem } from '../../domain/problem.ts';
import type { ScriptContract } from '../../domain/run-contract.ts';
import type { Ablation } from '../../domain/search/step.ts';
import type { TreeNode } from '../../domain/search/tree.ts';
import type { Competition } from '../../state/competitions.ts';
import { storeAblations } from '../../state/search.ts';
import { readTruth, type Truth } from '../research/prepare-folds.ts';
import { readTable } from '../support/csv.ts';
import { copyJobData } from '../support/job-data.ts';
import { alignPredictions, partTruth, predictionsOf } from '../support/predictions.ts';
import { readParent } from './read-parent.ts';

const mostParts = 4;
/** As many whole debug runs, at their limit, are all the time that one node has. */
const runsInAll = 4;
const ablationSeed = 42;

type AblationContext = Pick<
  Context,
  'state' | 'objects' | 'quality' | 'policy' | 'scratchFolder' | 'log' | 'signal'
>;

/**
 * Measures what the parts of a node's script are worth: runs it on the debug share as it is and without each of a few
 * parts, and scores the out-of-fold files itself. Stored with the node, so it is done once; a script without parts, or
 * one that does not run without them, has none.
 */
export async function ablateNode(
  ctx: AblationContext,
  competition: Pick<Competition, 'slug' | 'problem'>,
  node: TreeNode,
): Promise<Ablation[]> {
  if (node.ablations !== null) return node.ablations;
  const parts = chooseParts(node.parts);
  const measured = parts.length === 0 ? [] : await measure(ctx, competition, node, parts);
  ctx.log.info(
    { competition: competition.slug, node: node.name, parts: measured },
    'parts of a node measured',
  );
  return (await storeAblations(ctx.state, { approachId: node.id, ablations: measured })) ?? [];
}

/** Some of each kind: half of them columns, half models, as far as there are. */
function chooseParts(parts: readonly string[]): string[] {
  const models = parts.filter((part) => part.startsWith('model:'));
  const others = parts.filter((part) => !part.startsWith('model:'));
  const half = Math.min(models.length, Math.max(mostParts / 2, mostParts - others.length));
  return [...others.slice(0, mostParts - half), ...models.slice(0, half)];
}

async function measure(
  ctx: AblationContext,
  { slug, problem }: Pick<Competition, 'slug' | 'problem'>,
  node: TreeNode,
  parts: readonly string[],
): Promise<Ablation[]> {
  const { script, requirements } = await readParent(ctx, node);
  if (script === null || problem === null) return [];
  const folder = join(ctx.scratchFolder, `ablation-${randomUUID()}`);
  const debugSeconds = debugLimitSeconds(ctx.policy.trainingTimeLimitSeconds);
  try {
    const dataFolder = join(folder, 'data');
    const contract = await copyJobData(ctx, slug, 0, dataFolder);
    const report = await ctx.quality.ablate(
      {
        script,
        requirements: requirements ?? '',
        contract,
        dataFolder,
        seed: ablationSeed,
        debugLimitSeconds: debugSeconds,
        parts,
        outFolder: join(folder, 'out'),
        limitSeconds: runsInAll * debugSeconds,
      },
      { signal: ctx.signal },
    );
    const truth = await readTruth(ctx, slug, 0);
    const scoreOf = (path: string | null) => scoreFile(ctx, problem, contract, truth, path);
    const whole = await scoreOf(report.whole.oofPath);
    if (whole === null) return [];
    const losses: Ablation[] = [];
    for (const { without, oofPath } of report.parts) {
      const score = await scoreOf(oofPath);
      if (without !== null && score !== null) {
        losses.push({ part: without, loss: scoreGain(problem.metric, score, whole) });
      }
    }
    return losses;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** @returns null where there is no file, or one that cannot be scored */
async function scoreFile(
  ctx: AblationContext,
  problem: Problem,
  { rowKey }: ScriptContract,
  truth: Truth,
  path: string | null,
): Promise<number | null> {
  if (path === null) return null;
  try {
    const table = await readTable('oof.csv', createReadStream(path));
    const search = partTruth(truth, false);
    const predicted = predictionsOf('oof.csv', table, rowKey, problem);
    const oof = alignPredictions('oof.csv', predicted, search.keys);
    return summarise(crossFittedScore(problem, search.labels, oof, search.fold)).mean;
  } catch (error) {
    const failure = asFailure(error);
    if (failure.kind !== 'business') throw failure;
    ctx.log.info({ err: failure }, 'an ablation was not scored');
    return null;
  }
}
