import { BusinessFailure, type Failure, SystemFailure, TransientFailure } from '../../domain/errors.ts';
import { callOnce } from './call-once.ts';
import { type KaggleCalls, refusalDetails } from './calls.ts';
import type { NewCodeSubmission } from './notebooks-contract.ts';
import type { Refusals } from './refusals.ts';
import { createdSchema } from './schemas.ts';

/** `|` and `/` were seen refused; what else is, nobody tells. */
const descriptionPattern = /^[\p{L}\p{N} .,:;_\-=()#+%@']{1,500}$/u;

/**
 * Hands a finished notebook in, once. It is tried again only where Kaggle surely did nothing with it.
 * Source: Kaggle/kagglesdk `ApiCreateCodeSubmissionRequest`; Kaggle/kaggle-cli issue 1182.
 */
export async function createCodeSubmission(
  calls: KaggleCalls,
  refusals: Refusals,
  slug: string,
  submission: NewCodeSubmission,
  signal: AbortSignal,
): Promise<{ ref: number }> {
  const { notebook, versionNumber, fileName, description } = submission;
  if (!descriptionPattern.test(description)) {
    throw new SystemFailure('A submission was given a description that Kaggle may refuse.', {
      code: 'kaggle.bad_description',
    });
  }
  try {
    return await callOnce(calls, {
      method: 'CreateCodeSubmission',
      body: {
        competitionName: slug,
        kernelOwner: notebook.owner,
        kernelSlug: notebook.slug,
        kernelVersion: versionNumber,
        fileName,
        submissionDescription: description,
      },
      response: createdSchema,
      signal,
      unknownMessage:
        'Kaggle did not say whether it took a submission; it is looked up before anything is sent again.',
    });
  } catch (error) {
    const refusal = refusalDetails(error);
    if (refusal === null) throw error;
    throw notebookRefusal(refusal, error) ?? refusedSubmission(await refusals.explain(slug, error, signal));
  }
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

/** A refusal in words that nobody has classified is still a refusal of this submission. */
function refusedSubmission(error: unknown): unknown {
  const refusal = refusalDetails(error);
  if (refusal === null || !(error instanceof BusinessFailure)) return error;
  if (error.code !== 'kaggle.request_refused') return error;
  return new BusinessFailure(`Kaggle refused a submission: ${refusal.text || 'no reason given'}.`, {
    code: 'kaggle.submission_refused',
    cause: error,
    details: error.details,
  });
}
