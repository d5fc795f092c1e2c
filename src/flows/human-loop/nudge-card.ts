import type { Context } from '../../context.ts';
import type { ContentOf } from '../../domain/card.ts';
import { saveCard } from '../../state/cards.ts';
import type { Decision } from '../../state/decisions.ts';
import { decisionSubject } from './card-place.ts';

type Step = ContentOf<'nudge'>['step'];

/** Subject of the card that a reminder or an escalation stands on. */
function nudgeSubject(decisionId: string, step: Step): string {
  return `nudge:${decisionId}:${step}`;
}

/**
 * Shows the reminder and the escalation that were claimed, as replies under the decision's card, and shows them as
 * over once it is closed. From the row alone: shown again, they are the same.
 * @param input.isUrgent it cannot wait for the end of quiet hours
 */
export async function showNudges(
  ctx: Pick<Context, 'state' | 'actor'>,
  { decision, isUrgent }: { decision: Decision; isUrgent: boolean },
): Promise<void> {
  const claimed: readonly (readonly [Step, Date | null])[] = [
    ['reminder', decision.remindedAt],
    ['escalation', decision.escalatedAt],
  ];
  for (const [step, at] of claimed) {
    if (at === null) continue;
    await saveCard(ctx.state, {
      subject: nudgeSubject(decision.id, step),
      competitionId: decision.competitionId,
      content: nudgeOf(decision, step),
      surface: 'thread',
      parentSubject: decisionSubject(decision.id),
      mention: step === 'escalation' ? 'escalation' : 'nobody',
      isUrgent,
      actor: ctx.actor,
    });
  }
}

function nudgeOf({ draft, id, slug, deadline, status }: Decision, step: Step): ContentOf<'nudge'> {
  const fallback = draft.options.find((option) => option.id === draft.defaultOption);
  return {
    kind: 'nudge',
    step,
    decisionId: id,
    slug,
    question: draft.question,
    deadline,
    defaultLabel: fallback?.label ?? draft.defaultOption,
    isOver: status !== 'open',
  };
}
