import { findGate, gateFailure } from '../../domain/gate.ts';

/**
 * Refuses what no amount of work can submit to.
 * @param options `hasNotebookPath`: code competitions can be taken part in
 * @throws BusinessFailure `kaggle.deadline_passed`, `kaggle.submissions_disabled`, `kaggle.code_competition`,
 * `kaggle.entry_closed`, `kaggle.rules_not_accepted`
 */
export function refuseImpossible(
  slug: string,
  seen: {
    url: string;
    deadline: Date | null;
    newEntrantDeadline?: Date | null;
    hasEntered: boolean;
    submissionsDisabled: boolean;
    takesNotebooksOnly: boolean;
  },
  now: Date,
  options: { hasNotebookPath?: boolean } = {},
): void {
  const gate = findGate(seen, now, options);
  if (gate !== null) throw gateFailure(gate, { slug, url: seen.url, deadline: seen.deadline });
}
