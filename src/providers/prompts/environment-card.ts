import { debugLimitSeconds } from '../../domain/debug-limit.ts';
import type { TrainingEnvironment } from '../../domain/environment.ts';
import { bounded, cell, fitting } from './bounded.ts';

const mostCharacters = 1_500;

/**
 * Where the script runs: versions, cores, memory and time. Nothing that changes from call to call, so that the prompt's
 * beginning stays the same.
 */
export function environmentCard(environment: TrainingEnvironment, timeBudgetSeconds: number): string {
  const { cores, memoryBytes, lightgbm, pythonVersion, sklearnVersion, packages } = environment;
  const installed = packages ?? (sklearnVersion === null ? {} : { 'scikit-learn': sklearnVersion });
  const versions = Object.entries(installed)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, version]) => `${cell(name, 40)} ${cell(version, 20)}`);
  const lines = [
    `Python ${pythonVersion ?? '3.11 or newer'}; ${cores} CPU cores; ${(memoryBytes / 1e9).toFixed(1)} GB of memory; ${gpuOf(environment)}.`,
    `A full run may take ${Math.round(timeBudgetSeconds)} s of wall-clock time, a --debug run ${debugLimitSeconds(timeBudgetSeconds)} s.`,
    'No internet: nothing can be downloaded or installed beyond this list.',
    lightgbm ? 'LightGBM works.' : 'LightGBM does not work here: do not import it.',
    `Installed: ${fitting(versions, 900).join(', ') || 'numpy, scipy, pandas, scikit-learn'}${packages === undefined ? ', and numpy, scipy, pandas' : ''}.`,
    'requirements.txt names each package that the script imports, with a range of versions that holds the installed one.',
  ];
  return `# The environment\n${bounded(lines.join('\n'), mostCharacters)}`;
}

function gpuOf({ cards = [] }: TrainingEnvironment): string {
  const [card] = cards;
  if (card === undefined) return 'no GPU unless torch says otherwise';
  const size = (card.memoryBytes / 2 ** 30).toFixed(0);
  return `a full run of a script that needs torch has a GPU (${cell(card.name, 60)}, ${size} GB), a --debug run has none`;
}
