import type { ResumedFrom } from '../../domain/checkpoint-contract.ts';
import type { Competition } from '../../state/competitions.ts';
import type { TrainingJob } from '../../state/training.ts';
import { type TellContext, tellRun } from './tell-run.ts';

const secondsPerMinute = 60;

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
    reason: resumedText(resumedFrom),
    subject: `${job.id}:${job.token}:${resumedFrom.token}:${resumedFrom.sequence}`,
  });
}

export function resumedText({ seconds }: Pick<ResumedFrom, 'seconds'>): string {
  const minutes = Math.round(seconds / secondsPerMinute);
  const work = minutes >= 2 ? `${minutes} minutes` : `${Math.round(seconds)} seconds`;
  return `It continued from its last checkpoint: ${work} of work are not done again.`;
}
