import type { Context } from '../../context.ts';
import { isFinal } from '../../domain/competition-machine.ts';
import { BusinessFailure } from '../../domain/errors.ts';
import { admitCompetitions, type Competition } from '../../state/competitions.ts';
import { cancelTraining } from '../../state/training.ts';
import { move } from '../support/competition-call.ts';
import { findKnown } from './find-known.ts';

type ControlContext = Pick<Context, 'state' | 'log' | 'actor' | 'policy'>;
export type ControlAnswer = { competition: Competition; outcome: 'done' | 'already' };

const raceTries = 5;

/** Moves a competition that others move as well: reads it again and tries again when it had just moved on. */
async function moveNow(
  ctx: ControlContext,
  slug: string,
  event: 'paused' | 'resumed' | 'stopped',
  isDone: (competition: Competition) => boolean,
  refuse: (competition: Competition) => void,
): Promise<ControlAnswer> {
  for (let tries = 0; tries < raceTries; tries++) {
    const competition = await findKnown(ctx, slug);
    if (isDone(competition)) return { competition, outcome: 'already' };
    refuse(competition);
    const moved = await move(ctx, competition, event);
    if (moved !== null) return { competition: moved, outcome: 'done' };
  }
  throw new BusinessFailure(`${slug} is moving on faster than I can answer; please try again.`, {
    code: 'competition.busy',
  });
}

/** What runs is released at once; its results so far stay, and the run begins again on resume. */
export async function pauseCompetition(ctx: ControlContext, input: { slug: string }): Promise<ControlAnswer> {
  const answer = await moveNow(
    ctx,
    input.slug,
    'paused',
    ({ state }) => state === 'paused',
    (competition) => {
      if (competition.state !== 'discovered' && !isFinal(competition.state)) return;
      throw new BusinessFailure(`${input.slug} is not at work, so there is nothing to pause.`, {
        code: 'competition.not_running',
      });
    },
  );
  await cancelTraining(ctx.state, answer.competition.id);
  return answer;
}

export async function resumeCompetition(
  ctx: ControlContext,
  input: { slug: string },
): Promise<ControlAnswer> {
  return await moveNow(
    ctx,
    input.slug,
    'resumed',
    ({ state }) => state !== 'paused' && !isFinal(state),
    (competition) => {
      if (!isFinal(competition.state)) return;
      throw new BusinessFailure(
        `${input.slug} has ended, so it cannot be resumed; /kaggle start ${input.slug} begins anew.`,
        { code: 'competition.ended' },
      );
    },
  );
}

export async function stopCompetition(ctx: ControlContext, input: { slug: string }): Promise<ControlAnswer> {
  const answer = await moveNow(
    ctx,
    input.slug,
    'stopped',
    ({ state }) => isFinal(state),
    () => undefined,
  );
  await cancelTraining(ctx.state, answer.competition.id);
  await admitCompetitions(ctx.state, ctx.policy.maxActiveCompetitions, ctx.actor);
  return answer;
}
