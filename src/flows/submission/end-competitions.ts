import type { Context } from '../../context.ts';
import { type CompetitionState, isFinal } from '../../domain/competition-machine.ts';
import { admitCompetitions, type Competition, listCompetitions } from '../../state/competitions.ts';
import { cancelTraining } from '../../state/training.ts';
import { move } from '../support/competition-call.ts';
import { deadlineOf } from '../support/deadline.ts';

const hourMs = 3_600_000;

/** What is at the vendor already, or on its way there, is waited for a while; everything else ends at once. */
const graceMs: Readonly<Partial<Record<CompetitionState, number>>> = {
  training_completed: hourMs,
  submitted: 24 * hourMs,
  analyzing: hourMs,
};

/** In the agent's own words, which cards know. */
const reason = 'the competition has ended: its deadline has passed';

/**
 * The deadline has passed with work under way: what runs is released, and the competition ends with what was handed
 * in. At the practice arena a deadline ends nothing. @returns how many ended now
 */
export async function endCompetitions(
  ctx: Pick<Context, 'state' | 'log' | 'actor' | 'policy' | 'judge' | 'now'>,
): Promise<number> {
  if (ctx.judge !== null) return 0;
  const over = (await listCompetitions(ctx.state)).filter((competition) => isOver(competition, ctx.now()));
  let ended = 0;
  for (const competition of over) {
    if ((await move(ctx, competition, 'stopped', { reason })) === null) continue;
    await cancelTraining(ctx.state, competition.id);
    ended += 1;
  }
  if (ended > 0) await admitCompetitions(ctx.state, ctx.policy.maxActiveCompetitions, ctx.actor);
  return ended;
}

function isOver(competition: Competition, now: Date): boolean {
  const { requestedAt, state } = competition;
  const end = deadlineOf(competition);
  if (requestedAt === null || end === null || isFinal(state)) return false;
  return now.getTime() - end.getTime() >= (graceMs[state] ?? 0);
}
