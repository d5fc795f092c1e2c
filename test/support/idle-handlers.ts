import type { Context } from '../../src/context.ts';
import type { CompetitionEvent, CompetitionState } from '../../src/domain/competition-machine.ts';
import { competitionAt, move } from '../../src/flows/support/competition-call.ts';
import { type JobName, jobNames } from '../../src/jobs/catalog.ts';
import type { ItemEndings, JobHandlers } from '../../src/jobs/registry.ts';

/** Handlers that do nothing, but for those that are given. */
export function idleHandlers(given: Partial<JobHandlers> = {}): JobHandlers {
  const idle = Object.fromEntries(jobNames.map((name) => [name, async () => undefined]));
  // Every job of the catalogue has its key.
  return { ...(idle as Record<JobName, () => Promise<void>>), ...given };
}

export const idleEndings: ItemEndings = {
  'research.query': async () => undefined,
  'codegen.generate': async () => undefined,
  'gpu.train': async () => undefined,
};

type Step = readonly [job: JobName, from: CompetitionState, event: CompetitionEvent];

/** From the start of research to a submission: six jobs, six moves of the state machine. */
export const sixStages = [
  ['research.plan', 'researching', 'research_completed'],
  ['codegen.start', 'research_completed', 'generation_started'],
  ['codegen.plan', 'code_generating', 'code_ready'],
  ['gpu.start', 'code_ready', 'training_started'],
  ['gpu.plan', 'training', 'training_completed'],
  ['submission.submit', 'training_completed', 'submission_completed'],
] as const satisfies readonly Step[];

/** Handlers that do no work but the move to the next state. */
export function movingHandlers(given: Partial<JobHandlers> = {}): JobHandlers {
  const moving = sixStages.map(([job, from, event]) => {
    const handler = async (ctx: Context, input: { competitionId: string; version: number }) => {
      const competition = await competitionAt(ctx, input, from);
      if (competition !== null) await move(ctx, competition, event);
    };
    return [job, handler] as const;
  });
  return { ...idleHandlers(), ...(Object.fromEntries(moving) as Partial<JobHandlers>), ...given };
}
