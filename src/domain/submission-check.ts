import { checkColumns } from './submission/columns.ts';
import { checkContent, checkDrift } from './submission/distribution.ts';
import { checkFile, checkForm } from './submission/file.ts';
import { checkIds, restoreOrder } from './submission/ids.ts';
import {
  type Draft,
  report,
  type SubmissionContext,
  type SubmissionProblem,
  type Table,
} from './submission/types.ts';
import { checkValues } from './submission/values.ts';

export type SubmissionVerdict = {
  /** `repaired`: valid once `rows` is written in place of what came. */
  verdict: 'valid' | 'repaired' | 'invalid';
  /** What was mended, one sentence each. */
  repairs: string[];
  /** Why it must not be submitted. Empty unless invalid. */
  problems: SubmissionProblem[];
  /** What a person should look at before; does not make it invalid. */
  warnings: SubmissionProblem[];
  header: string[];
  /** The rows to submit; as far as the checks came when invalid. */
  rows: readonly (readonly string[])[];
};

/**
 * Checks a submission against the sample before it may use up a submission, and mends what can be mended in one way
 * only. Each stage runs on a table that the stages before found sound. Time and memory grow with the rows alone.
 * @param submission null where no table could be read
 */
export function checkSubmission(
  sample: Table,
  submission: Table | null,
  context: SubmissionContext,
): SubmissionVerdict {
  const draft: Draft = {
    header: [...(submission?.header ?? [])],
    rows: [...(submission?.rows ?? [])],
    order: null,
    repairs: [],
    problems: [],
    warnings: [],
  };
  const stages = [
    () => checkProvenance(draft, context),
    () => checkFile(draft, context),
    () => checkForm(draft, sample),
    () => checkColumns(draft, sample),
    () => checkIds(draft, sample),
    () => checkValues(draft, sample, context),
    () => checkContent(draft, sample, context),
    () => checkDrift(draft, context),
  ];
  for (const stage of stages) {
    stage();
    if (draft.problems.length > 0) return verdictOf('invalid', draft);
  }
  restoreOrder(draft);
  return verdictOf(draft.repairs.length > 0 ? 'repaired' : 'valid', draft);
}

/** One sentence of what is wrong, with the first bad rows or cells. */
export function describeProblem({ message, examples }: SubmissionProblem): string {
  return examples.length === 0 ? message : `${message.replace(/\.$/, '')} (${examples.join('; ')}).`;
}

function verdictOf(verdict: SubmissionVerdict['verdict'], draft: Draft): SubmissionVerdict {
  const { header, rows, repairs, problems, warnings } = draft;
  return { verdict, header, rows, repairs, problems, warnings };
}

function checkProvenance(draft: Draft, { provenance }: SubmissionContext): void {
  if (provenance?.isDebug) {
    report(
      draft.problems,
      'debug_run',
      'The file comes from a debug run, which trains on a tenth of the rows.',
    );
  }
  if (provenance && provenance.codeSha256 !== provenance.expectedCodeSha256) {
    const message = 'The file was not made by the code of this candidate.';
    report(draft.problems, 'foreign_code', message, [provenance.codeSha256]);
  }
}
