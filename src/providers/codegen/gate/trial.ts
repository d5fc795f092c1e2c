import { randomUUID } from 'node:crypto';
import { copyFile, mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { AblationReport, ScriptTrial, TrialRun } from '../../quality/contract.ts';
import { type DebugRunOptions, debugRun } from './debug-run.ts';
import { checkTable } from './output-format.ts';

export type TrialOptions = DebugRunOptions & { scratchFolder: string };

type Trial = ScriptTrial & { without?: string; outFolder: string };

/** One debug run in a folder of its own, of which only the out-of-fold file is kept. */
export async function tryOut(trial: Trial, options: TrialOptions, signal: AbortSignal): Promise<TrialRun> {
  const folder = join(options.scratchFolder, `trial-${randomUUID()}`);
  const without = trial.without ?? null;
  try {
    await mkdir(folder, { recursive: true });
    await mkdir(trial.outFolder, { recursive: true });
    const result = await debugRun(trial, options, folder, signal);
    const told = { without, seconds: result.seconds };
    if (result.exitClass !== 'ok') {
      return {
        ...told,
        oofPath: null,
        failure: `${result.message} The end of its output:\n${result.logTail}`,
      };
    }
    const outFolder = join(folder, 'out');
    const { contract, dataFolder } = trial;
    const problem = await checkTable({ contract, dataFolder, outFolder, signal }, 'oof.csv');
    if (problem !== null) return { ...told, oofPath: null, failure: problem };
    const oofPath = join(trial.outFolder, `${randomUUID()}-oof.csv`);
    await copyFile(join(outFolder, 'oof.csv'), oofPath);
    return { ...told, oofPath, failure: null };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** The script as it is and without each part, one after the other, until the limit for all is used up. */
export async function ablate(
  request: ScriptTrial & { parts: readonly string[]; outFolder: string; limitSeconds: number },
  options: TrialOptions,
  signal: AbortSignal,
): Promise<AblationReport> {
  const startedAt = performance.now();
  const secondsLeft = () => request.limitSeconds - (performance.now() - startedAt) / 1000;
  const whole = await tryOut(request, options, signal);
  const parts: TrialRun[] = [];
  for (const part of request.parts) {
    const left = secondsLeft();
    if (whole.oofPath === null || left <= 0) {
      const failure =
        whole.oofPath === null ? 'The whole script did not run.' : 'There was no time left for this part.';
      parts.push({ without: part, oofPath: null, seconds: 0, failure });
      continue;
    }
    const debugLimitSeconds = Math.max(1, Math.min(request.debugLimitSeconds, left));
    parts.push(await tryOut({ ...request, without: part, debugLimitSeconds }, options, signal));
  }
  return { whole, parts };
}
