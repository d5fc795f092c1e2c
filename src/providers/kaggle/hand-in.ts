import { BusinessFailure, type Failure, SystemFailure } from '../../domain/errors.ts';
import { callOnce } from './call-once.ts';
import { type KaggleCalls, refusalDetails } from './calls.ts';
import type { Refusals } from './refusals.ts';
import { createdSchema } from './schemas.ts';

/** `|` and `/` were seen refused; what else is, nobody tells. */
const descriptionPattern = /^[\p{L}\p{N} .,:;_\-=()#+%@']{1,500}$/u;

export type HandIn = {
  method: string;
  /** Beside the competition and the description. */
  body: Record<string, unknown>;
  description: string;
  /** What a refusal says of the thing that is handed in; null: it speaks of something else. */
  ownRefusal?: (refusal: { status: number; text: string }, cause: unknown) => Failure | null;
};

/** Hands a submission in, of either kind, once. It is tried again only where Kaggle surely did nothing with it. */
export async function handIn(
  calls: KaggleCalls,
  refusals: Refusals,
  slug: string,
  { method, body, description, ownRefusal }: HandIn,
  signal: AbortSignal,
): Promise<{ ref: number }> {
  if (!descriptionPattern.test(description)) {
    throw new SystemFailure('A submission was given a description that Kaggle may refuse.', {
      code: 'kaggle.bad_description',
    });
  }
  try {
    return await callOnce(calls, {
      method,
      body: { competitionName: slug, ...body, submissionDescription: description },
      response: createdSchema,
      signal,
      unknownMessage:
        'Kaggle did not say whether it took a submission; it is looked up before anything is sent again.',
    });
  } catch (error) {
    const refusal = refusalDetails(error);
    if (refusal === null) throw error;
    throw ownRefusal?.(refusal, error) ?? refusedSubmission(await refusals.explain(slug, error, signal));
  }
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
