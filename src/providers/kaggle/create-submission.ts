import { BusinessFailure, SystemFailure, TransientFailure } from '../../domain/errors.ts';
import { hasSurelyDoneNothing } from '../failure-of.ts';
import { type KaggleCalls, refusalDetails } from './calls.ts';
import type { NewSubmission } from './contract.ts';
import type { Refusals } from './refusals.ts';
import { createdSchema } from './schemas.ts';

/** `|` and `/` were seen refused; what else is, nobody tells. */
const descriptionPattern = /^[\p{L}\p{N} .,:;_\-=()#+%@']{1,500}$/u;

/**
 * Creates a submission once. It is tried again only where Kaggle surely did nothing with it.
 * Source: Kaggle/kagglesdk `ApiCreateSubmissionRequest`; Kaggle/kaggle-cli issues 148, 177.
 */
export async function createSubmission(
  calls: KaggleCalls,
  refusals: Refusals,
  slug: string,
  { token, description }: NewSubmission,
  signal: AbortSignal,
): Promise<{ ref: number }> {
  if (!descriptionPattern.test(description)) {
    throw new SystemFailure('A submission was given a description that Kaggle may refuse.', {
      code: 'kaggle.bad_description',
    });
  }
  // True from the moment a request is on its way until an answer says that it had no effect.
  let mayExist = false;
  const call = { name: 'CreateSubmission', idempotent: false, signal };
  const body = { competitionName: slug, blobFileTokens: token, submissionDescription: description };
  try {
    return await calls.run(call, async (attemptSignal) => {
      mayExist = true;
      try {
        return await calls.ask({ method: call.name, body, response: createdSchema, signal: attemptSignal });
      } catch (error) {
        mayExist = !isDefinite(error);
        throw error;
      }
    });
  } catch (error) {
    if (mayExist) throw outcomeUnknown(error);
    throw refusedSubmission(await refusals.explain(slug, error, signal));
  }
}

/** Kaggle has surely not taken the submission: it refused in so many words, or was never reached. */
function isDefinite(error: unknown): boolean {
  const status = refusalDetails(error)?.status ?? 0;
  // 409 might mean that it is there already; 408 is a timeout.
  return hasSurelyDoneNothing(error) || (status >= 400 && status < 500 && status !== 408 && status !== 409);
}

function outcomeUnknown(cause: unknown): TransientFailure {
  return new TransientFailure(
    'Kaggle did not say whether it took a submission; it is looked up before anything is sent again.',
    { code: 'kaggle.outcome_unknown', cause },
  );
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
