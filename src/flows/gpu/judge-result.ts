import type { Context } from '../../context.ts';
import { asFailure } from '../../domain/errors.ts';
import type { RunResult } from '../../domain/run-contract.ts';
import type { Competition } from '../../state/competitions.ts';
import { endTrainingJob, type TrainingJob } from '../../state/training.ts';
import { examineRun } from './examine-run.ts';
import { judgeRun } from './judge-run.ts';
import { requireBetterSweep } from './sweep.ts';
import { takeUpResult } from './take-up-result.ts';

/** Ends a run by its result: scored by its files, examined where it is too good, or failed with the reason. */
export async function judgeResult(
  ctx: Context,
  competition: Competition,
  job: TrainingJob,
  result: RunResult,
): Promise<void> {
  const ended = { id: job.id, token: job.token, result: await takeUpResult(ctx, job, result) };
  if (result.exitClass !== 'ok') {
    const error = result.message || `The run ended as ${result.exitClass}.`;
    await endTrainingJob(ctx.state, { ...ended, status: 'failed', error });
    ctx.log.warn({ approach: job.approach.name, exitClass: result.exitClass }, 'training failed');
    return;
  }
  if (competition.problem === null) return;
  try {
    const judged = await judgeRun(ctx, competition.slug, competition.problem, job, result);
    const scores = await examineRun(ctx, competition, job, judged);
    await requireBetterSweep(ctx, competition, job, scores);
    await endTrainingJob(ctx.state, { ...ended, status: 'succeeded', scores });
    ctx.log.info(
      { approach: job.approach.name, purpose: job.purpose, cv: scores.cv, gate: scores.gate },
      'training succeeded',
    );
  } catch (error) {
    const failure = asFailure(error);
    if (failure.kind !== 'business') throw failure;
    await endTrainingJob(ctx.state, { ...ended, status: 'failed', error: failure.message });
  }
}
