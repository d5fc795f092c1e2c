import type { Context } from '../../context.ts';
import { asFailure } from '../../domain/errors.ts';
import { gateOfCode } from '../../domain/gate.ts';
import { clearSubmissionUpload } from '../../state/submission-uploads.ts';
import {
  markSubmissionAbsent,
  refuseSubmission,
  type Submission,
  startSubmissionAttempt,
} from '../../state/submissions.ts';
import { handIn, notebookOf } from '../notebooks/hand-in.ts';
import { Wait } from '../support/wait.ts';
import { type Brought, bringFile } from './upload.ts';

const longestDescription = 200;
const nothingBrought: Brought = { token: '', isKnown: false };
/** Until Kaggle sees that a notebook has ended. */
const notReadyMs = 30_000;

/**
 * Sends a planned or queued submission: its file, the mark that it is sent, and the one call that cannot be
 * repeated. Whoever dies or loses the answer in between leaves it as sent, to be looked up.
 * @returns the vendor's number
 * @throws BusinessFailure `kaggle.*` where the vendor surely refused; Wait where it must be looked up or sent later
 */
export async function sendOnce(ctx: Context, slug: string, submission: Submission): Promise<string> {
  // A code competition takes a notebook that is there already, in place of a file.
  const notebook = await notebookOf(ctx, submission);
  const { token, isKnown } = notebook === null ? await bringFile(ctx, slug, submission) : nothingBrought;
  const markedAt = performance.now();
  const attempt = await startSubmissionAttempt(ctx.state, submission.id);
  if (attempt === null) throw new Wait(100, 'sent by another worker');
  // Whoever looks it up counts on this: after so long, nobody begins the call any more.
  const leftMs = Math.floor(markedAt + ctx.policy.createTimeoutMs - performance.now());
  if (leftMs <= 0) throw lookItUp();
  const signal = AbortSignal.any([ctx.signal, AbortSignal.timeout(leftMs)]);
  try {
    const description = describe(submission);
    const { ref } =
      notebook === null
        ? await ctx.kaggle.createSubmission(slug, { token, description }, { signal })
        : await handIn(ctx, slug, notebook, description, signal);
    return String(ref);
  } catch (error) {
    throw await settleFailure(ctx, submission, { attempt, token, isKnown }, error);
  }
}

/** The key comes first: whatever the vendor cuts off, it cuts off the end. */
function describe({ key, approach }: Submission): string {
  return `${key} ${approach}`.replaceAll(/[^A-Za-z0-9 .,:;_\-=()#]/g, ' ').slice(0, longestDescription);
}

async function settleFailure(
  ctx: Context,
  { id, key }: Submission,
  { attempt, token, isKnown }: { attempt: number } & Brought,
  error: unknown,
): Promise<unknown> {
  const failure = asFailure(error);
  if (failure.code === 'kaggle.daily_limit') {
    await markSubmissionAbsent(ctx.state, id, attempt);
    return failure;
  }
  if (failure.code === 'kaggle.submission_refused' && isKnown && attempt > 1) {
    // The token may be spent: the first call, which seemed lost, arrived after all. That is looked up, and if it is
    // not so, the file is brought again under a new token, whose refusal is final.
    ctx.log.warn(
      { key, attempt },
      'a repeated submission was refused; looking whether the first one arrived',
    );
    await clearSubmissionUpload(ctx.state, id, token);
    return lookItUp();
  }
  // A gate is about our account, not about this file, which goes once the gate is open.
  const isGate = gateOfCode(failure.code) !== null;
  if (failure.kind === 'business' && !isGate) {
    await refuseSubmission(ctx.state, id, failure.message, attempt);
    return failure;
  }
  const mayExist = failure.code === 'kaggle.outcome_unknown' || failure.kind === 'system';
  if (!mayExist) await markSubmissionAbsent(ctx.state, id, attempt);
  if (failure.code === 'kaggle.notebook_not_ready') return new Wait(notReadyMs, failure.message);
  return mayExist ? lookItUp() : failure;
}

function lookItUp(): Wait {
  return new Wait(1_000, 'the answer was lost; looking it up');
}
