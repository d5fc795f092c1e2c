import type { Context } from '../../context.ts';
import type { DecisionLogLine } from '../../domain/command-results.ts';
import { canBeAskedAgain, slaSecondsOf } from '../../domain/decision.ts';
import { BusinessFailure } from '../../domain/errors.ts';
import type { DecisionView } from '../../domain/overview.ts';
import {
  askDecisionAgain,
  type Decision,
  getDecision,
  listDecisionLog,
  snoozeDecision,
} from '../../state/decisions.ts';
import { decisionView } from './competition-overview.ts';
import { findKnown } from './find-known.ts';

type DecisionContext = Pick<Context, 'state' | 'log' | 'actor' | 'policy'>;

const uuidForm = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** One decision by its whole id, open or closed; null for an id that is none of ours. */
export async function readDecision(
  ctx: Pick<Context, 'state'>,
  input: { decisionId: string },
): Promise<DecisionView | null> {
  const decision = await found(ctx, input.decisionId);
  return decision === null ? null : decisionView(decision);
}

/**
 * More time for an open decision: an hour, once, and not beyond what the competition's end leaves.
 * @throws BusinessFailure `decision.not_found`
 */
export async function putOffDecision(
  ctx: DecisionContext,
  input: { decisionId: string },
): Promise<{ outcome: 'done' | 'limit' | 'closed'; deadline: Date }> {
  const decision = await needed(ctx, input.decisionId);
  const snoozed = await snoozeDecision(ctx.state, { id: decision.id, actor: ctx.actor });
  if (snoozed === null) throw notFound();
  ctx.log.info({ competition: decision.slug, decision: decision.id, ...snoozed }, 'decision put off');
  return snoozed;
}

/**
 * Asks a closed question anew, as a decision of its own, while what followed from its answer can be undone: until
 * training has ended. What runs is released, and the competition waits.
 * @throws BusinessFailure `decision.not_found`, `competition.paused`
 */
export async function askAgain(
  ctx: DecisionContext,
  input: { decisionId: string },
): Promise<{ outcome: 'done' | 'too_late'; decision: DecisionView }> {
  const decision = await needed(ctx, input.decisionId);
  if (decision.status !== 'open' && !canBeAskedAgain(decision.kind)) {
    return { outcome: 'too_late', decision: decisionView(decision) };
  }
  const slaSeconds = slaSecondsOf(decision.kind, ctx.policy);
  const asked = await askDecisionAgain(ctx.state, { id: decision.id, slaSeconds, actor: ctx.actor });
  if (asked === null) throw notFound();
  ctx.log.info(
    { competition: decision.slug, decision: decision.id, outcome: asked.outcome },
    'decision asked again',
  );
  if (asked.outcome === 'paused') {
    throw new BusinessFailure(
      `${decision.slug} is paused, and its questions with it; /kaggle resume ${decision.slug} goes on.`,
      { code: 'competition.paused' },
    );
  }
  if (asked.outcome === 'too_late') return { outcome: 'too_late', decision: decisionView(decision) };
  const { slug, title } = decision;
  return { outcome: 'done', decision: decisionView({ ...asked.decision, slug, title }) };
}

/** `/kaggle logs decisions`: who answered what, newest last. @throws BusinessFailure `competition.unknown` */
export async function readDecisionLog(
  ctx: Pick<Context, 'state'>,
  input: { slug: string | null; limit: number },
): Promise<DecisionLogLine[]> {
  const competition = input.slug === null ? null : await findKnown(ctx, input.slug);
  return await listDecisionLog(ctx.state, { competitionId: competition?.id ?? null, limit: input.limit });
}

async function found(ctx: Pick<Context, 'state'>, id: string): Promise<Decision | null> {
  return uuidForm.test(id) ? await getDecision(ctx.state, id) : null;
}

async function needed(ctx: Pick<Context, 'state'>, id: string): Promise<Decision> {
  const decision = await found(ctx, id);
  if (decision === null) throw notFound();
  return decision;
}

function notFound(): BusinessFailure {
  return new BusinessFailure('I do not know this question. /kaggle decide lists those that are open.', {
    code: 'decision.not_found',
  });
}
