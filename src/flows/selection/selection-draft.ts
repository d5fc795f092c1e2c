import type { DecisionDraft } from '../../domain/decision.ts';
import type { FinalPick } from '../../domain/final-selection.ts';
import { formatScore } from '../../domain/metrics/score.ts';
import type { Selectable } from '../submission/final-place.ts';
import { submissionsUrl } from './submissions-url.ts';

const mostListed = 8;
const longestLabel = 60;
const longestApproach = 80;
const longestContext = 1500;

export type SelectionProposal = {
  slug: string;
  picks: readonly FinalPick<Selectable>[];
  /** The submissions that a person may choose from, the best confirmed first; their places are their numbers. */
  listed: readonly Selectable[];
  /** What Kaggle takes where nobody ticks anything. */
  automatic: readonly Selectable[];
  /** Cross-validation and leaderboard put our submissions into different orders. */
  disagrees: boolean;
};

/** The submissions that a question lists: those proposed, then the best of the others. */
export function listedOf(
  picks: readonly FinalPick<Selectable>[],
  bestFirst: readonly Selectable[],
): Selectable[] {
  const proposed = picks.map(({ submission }) => submission);
  const others = bestFirst.filter((one) => !proposed.some(({ key }) => key === one.key));
  return [...proposed, ...others].slice(0, mostListed);
}

/** What a person is asked before the end: which two submissions to tick at Kaggle. */
export function selectionDraft(proposal: SelectionProposal): DecisionDraft {
  const { slug, picks } = proposal;
  return {
    kind: 'final_selection',
    blocking: false,
    question: `Which submissions of ${slug} should count at the end? Please tick them at Kaggle.`,
    context: contextOf(proposal),
    options: [
      {
        id: 'done',
        label: picks.length === 1 ? 'I ticked it' : 'I ticked these two',
        consequence: 'I look at Kaggle whether it shows them as selected, and tell you.',
      },
      {
        id: 'change',
        label: 'Others',
        consequence: 'Tick others, and tell me their numbers in the list, such as 1 and 3.',
        wantsText: true,
      },
      {
        id: 'leave',
        label: 'Leave it to Kaggle',
        consequence: 'Kaggle counts the submissions with the best public scores.',
      },
    ],
    // What happens where nobody does anything: nobody but a person can tick.
    defaultOption: 'leave',
    recommendedOption: 'done',
    facts: factsOf(proposal),
    link: { kind: 'page', url: submissionsUrl(slug) },
  };
}

function contextOf({ picks, listed, automatic, disagrees }: SelectionProposal): string {
  const numbers = (submissions: readonly Selectable[]) =>
    submissions
      .map(({ key }) => listed.findIndex((one) => one.key === key) + 1)
      .map((number) => (number === 0 ? 'one that is not listed' : `${number}`))
      .join(' and ');
  const proposed = picks.map(({ submission }) => submission);
  const isSame =
    automatic.length === proposed.length &&
    automatic.every(({ key }) => proposed.some((one) => one.key === key));
  const lines = [
    'I propose:',
    ...picks.map((pick, index) => `${index + 1} · ${reasonOf(pick)}`),
    ...(disagrees
      ? ['Cross-validation and the public leaderboard disagree, so one of the two is the best public one.']
      : []),
    isSame
      ? 'Kaggle would take the same ones by itself.'
      : `Without a tick Kaggle takes the best public scores: ${numbers(automatic)}.`,
    'Only a person can tick them; Kaggle has no call for it.',
  ];
  return lines.join('\n').slice(0, longestContext);
}

function reasonOf({ submission, role, correlation }: FinalPick<Selectable>): string {
  const name = cutEnd(submission.approach, longestApproach);
  switch (role) {
    case 'public':
      return `${name}: the best public score, as a hedge`;
    case 'diverse':
      return correlation === null
        ? `${name}: as good within the error of chance, and the simplest of those`
        : `${name}: as good within the error of chance, and most unlike the first (rank correlation ${correlation.toFixed(3)})`;
    default:
      return correlation === null
        ? `${name}: the best by cross-validation and its confirmation`
        : `${name}: the next best by cross-validation and its confirmation`;
  }
}

function factsOf({ listed }: SelectionProposal): NonNullable<DecisionDraft['facts']> {
  return listed.map(({ approach, round, cv, estimate, publicScore }, index) => ({
    label: cutEnd(`${index + 1} · round ${round} · ${approach}`, longestLabel),
    value: [
      ...(cv === null ? [] : [`CV ${formatScore(cv)}`]),
      ...(estimate === null || estimate === cv ? [] : [`confirmed ${formatScore(estimate)}`]),
      publicScore === null ? 'no public score' : `public ${formatScore(publicScore)}`,
    ].join(' · '),
  }));
}

function cutEnd(text: string, most: number): string {
  return text.length <= most ? text : `${text.slice(0, most - 1)}…`;
}
