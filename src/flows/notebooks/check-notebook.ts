import type { Context } from '../../context.ts';
import { asFailure } from '../../domain/errors.ts';
import type { Competition } from '../../state/competitions.ts';
import type { Notebook } from '../../state/notebooks.ts';
import { checkOutput } from './check-output.ts';
import { giveUpNotebook, hasOutput, type NotebookEnd } from './watch-notebook.ts';

type Checked = { isSound: boolean; csv: string | null };

/** Whether what a notebook wrote is of use; one that is not is recorded as failed, with the reason. */
export async function checkNotebook(
  ctx: Context,
  competition: Competition,
  notebook: Notebook,
  end: NotebookEnd,
): Promise<Checked> {
  const giveUp = async (code: string, reason: string): Promise<Checked> => {
    await giveUpNotebook(ctx, notebook, { code, reason, logText: end.logText });
    return { isSound: false, csv: null };
  };
  if (notebook.stage === 'model') {
    if (hasOutput(notebook, end)) return { isSound: true, csv: null };
    return await giveUp('notebook.no_output', 'it kept no model');
  }
  const { problem } = competition;
  if (problem === null) return { isSound: false, csv: null };
  try {
    const { csv, warnings } = await checkOutput(ctx, competition, problem, notebook, notebook.fileName);
    if (warnings.length > 0) ctx.log.warn({ url: notebook.url, warnings }, 'the output of a notebook is odd');
    return { isSound: true, csv };
  } catch (error) {
    const failure = asFailure(error);
    // What is wrong with the file is the scripts' fault; what is wrong with Kaggle passes.
    if (!/^(submission|csv|notebook)\./.test(failure.code)) throw failure;
    return await giveUp(failure.code, failure.message);
  }
}
