import type { Context } from '../../context.ts';
import { asFailure } from '../../domain/errors.ts';
import type { Competition } from '../../state/competitions.ts';
import { failNotebook, listNotebooks, type Notebook } from '../../state/notebooks.ts';
import type { Submission } from '../../state/submissions.ts';
import { move } from '../support/competition-call.ts';

/** The notebook that a submission hands in; null where it is a file. */
export async function notebookOf(
  ctx: Pick<Context, 'state'>,
  submission: Pick<Submission, 'competitionId' | 'paramsHash'>,
): Promise<Notebook | null> {
  const notebooks = await listNotebooks(ctx.state, submission.competitionId);
  return notebooks.find(({ paramsHash }) => paramsHash === submission.paramsHash) ?? null;
}

/**
 * Hands a notebook in; like `createSubmission` not to be repeated blindly.
 * @throws as `KaggleClient.createCodeSubmission`; a notebook that is too slow counts as failed
 */
export async function handIn(
  ctx: Pick<Context, 'state' | 'kaggle'>,
  slug: string,
  notebook: Notebook,
  description: string,
  signal: AbortSignal,
): Promise<{ ref: number }> {
  try {
    return await ctx.kaggle.createCodeSubmission(
      slug,
      {
        notebook,
        versionNumber: notebook.versionNumber ?? 1,
        fileName: notebook.fileName,
        description,
      },
      { signal },
    );
  } catch (error) {
    const failure = asFailure(error);
    if (failure.code === 'kaggle.notebook_too_slow') {
      await layToScripts(ctx, notebook, failure.code, failure.message);
    }
    throw error;
  }
}

/** All of its scripts, where nothing says which one it was. */
async function layToScripts(
  ctx: Pick<Context, 'state'>,
  notebook: Notebook,
  code: string,
  error: string,
): Promise<void> {
  await failNotebook(ctx.state, {
    id: notebook.id,
    code,
    error,
    logTail: '',
    failedCodes: notebook.members.map(({ codeId }) => codeId),
  });
}

/**
 * The vendor ran a notebook that was handed in on the hidden test, and it failed there: its scripts are tried no more,
 * and another approach is looked for. @returns false for a file, which is not at fault in this way
 */
export async function goBackForNotebook(
  ctx: Pick<Context, 'state' | 'log' | 'actor'>,
  competition: Competition,
  submission: Pick<Submission, 'competitionId' | 'paramsHash'>,
  words: string | null,
): Promise<boolean> {
  const notebook = await notebookOf(ctx, submission);
  if (notebook === null) return false;
  const reason = `The notebook failed on the hidden test: ${words ?? 'no reason was given'}.`;
  await layToScripts(ctx, notebook, 'notebook.hidden_run_failed', reason);
  await move(ctx, competition, 'training_failed', {
    kind: 'business',
    code: 'notebook.hidden_run_failed',
    reason,
  });
  return true;
}
