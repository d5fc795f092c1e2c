import { BusinessFailure, type Failure, TransientFailure } from '../../domain/errors.ts';
import type { KaggleCalls } from './calls.ts';
import { handIn } from './hand-in.ts';
import type { NewCodeSubmission } from './notebooks-contract.ts';
import type { Refusals } from './refusals.ts';

/**
 * Hands a finished notebook in, once.
 * Source: Kaggle/kagglesdk `ApiCreateCodeSubmissionRequest`; Kaggle/kaggle-cli issue 1182.
 */
export async function createCodeSubmission(
  calls: KaggleCalls,
  refusals: Refusals,
  slug: string,
  { notebook, versionNumber, fileName, description }: NewCodeSubmission,
  signal: AbortSignal,
): Promise<{ ref: number }> {
  const body = {
    kernelOwner: notebook.owner,
    kernelSlug: notebook.slug,
    kernelVersion: versionNumber,
    fileName,
  };
  const submission = { method: 'CreateCodeSubmission', body, description, ownRefusal: notebookRefusal };
  return await handIn(calls, refusals, slug, submission, signal);
}

/** What Kaggle says of the notebook itself. Classified by substring, the words kept for people. */
function notebookRefusal({ status, text }: { status: number; text: string }, cause: unknown): Failure | null {
  const details = { status, vendorText: text, surelyNothingHappened: true };
  if (/still running/i.test(text)) {
    return new TransientFailure(
      'Kaggle does not see the end of the notebook yet; it is handed in a little later.',
      {
        code: 'kaggle.notebook_not_ready',
        cause,
        details,
      },
    );
  }
  if (/runtime of .* exceeds/i.test(text)) {
    return new BusinessFailure(`The notebook takes longer than this competition allows: ${text}.`, {
      code: 'kaggle.notebook_too_slow',
      cause,
      details,
    });
  }
  if (/kernelSessions\.get|did not find provided notebook output/i.test(text)) {
    return new BusinessFailure(
      'Kaggle finds no finished run of the notebook with the file that was to be handed in.',
      {
        code: 'kaggle.notebook_missing',
        cause,
        details,
      },
    );
  }
  return null;
}
