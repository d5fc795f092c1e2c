import type { KaggleCalls } from './calls.ts';
import type { NewSubmission } from './contract.ts';
import { handIn } from './hand-in.ts';
import type { Refusals } from './refusals.ts';

/**
 * Creates a submission of an uploaded file, once.
 * Source: Kaggle/kagglesdk `ApiCreateSubmissionRequest`; Kaggle/kaggle-cli issues 148, 177.
 */
export async function createSubmission(
  calls: KaggleCalls,
  refusals: Refusals,
  slug: string,
  { token, description }: NewSubmission,
  signal: AbortSignal,
): Promise<{ ref: number }> {
  const submission = { method: 'CreateSubmission', body: { blobFileTokens: token }, description };
  return await handIn(calls, refusals, slug, submission, signal);
}
