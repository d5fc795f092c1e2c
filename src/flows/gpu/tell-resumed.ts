import type { ResumedFrom } from '../../domain/checkpoint-contract.ts';
import type { Competition } from '../../state/competitions.ts';
import type { TrainingJob } from '../../state/training.ts';
import { type TellContext, tellRun } from './tell-run.ts';

/** Says once in the thread that a run goes on where it was cut off. @param resumedFrom null: it began anew */
export async function tellResumed(
  ctx: TellContext,
  competition: Competition,
  job: TrainingJob,
  resumedFrom: ResumedFrom | null,
): Promise<void> {
  if (resumedFrom === null) return;
  await tellRun(ctx, competition, job, {
    event: 'run_resumed',
    reason: { code: 'resumed', seconds: resumedFrom.seconds },
    subject: `${job.id}:${job.token}:${resumedFrom.token}:${resumedFrom.sequence}`,
  });
}
