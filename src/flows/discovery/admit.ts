import type { Context } from '../../context.ts';
import { admitCompetitions as admit } from '../../state/competitions.ts';

/** Lets waiting competitions begin while there is a place among the active ones. */
export async function admitCompetitions(
  ctx: Pick<Context, 'state' | 'policy' | 'actor' | 'log'>,
): Promise<void> {
  const admitted = await admit(ctx.state, ctx.policy.maxActiveCompetitions, ctx.actor);
  if (admitted.length > 0) ctx.log.info({ admitted }, 'waiting competitions begin');
}
