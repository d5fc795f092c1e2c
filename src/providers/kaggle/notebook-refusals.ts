import { BusinessFailure, TransientFailure } from '../../domain/errors.ts';
import type { RawSavedNotebook } from './notebook-schemas.ts';
import type { NewNotebook } from './notebooks-contract.ts';
import type { Refusals } from './refusals.ts';

/**
 * Kaggle answers a refused push with success and an `error` beside it, and drops inputs that it does not give us
 * while it saves the rest: both are failures.
 * Source: Kaggle/kaggle-cli issue 185; `invalid*Sources` of Kaggle/kagglesdk `ApiSaveKernelResponse`.
 * @throws TransientFailure `kaggle.notebook_sessions_full`, `kaggle.gpu_quota_used`;
 * BusinessFailure `kaggle.notebook_refused`, `kaggle.notebook_inputs`, and what a dropped competition means
 */
export async function refuseUnsaved(
  refusals: Refusals,
  notebook: NewNotebook,
  answer: RawSavedNotebook,
  signal: AbortSignal,
): Promise<void> {
  if (answer.error !== '') throw refusedPush(answer.error);
  const dropped = [
    ...answer.invalidCompetitionSources,
    ...answer.invalidKernelSources,
    ...answer.invalidDatasetSources,
    ...answer.invalidModelSources,
  ];
  if (dropped.length === 0) return;
  const failure = new BusinessFailure(
    `Kaggle saved a notebook without its inputs (${dropped.join(', ')}), so its run can only fail.`,
    // The status is what makes the competition be looked up: rules that are not accepted are the usual reason.
    { code: 'kaggle.notebook_inputs', details: { dropped, status: 403, vendorText: '' } },
  );
  const [competition] = notebook.competitions;
  const isCompetition = answer.invalidCompetitionSources.length > 0;
  throw isCompetition && competition !== undefined
    ? await refusals.explain(competition, failure, signal)
    : failure;
}

function refusedPush(text: string): Error {
  const details = { vendorText: text.slice(0, 500), surelyNothingHappened: true };
  if (/session count/i.test(text)) {
    return new TransientFailure(
      'Kaggle runs as many of our GPU notebooks as it may; this one waits for a place.',
      {
        code: 'kaggle.notebook_sessions_full',
        details,
      },
    );
  }
  if (/quota/i.test(text)) {
    return new TransientFailure(
      "The week's GPU hours at Kaggle are used up; this notebook waits for new ones.",
      {
        code: 'kaggle.gpu_quota_used',
        details,
      },
    );
  }
  return new BusinessFailure(`Kaggle refused a notebook: ${text.replace(/\.$/, '').slice(0, 300)}.`, {
    code: 'kaggle.notebook_refused',
    details,
  });
}
