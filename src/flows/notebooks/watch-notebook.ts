import { stripVTControlCharacters } from 'node:util';
import type { Context } from '../../context.ts';
import { asFailure } from '../../domain/errors.ts';
import { failedMembers, memberName } from '../../domain/notebook.ts';
import { failNotebook, type Notebook } from '../../state/notebooks.ts';
import { Wait } from '../support/wait.ts';

/** The practice arena is on this machine, and its notebooks take seconds. */
const practicePollMs = 2_000;
/** As Kaggle's contract advises: every 15 to 60 seconds. */
const youngPollMs = 15_000;
const oldPollMs = 60_000;
const youngMs = 5 * 60_000;
/** A run that Kaggle tells nothing of for so long is looked for by its output, which outlives the session. */
const tellsNothingMs = 3 * 60_000;
/** Kaggle may let a session wait for a machine. */
const queueMs = 2 * 3_600_000;
const logTailLength = 5_100;

export type NotebookEnd = { fileNames: readonly string[]; logText: string };

/**
 * The end of a run. @returns what it wrote; null where it failed, which the row then says
 * @throws Wait while it goes on
 */
export async function watchNotebook(ctx: Context, notebook: Notebook): Promise<NotebookEnd | null> {
  const { status, failureMessage } = await ctx.kaggle.notebookStatus(notebook, { signal: ctx.signal });
  const ageMs = ctx.now().getTime() - (notebook.startedAt ?? notebook.createdAt).getTime();
  const limitMs = notebook.timeLimitSeconds * 1_000 + queueMs;
  const isOver = status === 'complete' || status === 'failed' || status === 'cancelled';
  const isLost = ageMs > limitMs;
  if (!isOver && !isLost && (status !== 'missing' || ageMs < tellsNothingMs)) throw goesOn(ctx, ageMs);
  const end = await readEnd(ctx, notebook, status === 'complete');
  const isDone = status === 'complete' || (status === 'missing' && hasOutput(notebook, end));
  if (isDone) return end;
  if (!isOver && !isLost) throw goesOn(ctx, ageMs);
  const reason = isLost ? 'it did not end in its time' : (lastError(end.logText) ?? failureMessage ?? status);
  await giveUpNotebook(ctx, notebook, { code: 'notebook.run_failed', reason, logText: end.logText });
  return null;
}

function goesOn({ judge }: Pick<Context, 'judge'>, ageMs: number): Wait {
  if (judge !== null) return new Wait(practicePollMs, 'the notebook runs at the practice arena');
  return new Wait(ageMs < youngMs ? youngPollMs : oldPollMs, 'the notebook runs at Kaggle');
}

/** Whether what a notebook is for is there. */
export function hasOutput({ stage, fileName }: Notebook, { fileNames }: NotebookEnd): boolean {
  return fileNames.some((name) => (stage === 'model' ? name.startsWith('model/') : name === fileName));
}

/** A run that went well has an output to read; of any other, Kaggle may not know one. */
async function readEnd(ctx: Context, notebook: Notebook, isComplete: boolean): Promise<NotebookEnd> {
  try {
    const { fileNames, log } = await ctx.kaggle.notebookOutput(notebook, { signal: ctx.signal });
    return { fileNames, logText: plainText(log.map(({ text }) => text).join('')) };
  } catch (error) {
    const { status } = asFailure(error).details;
    if (isComplete || (status !== 403 && status !== 404)) throw error;
    return { fileNames: [], logText: '' };
  }
}

/** Without the colours of a traceback, and what no database keeps. */
function plainText(text: string): string {
  return stripVTControlCharacters(text).replaceAll('\0', '').toWellFormed();
}

/** The last line of a traceback. */
function lastError(logText: string): string | null {
  const lines = logText.split('\n').map((line) => line.trim());
  return lines.findLast((line) => /^[A-Za-z_.]*(Error|Exception|ScriptFailed)\b/.test(line)) ?? null;
}

/** The run is of no use; the scripts that it names are not tried at Kaggle again. */
export async function giveUpNotebook(
  ctx: Pick<Context, 'state' | 'log'>,
  notebook: Notebook,
  failure: { code: string; reason: string; logText: string },
): Promise<void> {
  const { code, reason, logText } = failure;
  const names = notebook.members.map(({ approach }, index) => memberName(index, approach));
  const blamed = failedMembers(logText, names);
  const failedCodes = notebook.members
    .filter((_, index) => blamed.includes(names[index] ?? ''))
    .map(({ codeId }) => codeId);
  const error = `The notebook at Kaggle failed: ${reason.slice(0, 300).toWellFormed().replace(/\.$/, '')}.`;
  await failNotebook(ctx.state, {
    id: notebook.id,
    code,
    error,
    logTail: logText.slice(-logTailLength).toWellFormed(),
    failedCodes,
  });
  ctx.log.warn({ url: notebook.url, blamed, reason }, 'notebook failed');
}
