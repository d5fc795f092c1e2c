import { z } from 'zod';
import type { Context } from '../../context.ts';
import { recover as decideRecovery } from '../../domain/recovery.ts';
import { listTransitions } from '../../state/competitions.ts';
import { competitionAt, move, type StageInput } from '../support/competition-call.ts';

const failurePayload = z.object({
  kind: z.enum(['transient', 'configuration', 'business', 'system']).catch('system'),
  code: z.string().catch('unexpected'),
  reason: z.string().catch('the stage took too long'),
});

/** A failed stage is tried again by itself, handed to a person, or given up. */
export async function recoverCompetition(
  ctx: Pick<Context, 'state' | 'log' | 'actor' | 'policy'>,
  input: StageInput,
): Promise<void> {
  const competition = await competitionAt(ctx, input, 'recovering');
  if (competition === null) return;
  const transitions = (await listTransitions(ctx.state, competition.id)).filter(({ refused }) => !refused);
  const failed = transitions.findLast(({ event }) => event.endsWith('_failed'));
  const { kind, code, reason } = failurePayload.parse(failed?.payload ?? {});
  // A round that came through, or a person's answer, gives new tries.
  const since = transitions.findLastIndex(
    ({ event }) => event === 'score_received' || event === 'retry_different_approach',
  );
  const retries = transitions.slice(since + 1).filter(({ event }) => event === 'auto_retry').length;
  const outcome = decideRecovery({ kind, code, message: reason }, retries, ctx.policy.maxAutoRetries);
  await move(ctx, competition, outcome.event, { kind, code, reason: outcome.reason });
}
