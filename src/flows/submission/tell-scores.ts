import type { Context } from '../../context.ts';
import { type Competition, listTransitions, type Transition } from '../../state/competitions.ts';
import { listSubmissions, type Submission } from '../../state/submissions.ts';
import { type CompetitionFacts, readFacts } from '../human-loop/competition-facts.ts';
import { saveNewBest } from '../human-loop/milestone-cards.ts';
import { tellLateScore } from '../selection/tell-selection.ts';
import { findAwaited } from './watch-score.ts';

/** Each look tells what came since so long before it, and what was told already says the same. */
const freshMs = 24 * 3_600_000;

/**
 * Scores and refusals of submissions that the loop did not wait for. From the rows alone: the loop's own look records
 * them too, and whoever recorded one may have been killed before a word of it was said.
 */
export async function tellScores(ctx: Context, competition: Competition): Promise<void> {
  const since = ctx.now().getTime() - freshMs;
  const fresh = (await listSubmissions(ctx.state, competition.id)).filter(
    ({ vendorRef, scoredAt }) => vendorRef !== null && scoredAt !== null && scoredAt.getTime() > since,
  );
  if (fresh.length === 0) return;
  const moves = await listTransitions(ctx.state, competition.id);
  const awaited = competition.state === 'submitted' ? await findAwaited(ctx, competition) : null;
  const own = fresh.filter((one) => one.id !== awaited?.id && !isToldByLoop(one, moves));
  if (own.length === 0) return;
  const facts = await readFacts(ctx, competition);
  for (const submission of own) await tellScore(ctx, facts, submission);
}

/** The loop waited for this one, and went on with its score or its failure. */
function isToldByLoop({ id }: Submission, moves: readonly Transition[]): boolean {
  const made = moves.filter(({ refused }) => !refused);
  const sent = made.findIndex(
    ({ event, payload }) => event === 'submission_completed' && payload.submissionId === id,
  );
  if (sent === -1) return false;
  return made.slice(sent).some(({ event }) => event === 'score_received' || event.endsWith('_failed'));
}

/** As the loop tells of those that it waits for. */
async function tellScore(ctx: Context, facts: CompetitionFacts, submission: Submission): Promise<void> {
  await tellLateScore(ctx, facts.competition, submission);
  if (submission.status === 'error') return;
  const event = { eventId: `score-${submission.id}`, submissionKey: submission.key, now: ctx.now() };
  await saveNewBest(ctx, facts, event);
}
