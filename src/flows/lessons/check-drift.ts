import { createReadStream } from 'node:fs';
import type { Context } from '../../context.ts';
import {
  type Drift,
  type DriftColumn,
  driftLimit,
  hasDrift,
  isDriftColumn,
  measureDrift,
} from '../../domain/drift.ts';
import type { Problem } from '../../domain/problem.ts';
import type { FileProfile } from '../../domain/profile.ts';
import type { LocalFile } from '../../providers/kaggle/contract.ts';
import type { Competition } from '../../state/competitions.ts';
import { alertPeople } from '../human-loop/alert.ts';
import { readCsv } from '../support/csv.ts';

/** Of each file: enough for an area under the curve to within two hundredths. */
const sampledRows = 2_000;
const mostColumns = 200;

type Side = { file: LocalFile; profile: FileProfile };

/**
 * Adversarial validation: how well rows of train.csv and test.csv can be told apart by the columns that both have.
 * Reads evenly spaced rows, so memory does not grow with the files.
 * @returns null where they have no such column
 * @throws BusinessFailure `csv.malformed`
 */
export async function readDrift(
  train: Side,
  test: Side,
  problem: Pick<Problem, 'idColumn' | 'groupColumn' | 'timeColumn' | 'targetColumns'>,
): Promise<Drift | null> {
  const inTest = new Set(test.profile.columns.map(({ name }) => name));
  const names = train.profile.columns
    .filter((column) => inTest.has(column.name) && isDriftColumn(column, problem))
    .map(({ name }) => name)
    .filter((name) => !problem.targetColumns.includes(name))
    .slice(0, mostColumns);
  if (names.length === 0) return null;
  const [fromTrain, fromTest] = await Promise.all([sample(train, names), sample(test, names)]);
  const columns: DriftColumn[] = names.map((name) => ({
    name,
    train: fromTrain.get(name) ?? [],
    test: fromTest.get(name) ?? [],
  }));
  return measureDrift(columns);
}

async function sample({ file, profile }: Side, names: readonly string[]): Promise<Map<string, string[]>> {
  const cellsOf = new Map(names.map((name) => [name, [] as string[]]));
  const wanted: [number, string[]][] = [];
  const step = Math.max(1, profile.rows / sampledRows);
  let row = 0;
  let taken = 0;
  await readCsv(file.name, createReadStream(file.path), {
    onHeader: (header) => {
      for (const [name, cells] of cellsOf) wanted.push([header.indexOf(name), cells]);
    },
    onRow: (cells) => {
      if (row >= taken * step) {
        taken += 1;
        for (const [place, own] of wanted) own.push(cells[place] ?? '');
      }
      row += 1;
    },
  });
  return cellsOf;
}

export function driftAlertOf({ slug }: Pick<Competition, 'slug'>): string {
  return `drift:${slug}`;
}

/** Warns people where the test is not like the training data: cross-validation may then promise too much. */
export async function tellDrift(
  ctx: Pick<Context, 'state' | 'actor'>,
  competition: Pick<Competition, 'slug'>,
  drift: Drift | null,
): Promise<void> {
  if (drift === null || !hasDrift(drift)) return;
  await alertPeople(ctx, {
    kind: driftAlertOf(competition),
    severity: 'warning',
    code: 'data.train_test_differ',
    message: `Training and test rows of ${competition.slug} differ: ${driftWords(drift)} Cross-validation may promise too much here.`,
  });
}

const shownColumns = 3;

/** What was measured, in one sentence. */
export function driftWords({ auc, columns, trainRows, testRows }: Drift): string {
  const telling = columns.slice(0, shownColumns).map((column) => `${column.name} (${column.auc.toFixed(2)})`);
  const by = telling.length === 0 ? '' : `, most by ${telling.join(', ')}`;
  return `a classifier tells them apart with an AUC of ${auc.toFixed(2)}${by} (limit ${driftLimit.toFixed(2)}; ${trainRows} and ${testRows} rows).`;
}
