import { betterWords, contractLines } from '../../domain/contract-words.ts';
import type { DecisionDraft } from '../../domain/decision.ts';
import { type MetricName, metricSpec } from '../../domain/metrics/catalog.ts';
import type { Problem } from '../../domain/problem.ts';

const longestContext = 1_500;
const mostOptions = 5;
const editHint = 'You write it, for example: metric: MAP@5; target: price.';
const prefix = 'metric_';

export type ContractAsked = {
  slug: string;
  /** What was read, with the rows of the test file; null where the metric is not even guessed. */
  read: { problem: Problem; testRows: number } | null;
  evidence: readonly string[];
  alternatives: readonly MetricName[];
  /** Without an answer the competition is left; otherwise what was read is taken. */
  isAnswerNeeded: boolean;
  /** An answer came that was not understood. */
  unclearNote?: string;
};

/** A person is shown how a competition is judged, as it was read, and confirms, chooses another metric, or says it. */
export function contractDraft(asked: ContractAsked): DecisionDraft {
  const { slug, read, alternatives, isAnswerNeeded } = asked;
  const fixed = [
    ...(read === null ? [] : [{ id: 'ok', label: 'OK', consequence: 'I go on with what I read.' }]),
    { id: 'edit', label: 'Edit', consequence: editHint, wantsText: true },
    ...(isAnswerNeeded
      ? [{ id: 'skip', label: 'Skip', consequence: 'The competition ends as it is.', isFinal: true }]
      : []),
  ];
  const others = alternatives.slice(0, mostOptions - fixed.length).map((name) => ({
    id: `${prefix}${name}`,
    label: metricSpec(name).displayName.slice(0, 60),
    consequence: `I read the data anew with this metric (${betterWords(metricSpec(name).direction)}).`,
  }));
  const [first, ...rest] = fixed;
  const options = first?.id === 'ok' ? [first, ...others, ...rest] : [...others, ...fixed];
  return {
    kind: 'metric',
    blocking: false,
    question: read === null ? `How is ${slug} judged?` : `Is this how ${slug} is judged?`,
    context: contextOf(asked),
    options,
    defaultOption: isAnswerNeeded ? 'skip' : 'ok',
    recommendedOption: read === null ? 'edit' : 'ok',
  };
}

function contextOf({ read, evidence, unclearNote }: ContractAsked): string {
  const lines = [
    ...(unclearNote === undefined ? [] : [unclearWords(unclearNote.slice(0, 100))]),
    ...(read === null ? [] : contractLines(read.problem, read.testRows)),
    ...(evidence.length === 0 ? [] : [`How I read it: ${evidence.join(' ')}`]),
  ];
  return lines.join('\n').slice(0, longestContext);
}

function unclearWords(note: string): string {
  return note === '' ? 'The answer came without words.' : `I did not understand "${note}".`;
}

/** The metric that an option names; null for any other option. */
export function metricOfOption(option: string, names: readonly MetricName[]): MetricName | null {
  return names.find((name) => `${prefix}${name}` === option) ?? null;
}
