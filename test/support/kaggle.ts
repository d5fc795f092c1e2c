import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { type Arena, type ArenaOptions, startArena } from '../../src/arena/server.ts';
import { arenaOptions, binaryCompetition } from './arena-kit.ts';
import { tempFolder } from './temp-folder.ts';

/** A practice arena of its own, closed when the test ends. */
export async function aPracticeArena(
  options: Partial<ArenaOptions> & Pick<ArenaOptions, 'folders'>,
): Promise<Arena> {
  const arena = await startArena(arenaOptions({ stateFolder: await tempFolder(), ...options }));
  onTestFinished(() => arena.close());
  return arena;
}

const testRows = 40;

/** A small binary competition: `y` is 1 where the id is odd; half of the hidden rows are public. */
export async function aCompetitionFolder(fields: Record<string, unknown> = {}): Promise<string> {
  return await writeCompetition(join(await tempFolder(), 'odd-or-even'), fields);
}

/** The same in a folder that somebody else clears away. @returns it */
export async function writeCompetition(
  folder: string,
  fields: Record<string, unknown> = {},
): Promise<string> {
  await mkdir(join(folder, 'public'), { recursive: true });
  await mkdir(join(folder, 'private'));
  await writeFile(join(folder, 'competition.json'), JSON.stringify(binaryCompetition(fields)));
  const trainIds = Array.from({ length: 60 }, (_, index) => index);
  const testIds = Array.from({ length: testRows }, (_, index) => 1_000 + index);
  await writeCsv(join(folder, 'public/train.csv'), [
    'id,x,y',
    ...trainIds.map((id) => `${id},${id % 7},${id % 2}`),
  ]);
  await writeCsv(join(folder, 'public/test.csv'), ['id,x', ...testIds.map((id) => `${id},${id % 7}`)]);
  await writeCsv(join(folder, 'public/sample_submission.csv'), ['id,y', ...testIds.map((id) => `${id},0`)]);
  await writeCsv(join(folder, 'private/solution.csv'), [
    'id,y,Usage',
    ...testIds.map((id) => `${id},${id % 2},${id % 4 < 2 ? 'Public' : 'Private'}`),
  ]);
  return folder;
}

/** A submission whose first `wrong` answers are wrong. */
export async function aSubmissionFile(wrong = 0): Promise<string> {
  const path = join(await tempFolder(), 'submission.csv');
  const rows = Array.from({ length: testRows }, (_, index) => {
    const id = 1_000 + index;
    return `${id},${index < wrong ? 1 - (id % 2) : id % 2}`;
  });
  await writeCsv(path, ['id,y', ...rows]);
  return path;
}

async function writeCsv(path: string, lines: readonly string[]): Promise<void> {
  await writeFile(path, `${lines.join('\n')}\n`);
}
