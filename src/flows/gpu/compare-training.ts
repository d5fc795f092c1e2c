import type { Context } from '../../context.ts';
import { BusinessFailure } from '../../domain/errors.ts';
import { judgeRound } from '../../domain/training-plan.ts';
import { listTrainingJobs } from '../../state/training.ts';
import { competitionAt, move, type StageInput } from '../support/competition-call.ts';
import { Wait } from '../support/wait.ts';
import { runsToDo, writeRuns } from './plan-training.ts';

const lookAgainMs = 2_000;

/**
 * Joins the runs of the stage: plans what follows from them (repeats of a new best, the final fit), or moves on.
 * @throws BusinessFailure `training.nothing_succeeded`
 */
export async function compareTraining(ctx: Context, input: StageInput): Promise<void> {
  const competition = await competitionAt(ctx, input, 'training');
  if (competition === null || competition.problem === null) return;
  const runs = await listTrainingJobs(ctx.state, competition.id);
  const mine = runs.filter((run) => run.round === competition.round);
  if (mine.some((run) => run.status === 'planned' || run.status === 'running')) {
    throw new Wait(lookAgainMs, 'some runs are still training');
  }
  const next = await runsToDo(ctx, competition);
  if (next.length > 0) {
    await writeRuns(ctx, competition, next);
    return;
  }
  if (!mine.some((run) => run.status === 'succeeded')) {
    const [reason] = mine.flatMap((run) => (run.error === null ? [] : [run.error]));
    throw new BusinessFailure(
      `No training run of round ${competition.round} succeeded. ${reason ?? ''}`.trim(),
      {
        code: 'training.nothing_succeeded',
      },
    );
  }
  await move(ctx, competition, 'training_completed', {
    verdict: judgeRound(competition.problem.metric, runs, competition.round),
    succeeded: mine.filter((run) => run.status === 'succeeded').length,
    failed: mine.filter((run) => run.status === 'failed').length,
  });
}
