import type { Context } from '../../context.ts';
import { type NextRun, nextTraining } from '../../domain/training-plan.ts';
import { type GeneratedCodeRow, listCode } from '../../state/code.ts';
import { type Competition, listTransitions, type Transition } from '../../state/competitions.ts';
import { listTrainingJobs, planTraining as writePlan } from '../../state/training.ts';
import { chooseBlend } from '../submission/choose-blend.ts';
import { competitionAt, type StageInput } from '../support/competition-call.ts';
import { readContract } from '../support/job-data.ts';
import { isEndgame } from '../support/time-left.ts';
import { sweepRuns } from './sweep.ts';

/** Plans the runs that the training stage needs first, or goes on with those that a pause left. */
export async function planTraining(ctx: Context, input: StageInput): Promise<void> {
  const competition = await competitionAt(ctx, input, 'training');
  if (competition === null) return;
  await writeRuns(ctx, competition, await runsToDo(ctx, competition));
}

/** What the stage still needs, decided from the rows. */
export async function runsToDo(ctx: Context, competition: Competition): Promise<NextRun[]> {
  const [codes, runs, contract, transitions] = await Promise.all([
    listCode(ctx.state, competition.id),
    listTrainingJobs(ctx.state, competition.id),
    readContract(ctx, competition.slug, 0),
    listTransitions(ctx.state, competition.id),
  ]);
  const { problem, round } = competition;
  if (problem === null) return [];
  const isShortOfTime = isEndgame(competition, ctx.now());
  const situation = {
    metric: problem.metric,
    round,
    readyCodes: codes
      .filter((code) => code.status === 'ready' && code.round === round)
      .map((code) => code.id),
    runs,
    isLastRound: round >= competition.limits.maxRounds || isShortOfTime,
    hasGate: contract.hasGate,
    isShortOfTime,
    extraRepeats: 2 * transitions.filter((one) => asksForRepeats(one, codes)).length,
  };
  const next = nextTraining({ ...situation, blendCodes: [] });
  // A notebook makes the fit on every labelled row itself, at Kaggle.
  const fitsAtVendor = competition.details.takesNotebooksOnly === true;
  if (next.length === 0 && situation.isLastRound && !isShortOfTime) {
    const tries = await sweepRuns(ctx, competition, codes, runs);
    if (tries.length > 0) return tries;
  }
  if (next.length > 0 || !situation.isLastRound || !contract.hasGate || fitsAtVendor) return next;
  const blend = await chooseBlend(ctx, competition);
  const blendCodes = blend === null ? [] : [...new Set(blend.members.map((member) => member.codeId))];
  return nextTraining({ ...situation, blendCodes });
}

/** An adjustment that set parameters has a node of its own to train instead, made just before it. */
function asksForRepeats(
  { event, refused, version }: Transition,
  codes: readonly GeneratedCodeRow[],
): boolean {
  if (event !== 'adjust_parameters' || refused) return false;
  return !codes.some(({ params, approach }) => params !== null && approach.version === version - 1);
}

/** Writes the rows and the event that fans out over them. */
export async function writeRuns(
  ctx: Context,
  competition: Competition,
  runs: readonly NextRun[],
): Promise<void> {
  const codes = await listCode(ctx.state, competition.id);
  const jobs = runs.flatMap((run) => {
    const code = codes.find(({ id }) => id === run.codeId);
    if (code === undefined || code.objectPrefix === null) return [];
    // A tuned node has its parent's script, and results of its own.
    const place = code.params === null ? code.objectPrefix : `${code.objectPrefix}/tuned-${code.id}`;
    return [
      { ...run, objectPrefix: `${place}/${run.purpose}-${run.seed}-${Math.max(run.foldAssignment, 0)}` },
    ];
  });
  await writePlan(ctx.state, {
    competitionId: competition.id,
    version: competition.version,
    jobs,
    actor: ctx.actor,
  });
  ctx.log.info(
    { competition: competition.slug, jobs: jobs.map((job) => `${job.purpose}-${job.seed}`) },
    'training planned',
  );
}
