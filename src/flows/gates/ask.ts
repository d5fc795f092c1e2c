import type { DecisionDraft } from '../../domain/decision.ts';
import { describeGate, type GateKind, type GateSubject, linkKindOf } from '../../domain/gate.ts';

const longestContext = 1_500;
const longestQuestion = 300;
const longestQuote = 200;

/** What a gate is about, and how it is met. */
export type GateAsked = {
  kind: GateKind;
  subject: GateSubject;
  /** Work waits at it; otherwise the competition waits to be entered. */
  isInWork: boolean;
  /** Kaggle's own words; null where it said none. */
  vendorText: string | null;
  /** Somebody said that it is done, and it was still shut. */
  isStillShut?: boolean;
};

/** What a person is asked at a gate: to open it, or to leave the competition. It blocks nothing but what waits there. */
export function gateDraft({ kind, subject, isInWork, vendorText, isStillShut }: GateAsked): DecisionDraft {
  const { sentence, task, link } = describeGate(kind, subject);
  const quote = vendorText === null ? '' : `Kaggle said: "${vendorText.slice(0, longestQuote)}".`;
  const parts = [
    ...(isStillShut === true ? ['I looked again, and Kaggle has not changed its answer yet.'] : []),
    sentence,
    quote,
    'I look every few minutes, and go on by myself once it is done.',
  ];
  return {
    kind: 'gate',
    blocking: false,
    question: (task ?? sentence).slice(0, longestQuestion),
    context: parts
      .filter((part) => part !== '')
      .join(' ')
      .slice(0, longestContext),
    options: [
      { id: 'done', label: 'Done', consequence: 'I look at once, and go on if it is open.' },
      {
        id: 'skip',
        label: 'Skip',
        consequence: isInWork ? 'The competition ends as it is.' : 'The competition is not entered.',
        isFinal: isInWork,
      },
    ],
    defaultOption: 'skip',
    recommendedOption: 'done',
    link: link === null ? null : { kind: linkKindOf(link), url: link },
  };
}
