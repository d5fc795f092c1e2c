import { readFile } from 'node:fs/promises';
import type { Competition } from '../competition-schema.ts';
import { type Outcome, scoreSubmission } from '../scoring.ts';
import { outputFiles } from './notebook-folder.ts';

/**
 * What became of a notebook that ran on the hidden test set. As at the vendor, its owner learns little: no log and
 * no message of the hidden run.
 */
export async function judgeRerun(
  competition: Competition,
  run: { root: string; fileName: string; failure: string | null; isTimedOut: boolean },
): Promise<{ outcome: Outcome; sizeBytes: number }> {
  const failed = (errorDescription: string) => ({
    outcome: { status: 'ERROR' as const, errorDescription },
    sizeBytes: 0,
  });
  if (run.isTimedOut) return failed('Notebook Timeout');
  if (run.failure !== null) return failed('Notebook Threw Exception');
  const file = (await outputFiles(run.root)).find(({ name }) => name === run.fileName);
  if (file === undefined) return failed('Submission File Not Found');
  const outcome = scoreSubmission(competition, await readFile(file.path));
  return { outcome, sizeBytes: file.sizeBytes };
}
