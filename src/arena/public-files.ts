import { badCompetition } from './competition-fault.ts';
import type { Competition } from './competition-schema.ts';
import { type CsvScan, MalformedCsv, scanCsv } from './csv.ts';

const needed = ['train.csv', 'test.csv', 'sample_submission.csv'] as const;

type CheckedCompetition = Omit<Competition, 'trainRows'>;

/**
 * The files that competitors see: they exist, parse, have rows and the columns that competition.json names,
 * and test.csv, sample_submission.csv and the solution speak of the same rows.
 * @returns the rows of train.csv; null when the files are only trusted
 * @throws ConfigurationFailure `arena.bad_competition`
 */
export async function checkPublicFiles(
  competition: CheckedCompetition,
  how: 'check' | 'trust',
): Promise<number | null> {
  const { folder, idColumn } = competition;
  for (const name of needed) {
    if (!competition.files.some((file) => file.name === name))
      throw badCompetition(folder, `it has no public/${name}`);
  }
  if (how === 'trust') return null;
  const [train, test, sample] = await Promise.all(needed.map((name) => scanFile(competition, name)));
  if (train === undefined || test === undefined || sample === undefined) return null;

  requireRows(competition, 'train.csv', train);
  requireRows(competition, 'test.csv', test);
  for (const target of competition.targetColumns) {
    if (!train.header.includes(target))
      throw badCompetition(folder, `public/train.csv has no target column ${target}`);
    if (test.header.includes(target))
      throw badCompetition(folder, `public/test.csv shows the target column ${target}`);
  }
  const wanted = [idColumn, ...competition.submissionColumns];
  if (sample.header.join() !== wanted.join()) {
    throw badCompetition(
      folder,
      `public/sample_submission.csv has the columns ${sample.header.join(', ')} where ${wanted.join(', ')} are wanted`,
    );
  }
  if (!test.header.includes(idColumn))
    throw badCompetition(folder, `public/test.csv has no id column ${idColumn}`);
  if (competition.rerunFiles.length > 0) return await checkRerunFiles(competition, train.rowCount);
  requireSameIds(competition, 'public/test.csv', test);
  requireSameIds(competition, 'public/sample_submission.csv', sample);
  return train.rowCount;
}

/** A code competition shows a small sample of its test set; the whole one is what its solution speaks of. */
async function checkRerunFiles(competition: CheckedCompetition, trainRows: number): Promise<number> {
  const names = ['test.csv', 'sample_submission.csv'];
  const missing = names.find((name) => !competition.rerunFiles.some((file) => file.name === name));
  if (missing !== undefined) throw badCompetition(competition.folder, `it has no private/rerun/${missing}`);
  for (const name of names) {
    const scan = await scanFile(competition, name, 'rerunFiles');
    requireSameIds(competition, `private/rerun/${name}`, scan);
  }
  return trainRows;
}

async function scanFile(
  competition: CheckedCompetition,
  name: string,
  where: 'files' | 'rerunFiles' = 'files',
): Promise<CsvScan> {
  const path = competition[where].find((file) => file.name === name)?.path ?? name;
  const shown = `${where === 'files' ? 'public' : 'private/rerun'}/${name}`;
  try {
    return await scanCsv(path, competition.idColumn);
  } catch (cause) {
    if (cause instanceof MalformedCsv)
      throw badCompetition(competition.folder, `${shown} ${cause.message}`, cause);
    throw badCompetition(competition.folder, `${shown} cannot be read`, cause);
  }
}

function requireRows(competition: CheckedCompetition, name: string, scan: CsvScan): void {
  if (scan.rowCount === 0)
    throw badCompetition(competition.folder, `public/${name} has a header but no rows`);
}

function requireSameIds(competition: CheckedCompetition, name: string, scan: CsvScan): void {
  const { folder, idColumn, solution } = competition;
  if (scan.rowCount !== solution.ids.length) {
    throw badCompetition(
      folder,
      `${name} has ${scan.rowCount} rows and private/solution.csv ${solution.ids.length}`,
    );
  }
  const hidden = new Set(solution.ids);
  const stranger = scan.cells.find((id) => !hidden.has(id));
  if (stranger !== undefined) {
    throw badCompetition(
      folder,
      `${name} has the ${idColumn} ${stranger}, which private/solution.csv has not`,
    );
  }
  if (new Set(scan.cells).size !== scan.cells.length) {
    throw badCompetition(folder, `${name} has a ${idColumn} twice`);
  }
}
