import type { Context } from '../../context.ts';
import { type Failure, TransientFailure } from '../../domain/errors.ts';
import { type Competition, listTransitions } from '../../state/competitions.ts';
import { secondsLeft } from './time-left.ts';
import { Wait } from './wait.ts';

/** Of a stage's time, and of what the competition's own limit leaves; the rest is for whoever needs no model. */
const patienceShare = 1 / 3;
const longestPatienceSeconds = 600;
const lookAgainMs = 30_000;

/**
 * A language model that is busy, overloaded or away is waited for a while: what takes its place does less.
 * @returns when to look again; null where nothing is to be waited for, or the stage has waited long enough
 */
export async function waitForModel(
  ctx: Pick<Context, 'state' | 'policy' | 'now'>,
  competition: Competition,
  failure: Failure,
): Promise<Wait | null> {
  if (!(failure instanceof TransientFailure) || !failure.code.startsWith('llm.')) return null;
  const moves = await listTransitions(ctx.state, competition.id);
  const since = moves.findLast(({ refused }) => !refused)?.at ?? competition.updatedAt;
  const sla = ctx.policy.stageSlaSeconds[competition.state] ?? Number.POSITIVE_INFINITY;
  const ends = Math.min(sla, secondsLeft(competition, since) ?? sla);
  const patienceSeconds = Math.min(longestPatienceSeconds, patienceShare * ends);
  const leftMs = since.getTime() + patienceSeconds * 1_000 - ctx.now().getTime();
  return leftMs > 0 ? new Wait(Math.min(failure.retryAfterMs ?? lookAgainMs, leftMs), failure.message) : null;
}
