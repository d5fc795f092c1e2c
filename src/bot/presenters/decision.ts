import type { DecideResult } from '../../domain/command-results.ts';
import type { DecisionView } from '../../domain/overview.ts';
import { columns, count, duration, moment, money, type Place } from './format.ts';

const firstLetter = 'A'.charCodeAt(0);

/** Options are answered by letter: the first is A. */
export function optionLetter(index: number): string {
  return String.fromCharCode(firstLetter + index);
}

/**
 * The id of the option that a person means by a letter, a number, an id or a label.
 * @returns null where the decision has no such option
 */
export function findOption(decision: DecisionView, typed: string): string | null {
  const wanted = typed.toLowerCase();
  const found = decision.options.find(
    ({ id, label }, index) =>
      optionLetter(index).toLowerCase() === wanted ||
      String(index + 1) === wanted ||
      id === wanted ||
      label.toLowerCase() === wanted,
  );
  return found?.id ?? null;
}

/** `A · Try a different approach`. */
export function optionName(decision: DecisionView, id: string): string {
  const index = decision.options.findIndex((option) => option.id === id);
  const label = decision.options[index]?.label;
  return label === undefined ? id : `${optionLetter(index)} · ${label}`;
}

/** An open decision with everything needed to answer it, or how it ended. */
export function presentDecision(decision: DecisionView, place: Place): string {
  return decision.status === 'open' ? presentOpen(decision, place) : presentClosed(decision, place);
}

function presentOpen(decision: DecisionView, place: Place): string {
  const left = duration(decision.deadline.getTime() - place.now.getTime());
  const until = `${moment(decision.deadline, place)} (${left})`;
  const options = decision.options.map(({ id, label, consequence, costUsd }, index) => [
    optionLetter(index),
    label,
    `${consequence}${costUsd > 0 ? ` · about ${money(costUsd)}` : ''}${id === decision.defaultOption ? '  <- default' : ''}`,
  ]);
  return [
    `Decision needed · ${decision.slug}`.padEnd(48).concat(`answers until ${until}`),
    ...(decision.context === '' ? [] : [decision.context]),
    decision.question,
    ...columns(options, '  '),
    `If nobody answers: ${optionName(decision, decision.defaultOption)} at ${moment(decision.deadline, place)}.`,
    `Answer: /kaggle decide A    with several open: /kaggle decide ${decision.shortId} A    ${decision.shortId}`,
  ].join('\n');
}

function presentClosed(decision: DecisionView, place: Place): string {
  const note = decision.note === null ? [] : [`Note: "${decision.note}"`];
  const chosen = decision.option === null ? 'nothing' : optionName(decision, decision.option);
  switch (decision.status) {
    case 'expired':
      return `Expired · ${decision.slug}\nNobody answered until ${moment(decision.deadline, place)}, so I did ${chosen} (the default).`;
    case 'withdrawn':
      return `No longer needed · ${decision.slug}\n${decision.question}`;
    default:
      return [
        `Decided · ${decision.slug}`,
        `${chosen}${decision.decidedBy === null ? '' : ` — by ${decision.decidedBy}`}`,
        ...note,
      ].join('\n');
  }
}

/** `decide` without arguments. */
export function presentDecisions(decisions: readonly DecisionView[], place: Place): string {
  if (decisions.length === 0) return 'No decision is open. I ask here when one is worth it.';
  const head =
    decisions.length === 1 ? [] : [`${count(decisions.length, 'open decision')}, oldest deadline first`];
  const sorted = [...decisions].sort((a, b) => a.deadline.getTime() - b.deadline.getTime());
  return [...head, ...sorted.map((decision) => presentDecision(decision, place))].join('\n\n');
}

/** The private answer to somebody who decided. */
export function presentDecided({ outcome, decision }: DecideResult): string {
  const chosen = decision.option === null ? '' : optionName(decision, decision.option);
  switch (outcome) {
    case 'decided':
      return `Recorded for ${decision.slug}: ${chosen}.`;
    case 'closed':
      return decision.status === 'withdrawn'
        ? `That decision of ${decision.slug} is no longer needed. Nothing changed.`
        : `Already decided by ${decision.decidedBy ?? 'default'}: ${chosen}. Nothing changed.`;
    case 'paused':
      return `${decision.slug} is paused, so its decision waits. First: /kaggle resume ${decision.slug}`;
    case 'unknown_option':
      return presentUnknownOption(decision);
  }
}

export function presentUnknownOption(decision: DecisionView): string {
  const letters = decision.options.map(({ label }, index) => `${optionLetter(index)} (${label})`);
  return `That is none of the options. Choose ${letters.join(', ')}.`;
}

export function presentWhichDecision(decisions: readonly DecisionView[]): string {
  const rows = decisions.map(({ shortId, slug, question }) => [
    `/kaggle decide ${shortId} A`,
    slug,
    question,
  ]);
  return [`${count(decisions.length, 'decision')} are open; say which:`, ...columns(rows, '  ')].join('\n');
}
