import type { DecisionDraft } from '../../domain/decision.ts';
import { sizeWords } from '../../domain/download-view.ts';
import type { Listing } from '../../state/discovery.ts';
import { deadlineOf } from '../support/deadline.ts';

/** What a person may allow a competition for its whole life, machines and models together. */
const suggestedBudgetsUsd = [10, 40, 100] as const;

const nothingUnasked = 'Nothing begins unless somebody chooses so.';
const enterForm = /^enter_(\d+)$/;

/** The budget of an answer that enters a competition; null for one that does not. */
export function budgetOfOption(option: string): number | null {
  const usd = enterForm.exec(option)?.[1];
  return usd === undefined ? null : Number(usd);
}

/** The question whether to enter a competition, with what speaks for and against it. */
export function suggestionDraft({ slug, title, details, feasibility, facts }: Listing): DecisionDraft {
  const score = Math.round(feasibility?.score ?? 0);
  return {
    kind: 'suggestion',
    blocking: false,
    question: `Enter ${slug}? Its feasibility is ${score} of 100.`,
    context: [title, details.description, weakest(feasibility), nothingUnasked]
      .filter((part) => part !== '')
      .join('\n')
      .slice(0, 1_500),
    facts: [
      { label: 'Feasibility', value: `${score} of 100` },
      ...(details.reward === null || details.reward === undefined || details.reward === ''
        ? []
        : [{ label: 'Reward', value: details.reward.slice(0, 150) }]),
      { label: 'Deadline', value: minuteOf(deadlineOf({ details })) },
      { label: 'Teams', value: details.teamCount.toLocaleString('en') },
      {
        label: 'Chance of a medal',
        value: details.awardsPoints ? `${Math.round((feasibility?.medal ?? 0) * 100)} %` : 'no medals here',
      },
      ...(details.evaluationMetric === null || details.evaluationMetric === undefined
        ? []
        : [{ label: 'Metric', value: details.evaluationMetric.slice(0, 150) || '–' }]),
      ...(facts === null ? [] : [{ label: 'Data', value: sizeWords(facts.dataBytes) }]),
      { label: 'Rules accepted', value: details.userHasEntered ? '✓' : '✗' },
    ],
    options: [
      ...suggestedBudgetsUsd.map((usd) => ({
        id: `enter_${usd}`,
        label: `Enter, at most $${usd}`,
        consequence: 'Work begins, or waits for a place among the active ones.',
      })),
      { id: 'watch', label: 'Watch', consequence: 'Asked again, once, if its end or its reward changes.' },
      { id: 'ignore', label: 'Ignore', consequence: 'Not suggested again.' },
    ],
    // Where nobody answers nothing is spent; we would enter.
    defaultOption: 'watch',
    recommendedOption: 'enter_10',
  };
}

/** The reason of the factor that costs the most. */
function weakest(feasibility: Listing['feasibility']): string {
  const parts = [...(feasibility?.parts ?? [])].filter(({ value }) => value < 1);
  const [least] = parts.sort((a, b) => a.value ** a.weight - b.value ** b.weight);
  return least?.reason ?? '';
}

/** `2026-12-13 23:59 UTC`, which cards show in their readers' zone. */
function minuteOf(date: Date | null): string {
  return date === null ? '–' : `${date.toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}
