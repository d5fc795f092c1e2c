import type { FailureKind } from './errors.ts';
import { gateCode, gateKinds, isForPerson } from './gate.ts';

/** What ended a stage. */
export type StageFailure = {
  kind: FailureKind;
  code: string;
  message: string;
  /** Of the failure itself, where it is at hand. */
  details?: Readonly<Record<string, unknown>>;
};

export type RecoveryOutcome = {
  event: 'auto_retry' | 'manual_intervention_required' | 'abort';
  reason: string;
};

/** No retry and no person can change these. */
const endings: ReadonlySet<string> = new Set([
  'kaggle.unknown_competition',
  'kaggle.deadline_passed',
  'kaggle.entry_closed',
  'kaggle.submissions_disabled',
]);

/** Only a person can change these, or the data itself: trying again changes nothing. */
const forPeople: readonly string[] = [
  ...gateKinds.filter(isForPerson).map(gateCode),
  'kaggle.code_competition',
  'kaggle.unsafe_archive',
  'kaggle.unsupported_archive',
  'kaggle.damaged_archive',
  // The same runs make the same file, and the same notebook.
  'kaggle.submission_refused',
  'kaggle.notebook_missing',
  'submission.',
  'csv.',
  'data.',
  'problem.',
  'folds.',
  'python.',
  // Another approach finds no machine either.
  'gpu.no_machine',
  // The same tree has nothing to go on with.
  'search.branches_closed',
];

/** What to do about a failed stage: try again by itself (with another approach), ask a person, or give up. */
export function recover(failure: StageFailure, retriesSoFar: number, maxRetries: number): RecoveryOutcome {
  if (endings.has(failure.code)) return { event: 'abort', reason: failure.message };
  const needsPerson =
    failure.kind === 'configuration' || forPeople.some((code) => failure.code.startsWith(code));
  if (needsPerson || retriesSoFar >= maxRetries) {
    return { event: 'manual_intervention_required', reason: failure.message };
  }
  return { event: 'auto_retry', reason: failure.message };
}
