import type { Context } from '../../context.ts';
import { isFinal } from '../../domain/competition-machine.ts';
import { BusinessFailure } from '../../domain/errors.ts';
import { admitCompetitions, type Competition } from '../../state/competitions.ts';
import { holdGate } from '../../state/gates.ts';
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
    refuse(competition);
    if (isDone(competition)) return { competition, outcome: 'already' };
    const moved = await move(ctx, competition, event);
    if (moved !== null) return { competition: moved, outcome: 'done' };
  }
  throw new BusinessFailure(`${slug} is moving on faster than I can answer; please try again.`, {
    code: 'competition.busy',
  });
}

function refuseEnded(verb: string): (competition: Competition) => void {
  return ({ slug, state }) => {
    if (!isFinal(state)) return;
    throw new BusinessFailure(
      `${slug} has ended, so it cannot be ${verb}; /kaggle start ${slug} begins anew.`,
      { code: 'competition.ended' },
    );
  };
}

function refuseUnasked({ slug, state, requestedAt }: Competition): void {
  if (state !== 'discovered' || requestedAt !== null) return;
  throw new BusinessFailure(`${slug} was not started; /kaggle start ${slug} enters it.`, {
    code: 'competition.not_started',
  });
}

function refuseQueued({ slug, state, admittedAt }: Competition): void {
  if (state !== 'discovered' || admittedAt !== null) return;
  throw new BusinessFailure(
    `${slug} is still waiting for its turn, so there is nothing to pause; /kaggle stop ${slug} takes it out of the queue.`,
    { code: 'competition.queued' },
  );
}

/**
 * What runs is released at once; its results so far stay, and the run begins again on resume.
 * @throws BusinessFailure `competition.ended`, `competition.not_started`, `competition.queued`, `competition.busy`
 */
export async function pauseCompetition(ctx: ControlContext, input: { slug: string }): Promise<ControlAnswer> {
  const answer = await moveNow(
    ctx,
    input.slug,
    'paused',
    ({ state }) => state === 'paused',
    (competition) => {
      refuseEnded('paused')(competition);
      refuseUnasked(competition);
      refuseQueued(competition);
    },
  );
  await cancelTraining(ctx.state, answer.competition.id);
  if (answer.outcome === 'done') return answer;
  // What waits at a gate is paused already; from now on it does not go on by itself when that opens.
  const held = await holdGate(ctx.state, answer.competition.id);
  const now = held === null ? await findKnown(ctx, input.slug) : null;
  // Its gate has just opened, and it went on.
  return now !== null && now.state !== 'paused' ? await pauseCompetition(ctx, input) : answer;
}

/** @throws BusinessFailure `competition.ended`, `competition.not_started`, `competition.busy` */
export async function resumeCompetition(
  ctx: ControlContext,
  input: { slug: string },
): Promise<ControlAnswer> {
  return await moveNow(
    ctx,
    input.slug,
    'resumed',
    ({ state }) => state !== 'paused',
    (competition) => {
      refuseEnded('resumed')(competition);
      refuseUnasked(competition);
    },
  );
}

/** @throws BusinessFailure `competition.not_started`, `competition.busy` */
export async function stopCompetition(ctx: ControlContext, input: { slug: string }): Promise<ControlAnswer> {
  const answer = await moveNow(ctx, input.slug, 'stopped', ({ state }) => isFinal(state), refuseUnasked);
  await cancelTraining(ctx.state, answer.competition.id);
  await admitCompetitions(ctx.state, ctx.policy.maxActiveCompetitions, ctx.actor);
  return answer;
}
