import type { Context } from '../../context.ts';
import type { ContentOf } from '../../domain/card.ts';
import { cannotWait } from '../../domain/decision.ts';
import { saveCard } from '../../state/cards.ts';
import { getCompetition } from '../../state/competitions.ts';
import { type Decision, getDecision } from '../../state/decisions.ts';
import { readPreferences } from '../../state/preferences.ts';
import { deadlineOf } from '../support/deadline.ts';
import { decisionSubject, homeOrThread } from './card-place.ts';
import { showNudges } from './nudge-card.ts';

/** The card of the failure beside these mentions people already. */
const toldWithoutIt: ReadonlySet<string> = new Set(['failure', 'rules']);

/** What is told of a decision, from its row alone. */
function decisionContent(decision: Decision): ContentOf<'decision'> {
  const { draft } = decision;
  return {
    kind: 'decision',
    decisionId: decision.id,
    slug: decision.slug,
    title: decision.title,
    decisionKind: decision.kind,
    question: draft.question,
    context: draft.context,
    facts: draft.facts,
    chart: draft.chart,
    link: draft.link,
    options: draft.options,
    defaultOption: draft.defaultOption,
    recommendedOption: draft.recommendedOption,
    askedAt: decision.createdAt,
    deadline: decision.deadline,
    status: decision.status,
    option: decision.option,
    note: decision.note,
    decidedBy: decision.decidedBy,
    decidedByName: decision.decidedByName,
    decidedAt: decision.decidedAt,
  };
}

/**
 * Shows a decision as its row says, with its reminders below it; what changes meanwhile is shown as well.
 * @returns null for an unknown one
 */
export async function showDecision(
  ctx: Pick<Context, 'state' | 'policy' | 'actor' | 'now'>,
  decisionId: string,
): Promise<Decision | null> {
  const preferences = await readPreferences(ctx.state, ctx.policy.preferences);
  let shown: Decision | null = null;
  for (;;) {
    const decision = await getDecision(ctx.state, decisionId);
    // A slower writer may have put an older state over a newer one: the last look decides.
    if (decision === null || isSame(decision, shown)) return decision;
    const isUrgent = await isUrgentNow(ctx, decision);
    await saveCard(ctx.state, {
      subject: decisionSubject(decision.id),
      competitionId: decision.competitionId,
      content: decisionContent(decision),
      ...homeOrThread(preferences, 'decision', decision.competitionId),
      mention: toldWithoutIt.has(decision.kind) ? 'nobody' : 'operators',
      isUrgent,
      actor: ctx.actor,
    });
    await showNudges(ctx, { decision, isUrgent });
    shown = decision;
  }
}

async function isUrgentNow(
  ctx: Pick<Context, 'state' | 'now'>,
  { kind, competitionId }: Decision,
): Promise<boolean> {
  const competition = await getCompetition(ctx.state, competitionId);
  const competitionEndsAt = competition === null ? null : deadlineOf(competition);
  return cannotWait({ kind, competitionEndsAt }, ctx.now());
}

function isSame(one: Decision, other: Decision | null): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}
