import { nameOfActor } from '../../domain/actor.ts';
import type { CardContent } from '../../domain/card.ts';
import type { Decision } from '../../state/decisions.ts';

const letters = ['A', 'B', 'C', 'D', 'E'] as const;

function openCard({ draft, slug, deadline, id }: Decision): CardContent {
  const options = draft.options.map(
    (option, index) =>
      `${letters[index] ?? '?'}  ${option.label}: ${option.consequence}${option.id === draft.defaultOption ? '  (the default)' : ''}`,
  );
  return {
    kind: 'decision',
    title: `Decision needed: ${slug}`,
    summary: `${slug} needs a decision: ${draft.question}`.slice(0, 300),
    body: [draft.question, draft.context, ...options].filter((line) => line !== '').join('\n'),
    facts: [{ label: 'answers until', value: deadline.toISOString() }],
    decisionId: id,
  };
}

function closedCard(decision: Decision): CardContent {
  const { draft, slug, option, decidedBy, status, note } = decision;
  const chosen = draft.options.find(({ id }) => id === option)?.label ?? option ?? 'nothing';
  const who = decidedBy === null ? 'nobody' : nameOfActor(decidedBy);
  const text =
    status === 'withdrawn'
      ? 'No longer needed.'
      : status === 'expired'
        ? `Nobody answered, so: ${chosen} (${who}).`
        : `${chosen}, by ${who}.`;
  return {
    kind: 'decision',
    title: `${status === 'decided' ? 'Decided' : status === 'expired' ? 'Default taken' : 'Withdrawn'}: ${slug}`,
    summary: `${slug}: ${text}`.slice(0, 300),
    body: [draft.question, text, note ?? ''].filter((line) => line !== '').join('\n'),
    facts: [],
    decisionId: decision.id,
  };
}

/** The card of a decision, from its row alone. */
export function decisionCard(decision: Decision): CardContent {
  return decision.status === 'open' ? openCard(decision) : closedCard(decision);
}
