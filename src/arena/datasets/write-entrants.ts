import { mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { SystemFailure } from '../../domain/errors.ts';
import { loadCompetition } from '../competition.ts';
import type { Entrant } from '../competition-schema.ts';
import { scoreSubmission } from '../scoring.ts';
import { runPython } from './run-python.ts';

const script = fileURLToPath(new URL('reference_entrants.py', import.meta.url));

/** Enough for the text and the ten classes of the shipped data on a slow machine. */
const timeoutMs = 10 * 60 * 1000;

/** Names of the predictions that the script writes, and what the entrants are called on the leaderboard. */
const references = [
  { file: 'constant', name: 'Reference: constant' },
  { file: 'linear', name: 'Reference: linear model' },
  { file: 'boosting', name: 'Reference: gradient boosting' },
] as const;

/**
 * Trains three plain models on train.csv alone, scores their predictions with the arena's own scoring, and writes
 * entrants.json. The script sees no hidden label: it gets the public folder and competition.json only,
 * and the features of a hidden test set.
 * @throws ConfigurationFailure `arena.reference_failed`, SystemFailure `arena.reference_refused`
 */
export async function writeEntrants({
  folder,
  python,
  signal,
}: {
  folder: string;
  python: string;
  signal: AbortSignal;
}): Promise<readonly Entrant[]> {
  const competition = await loadCompetition(folder, { publicFiles: 'trust' });
  const out = await mkdtemp(join(tmpdir(), 'arena-reference-'));
  try {
    const arguments_ = [
      '--competition',
      join(folder, 'competition.json'),
      '--public',
      join(folder, 'public'),
    ];
    // Of a code competition the public test set is only a sample.
    const hiddenTest = competition.rerunFiles.find((file) => file.name === 'test.csv');
    const test = hiddenTest === undefined ? [] : ['--test', hiddenTest.path];
    await runPython({ python, script, arguments: [...arguments_, ...test, '--out', out], timeoutMs, signal });
    const entrants: Entrant[] = [];
    for (const { file, name } of references) {
      const outcome = scoreSubmission(competition, await readFile(join(out, `${file}.csv`)));
      if (outcome.status === 'ERROR') {
        throw new SystemFailure(
          `The reference model "${file}" of ${competition.slug} was refused: ${outcome.errorDescription}`,
          {
            code: 'arena.reference_refused',
          },
        );
      }
      entrants.push({
        name,
        public: outcome.publicScore,
        private: outcome.privateScore,
        overall: outcome.overallScore,
      });
    }
    const half = join(folder, 'entrants.json.part');
    await writeFile(half, `${JSON.stringify(entrants, null, 2)}\n`);
    await rename(half, join(folder, 'entrants.json'));
    return entrants;
  } finally {
    await rm(out, { recursive: true, force: true });
  }
}
