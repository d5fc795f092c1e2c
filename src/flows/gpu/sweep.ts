import type { Context } from '../../context.ts';
import { compareCandidates } from '../../domain/compare.ts';
import { BusinessFailure } from '../../domain/errors.ts';
import { applyChanges, tunedApproach } from '../../domain/parameters.ts';
import { planSweep } from '../../domain/sweep.ts';
import { bestSearchRun, type NextRun, searchSeed } from '../../domain/training-plan.ts';
import { type GeneratedCodeRow, listCode } from '../../state/code.ts';
import type { Competition } from '../../state/competitions.ts';
import { addTunedNodes } from '../../state/parameters.ts';
import {
  type HostScores,
  type ListedTrainingJob,
  listTrainingJobs,
  type TrainingJob,
} from '../../state/training.ts';
import { markOf } from '../commands/parameters.ts';
import { secondsLeft } from '../support/time-left.ts';

/** As generated_code names who made such a node. */
const sweepGenerator = 'sweep';

/**
 * Tries of other hyper-parameters around the best approach, once, when everything else of the last round is trained.
 * Each is a node of the tree. @returns their search runs; none where there is nothing to try, or no time for it
 */
export async function sweepRuns(
  ctx: Pick<Context, 'state' | 'policy' | 'now' | 'log'>,
  competition: Competition,
  codes: readonly GeneratedCodeRow[],
  jobs: readonly ListedTrainingJob[],
): Promise<NextRun[]> {
  const { problem } = competition;
  const best = problem === null ? null : bestSearchRun(problem.metric, jobs);
  const base = codes.find(({ id }) => id === best?.codeId);
  if (best === null || base === undefined || best.usedParams === null) return [];
  if (codes.some(({ generator }) => generator === sweepGenerator)) return [];
  const tries = planSweep({
    params: best.usedParams,
    seed: base.id,
    tries: ctx.policy.sweepTries,
    runSeconds: best.result?.seconds ?? ctx.policy.trainingTimeLimitSeconds,
    slots: ctx.policy.localSlots,
    spentSeconds: jobs.reduce((sum, { result }) => sum + (result?.seconds ?? 0), 0),
    secondsLeft: secondsLeft(competition, ctx.now()),
  });
  if (tries.length === 0) return [];
  const nodes = tries.map((changes) => {
    const params = applyChanges(base.params, changes);
    const spec = tunedApproach(base.approach.spec, changes, {
      mark: markOf(base.id, params),
      why: 'A try around the best approach:',
    });
    return { spec, params };
  });
  const { id: competitionId, version } = competition;
  await addTunedNodes(ctx.state, { competitionId, version, baseCodeId: base.id, nodes });
  ctx.log.info(
    { competition: competition.slug, base: base.approach.name, tries: nodes.length },
    'sweep planned',
  );
  const made = (await listCode(ctx.state, competition.id)).filter(
    ({ generator }) => generator === sweepGenerator,
  );
  return made.map(({ id }) => ({ codeId: id, purpose: 'search', seed: searchSeed, foldAssignment: 0 }));
}

/**
 * Of several tries on the same folds one is always a little better by chance, so a try counts only where it beats its
 * parent by more than the folds' own noise.
 * @throws BusinessFailure `parameters.no_better`
 */
export async function requireBetterSweep(
  ctx: Pick<Context, 'state'>,
  competition: Competition,
  job: TrainingJob,
  scores: HostScores,
): Promise<void> {
  if (job.code.generator !== sweepGenerator || job.purpose !== 'search' || competition.problem === null)
    return;
  const [parentId] = job.approach.parents;
  const runs = await listTrainingJobs(ctx.state, competition.id);
  const parent = bestSearchRun(
    competition.problem.metric,
    runs.filter(({ approachId }) => approachId === parentId),
  );
  if (parent?.scores == null) return;
  const { verdict } = compareCandidates(parent.scores.folds, scores.folds, competition.problem.metric);
  if (verdict === 'better') return;
  throw new BusinessFailure(
    `These hyper-parameters are not better than those of ${parent.approach.name} by more than chance between folds.`,
    { code: 'parameters.no_better' },
  );
}
