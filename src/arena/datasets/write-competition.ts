import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { formatCsv } from '../csv.ts';
import type { ShippedCompetition } from './shipped.ts';
import type { SourceTable } from './sources.ts';
import { type IdentifiedRow, splitRows, usageOf } from './split.ts';

/** Decimals of the constants in a sample submission. */
const sampleDecimals = 4;

/** Writes a competition's folder: competition.json, the public files and the hidden labels. */
export async function writeCompetition(
  folder: string,
  competition: ShippedCompetition,
  { columns, rows }: SourceTable,
): Promise<void> {
  const { file, classes, testPercent } = competition;
  const { slug, idColumn, targetColumns, submissionColumns } = file;
  const { train, test } = splitRows(slug, rows, testPercent);
  const answer = (target: string): string[] =>
    classes === null ? [target] : classes.map((name) => (name === target ? '1' : '0'));
  const sample = sampleCells(competition, train);
  const files: Record<string, string> = {
    'public/train.csv': formatCsv(
      [idColumn, ...columns, ...targetColumns],
      train.map(({ id, features, target }) => [id, ...features, target]),
    ),
    'public/test.csv': formatCsv(
      [idColumn, ...columns],
      test.map(({ id, features }) => [id, ...features]),
    ),
    'public/sample_submission.csv': formatCsv(
      [idColumn, ...submissionColumns],
      test.map(({ id }) => [id, ...sample]),
    ),
    'private/solution.csv': formatCsv(
      [idColumn, ...submissionColumns, 'Usage'],
      test.map(({ id, target }) => [id, ...answer(target), usageOf(slug, id)]),
    ),
    'competition.json': `${JSON.stringify({ ...file, deadline: null, rows: { train: train.length, test: test.length } }, null, 2)}\n`,
  };
  await mkdir(join(folder, 'public'), { recursive: true });
  await mkdir(join(folder, 'private'), { recursive: true, mode: 0o700 });
  for (const [name, content] of Object.entries(files)) await writeFile(join(folder, name), content);
}

/** What the sample submission says about every row: a constant of the right form. */
function sampleCells({ file, classes }: ShippedCompetition, train: readonly IdentifiedRow[]): string[] {
  const targets = train.map(({ target }) => target);
  if (classes !== null) {
    const shares = classes.map((name) => targets.filter((target) => target === name).length / targets.length);
    return shares.map((share) => share.toFixed(sampleDecimals));
  }
  if (file.task !== 'regression') return [file.metric.name === 'roc_auc' ? '0.5' : '0'];
  const mean = targets.reduce((sum, target) => sum + Number(target), 0) / targets.length;
  return [mean.toFixed(sampleDecimals)];
}
