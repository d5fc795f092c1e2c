import type { Context } from '../../context.ts';
import type { EventType } from '../../events/topics.ts';
import { getCompetition } from '../../state/competitions.ts';
import { learnFromEnd } from './learn.ts';
import { recordPostMortem } from './post-mortem.ts';

/**
 * A person answered what a competition taught; or one ended by being given up. What it tried is learnt from as from one
 * that went to its end, and what was only said while it ran is taken back.
 */
export async function learnFromNote(
  ctx: Context,
  input: { type: EventType; competitionId: string | null; payload: { decisionId?: string | undefined } },
): Promise<void> {
  if (input.type === 'human_decision_made') return await recordPostMortem(ctx, input);
  const competition =
    input.competitionId === null ? null : await getCompetition(ctx.state, input.competitionId);
  if (competition?.state === 'abandoned') await learnFromEnd(ctx, competition);
}
