import { parse } from 'csv-parse/sync';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { createRandom } from '../../src/domain/random.ts';
import { stabilityIndex } from '../../src/domain/submission/distribution.ts';
import { inspectSubmissionFile } from '../../src/domain/submission/file.ts';
import type { SubmissionContext, Table } from '../../src/domain/submission/types.ts';
import { checkSubmission, describeProblem } from '../../src/domain/submission-check.ts';
import { aMulticlassProblem, aProbabilityProblem, aProblem, aRegression } from './problems.ts';

/** Reads a fixture as the product reads a file. */
function table(csv: string): Table {
  const [header = [], ...rows] = z.array(z.array(z.string())).parse(parse(csv, { relax_column_count: true }));
  return { header, rows };
}

const labelSample = table('id,target\n1,0\n2,0\n3,0\n4,0\n');
const labels: SubmissionContext = { problem: aProblem() };
const probabilitySample = table('id,target\n1,0.5\n2,0.5\n3,0.5\n4,0.5\n');
const probabilities: SubmissionContext = { problem: aProbabilityProblem() };
const classSample = table('id,Status_C,Status_CL,Status_D\n1,0.6,0.1,0.3\n2,0.6,0.1,0.3\n3,0.6,0.1,0.3\n');
const classes: SubmissionContext = { problem: aMulticlassProblem() };

const checkLabels = (csv: string, context: Partial<SubmissionContext> = {}) =>
  checkSubmission(labelSample, table(csv), { ...labels, ...context });
const checkProbabilities = (csv: string, context: Partial<SubmissionContext> = {}) =>
  checkSubmission(probabilitySample, table(csv), { ...probabilities, ...context });
const codes = (result: { problems: { code: string }[] }) => result.problems.map(({ code }) => code);

const good = 'id,target\n1,0\n2,1\n3,1\n4,0\n';

test('a submission in the form of the sample is valid as it is', () => {
  const file = inspectSubmissionFile(Buffer.from(good));

  expect(checkLabels(good, { file })).toMatchObject({
    verdict: 'valid',
    repairs: [],
    problems: [],
    warnings: [],
  });
});

test('shuffled rows, CRLF, quoted ids and scientific notation pass', () => {
  const csv = 'id,target\r\n"3",1e-1\r\n"1",2.5E-01\r\n"4",9e-1\r\n"2",0.7\r\n';
  const result = checkProbabilities(csv, { file: inspectSubmissionFile(Buffer.from(csv)) });

  expect(result).toMatchObject({ verdict: 'repaired', problems: [] });
  expect(result.rows.map(([id]) => id)).toEqual(['1', '2', '3', '4']);
  expect(result.rows[0]).toEqual(['1', '2.5E-01']);
});

test.each([
  ['missing', null, {}],
  ['empty', '', {}],
  ['too_large', good, { maxSizeBytes: 10 }],
  ['not_utf8', Buffer.from([0x69, 0x64, 0x2c, 0xff, 0x0a]), {}],
  ['bom', `\ufeff${good}`, {}],
  ['delimiter', good.replaceAll(',', ';'), {}],
])('1: a file that is %s is refused', (code, content, changes) => {
  const file = content === null ? null : inspectSubmissionFile(Buffer.from(content));

  expect(codes(checkLabels(good, { file, ...changes }))).toEqual([`submission.${code}`]);
});

test('1: a file without a header, without rows or with ragged rows is refused', () => {
  expect(codes(checkLabels('1,0\n2,1\n3,1\n4,0\n'))).toEqual(['submission.no_header']);
  expect(codes(checkLabels('id,target\n'))).toEqual(['submission.empty']);
  expect(codes(checkLabels('id,target\n1,0\n2\n3,1\n4,0\n'))).toEqual(['submission.ragged_rows']);
  expect(codes(checkSubmission(labelSample, null, labels))).toEqual(['submission.empty']);
});

test('2: a row number is dropped and the order of columns restored', () => {
  const numbered = checkLabels(',id,target\n0,1,0\n1,2,1\n2,3,1\n3,4,0\n');
  const swapped = checkLabels('target,id\n0,1\n1,2\n1,3\n0,4\n');

  for (const result of [numbered, swapped]) {
    expect(result).toMatchObject({ verdict: 'repaired', header: ['id', 'target'] });
    expect(result.rows).toEqual(table(good).rows);
  }
  expect(codes(checkLabels('id,target,note\n1,0,x\n2,1,x\n3,1,x\n4,0,x\n'))).toEqual(['submission.columns']);
});

test('3: a renamed column is mended where one name is possible, else proposed and refused', () => {
  expect(checkLabels('ID,Target\n1,0\n2,1\n3,1\n4,0\n')).toMatchObject({
    verdict: 'repaired',
    header: ['id', 'target'],
  });
  expect(checkLabels('id,prediction\n1,0\n2,1\n3,1\n4,0\n').repairs).toEqual([
    'Renamed the column "prediction" to "target".',
  ]);
  expect(codes(checkLabels('row,target\n7,0\n8,1\n9,1\n10,0\n'))).toEqual(['submission.columns_renamed']);
  const ambiguous = checkSubmission(
    classSample,
    table('id,p1,p2,Status_D\n1,.1,.2,.7\n2,.1,.2,.7\n3,.2,.2,.6\n'),
    classes,
  );
  expect(ambiguous.problems).toMatchObject([
    { code: 'submission.columns_renamed', examples: ['p1 -> Status_C', 'p2 -> Status_CL'] },
  ]);
});

test('4: another number of rows is refused with both numbers', () => {
  const result = checkLabels('id,target\n1,0\n2,1\n');

  expect(codes(result)).toEqual(['submission.row_count']);
  expect(result.problems[0]?.message).toContain('2 rows; the sample has 4');
});

test('5: ids are compared as written; integers written as 1.0 are mended when all are right then', () => {
  expect(checkLabels('id,target\n1.0,0\n2.0,1\n3.0,1\n4.0,0\n')).toMatchObject({
    verdict: 'repaired',
    rows: table(good).rows,
  });
  expect(codes(checkLabels('id,target\n01,0\n2,1\n3,1\n4,0\n'))).toEqual(['submission.ids_differ']);
  const repeated = checkLabels('id,target\n1,0\n1,1\n3,1\n4,0\n');
  expect(codes(repeated)).toEqual(['submission.duplicate_ids', 'submission.ids_differ']);
  expect(repeated.problems[0]?.examples).toEqual(['1 (2 times, rows 1, 2)']);
  expect(checkLabels('id,target\n1,0\n2,1\n3,1\n9,0\n').problems[0]?.examples).toEqual([
    'not in the sample: 9',
    'missing: 4',
  ]);
});

test("6: the sample's order is restored", () => {
  expect(checkLabels('id,target\n4,0\n2,1\n1,0\n3,1\n')).toMatchObject({
    verdict: 'repaired',
    repairs: ["Put the rows in the sample's order."],
    rows: table(good).rows,
  });
});

test.each(['', 'NaN', 'None', 'inf', 'null'])('7: the cell %j is refused', (cell) => {
  expect(codes(checkLabels(`id,target\n1,0\n2,${cell}\n3,1\n4,0\n`))).toEqual(['submission.missing_values']);
  expect(codes(checkProbabilities(`id,target\n1,0.1\n2,${cell}\n3,0.3\n4,0.4\n`))).toEqual([
    'submission.missing_values',
  ]);
});

test('what is wrong is told in one sentence, with the first bad rows', () => {
  const { problems } = checkLabels('id,target\n1,0\n3,NaN\n2,1\n4,inf\n');

  expect(problems.map(describeProblem)).toEqual([
    'Column target has 2 cells without a usable value (row 2, id 3: "NaN"; row 4, id 4: "inf").',
  ]);
});

test('7: an empty cell is allowed where the sample has empty cells, and None where it is a class', () => {
  const masks = checkSubmission(table('id,rle\n1,\n2,\n'), table('id,rle\n1,\n2,3 4\n'), {
    problem: aRegression(),
  });
  const problem = aProblem({ classes: ['None', 'Apnea'] });
  const disorders = checkSubmission(
    table('id,target\n1,None\n2,None\n'),
    table('id,target\n1,None\n2,Apnea\n'),
    { problem },
  );

  expect(masks.verdict).toBe('valid');
  expect(disorders.verdict).toBe('valid');
});

test('8: a cell of another type, or of a class that nobody knows, is refused; 1.0 is written as 1', () => {
  expect(codes(checkProbabilities('id,target\n1,0.1\n2,high\n3,0.3\n4,0.4\n'))).toEqual(['submission.type']);
  expect(codes(checkLabels('id,target\n1,0\n2,0.73\n3,1\n4,0\n'))).toEqual(['submission.type']);
  expect(checkLabels('id,target\n1,0.0\n2,1.0\n3,1\n4,0\n')).toMatchObject({
    verdict: 'repaired',
    rows: table(good).rows,
  });
  const problem = aProblem({ classes: ['cat', 'dog'] });
  const result = checkSubmission(table('id,target\n1,cat\n2,cat\n'), table('id,target\n1,cat\n2,bird\n'), {
    problem,
  });
  expect(result.problems).toMatchObject([
    { code: 'submission.unknown_class', examples: ['row 2, id 2: "bird"'] },
  ]);
});

test('8: lists of labels are checked one by one', () => {
  const problem = aProblem({ metric: 'map_at_k', metricK: 2, classes: ['a', 'b', 'c'] });
  const sample = table('id,target\n1,a b\n2,a b\n');

  expect(checkSubmission(sample, table('id,target\n1,b c\n2,a c\n'), { problem }).verdict).toBe('valid');
  expect(codes(checkSubmission(sample, table('id,target\n1,b x\n2,a c\n'), { problem }))).toEqual([
    'submission.unknown_class',
  ]);
});

test('9: a probability outside 0 to 1 is refused, a rounding error clipped', () => {
  expect(codes(checkProbabilities('id,target\n1,0.1\n2,1.2\n3,0.3\n4,0.4\n'))).toEqual(['submission.range']);
  const clipped = checkProbabilities('id,target\n1,0.1\n2,1.0000005\n3,-0.0000003\n4,0.4\n');
  expect(clipped.verdict).toBe('repaired');
  expect(clipped.rows.map((row) => row[1])).toEqual(['0.1', '1', '0', '0.4']);
});

test('10: rows of class probabilities are made to sum to one, and a row of zeros is refused', () => {
  const submit = (rows: string) =>
    checkSubmission(classSample, table(`id,Status_C,Status_CL,Status_D\n${rows}`), classes);
  const halved = submit('1,0.25,0.125,0.125\n2,0.3,0.3,0.4\n3,0.2,0.2,0.6\n');

  expect(halved.verdict).toBe('repaired');
  expect(halved.rows[0]).toEqual(['1', '0.5', '0.25', '0.25']);
  expect(halved.rows[1]).toEqual(['2', '0.3', '0.3', '0.4']);
  expect(codes(submit('1,0,0,0\n2,0.3,0.3,0.4\n3,0.2,0.2,0.6\n'))).toEqual(['submission.row_sum']);
});

test('10: a single column of probabilities is left as it is, whatever the metric is called', () => {
  const problem = aProbabilityProblem({ metric: 'multiclass_log_loss' });

  const { verdict, rows } = checkProbabilities('id,target\n1,0.2\n2,0.4\n3,0.6\n4,0.8\n', { problem });

  expect(verdict).toBe('valid');
  expect(rows.map(([, cell]) => cell)).toEqual(['0.2', '0.4', '0.6', '0.8']);
});

test('11: a prediction that hardly varies is refused, unless it is the constant baseline or labels are that rare', () => {
  const flat = 'id,target\n1,0.2\n2,0.2\n3,0.2\n4,0.2\n';
  const hard = 'id,target\n1,0\n2,0\n3,0\n4,0.9\n';
  const ids = Array.from({ length: 100 }, (_, row) => `${row}`);
  const sample = { header: ['id', 'target'], rows: ids.map((id) => [id, '0']) };
  const rare = { header: ['id', 'target'], rows: ids.map((id) => [id, id === '7' ? '1' : '0']) };

  expect(codes(checkProbabilities(flat))).toEqual(['submission.degenerate']);
  expect(codes(checkProbabilities(hard))).toEqual(['submission.degenerate']);
  expect(checkProbabilities(flat, { isConstantBaseline: true }).verdict).toBe('valid');
  expect(codes(checkSubmission(sample, rare, labels))).toEqual(['submission.degenerate']);
  expect(checkSubmission(sample, rare, { ...labels, classShares: { 0: 0.98, 1: 0.02 } }).verdict).toBe(
    'valid',
  );
});

test('12: the sample itself, and a file that was submitted before, are refused', () => {
  const sample = table('id,target\n1,0.1\n2,0.2\n');
  const result = checkSubmission(sample, table('id,target\n1,0.10\n2,0.2\n'), { problem: aRegression() });

  expect(codes(result)).toEqual(['submission.same_as_sample']);
  expect(codes(checkLabels(good, { contentHash: 'abc', earlierHashes: ['xyz', 'abc'] }))).toEqual([
    'submission.duplicate',
  ]);
});

test('13: a distribution unlike the out-of-fold one is a warning', () => {
  const random = createRandom('drift');
  const cells = (shift: number) => Array.from({ length: 500 }, () => String(0.1 + 0.3 * random() + shift));
  const ids = Array.from({ length: 500 }, (_, row) => String(row));
  const tableOf = (values: readonly string[]) => ({
    header: ['id', 'target'],
    rows: ids.map((id, row) => [id, values[row] ?? '']),
  });
  const sample = tableOf(ids.map(() => '0.5'));
  const oofCells = [cells(0)];

  const same = checkSubmission(sample, tableOf(cells(0)), { ...probabilities, oofCells });
  const shifted = checkSubmission(sample, tableOf(cells(0.2)), { ...probabilities, oofCells });

  expect(same).toMatchObject({ verdict: 'valid', warnings: [] });
  expect(shifted).toMatchObject({ verdict: 'valid', warnings: [{ code: 'submission.drift' }] });
  expect(
    stabilityIndex(new Array(200).fill('a'), [...new Array(100).fill('a'), ...new Array(100).fill('b')]),
  ).toBeGreaterThan(0.25);
});

test('14: an order unlike that of the best submission so far is a warning', () => {
  const best = table('id,target\n4,0.4\n3,0.3\n2,0.2\n1,0.1\n');

  expect(
    checkProbabilities('id,target\n1,0.2\n2,0.3\n3,0.35\n4,0.9\n', { previousBest: best }).warnings,
  ).toEqual([]);
  expect(checkProbabilities('id,target\n1,0.9\n2,0.3\n3,0.2\n4,0.1\n', { previousBest: best })).toMatchObject(
    {
      verdict: 'valid',
      warnings: [{ code: 'submission.unlike_best' }],
    },
  );
});

test('15: a file of a debug run, or made by other code, is refused', () => {
  const provenance = { isDebug: false, codeSha256: 'a', expectedCodeSha256: 'a' };

  expect(checkLabels(good, { provenance }).verdict).toBe('valid');
  expect(codes(checkLabels(good, { provenance: { ...provenance, isDebug: true } }))).toEqual([
    'submission.debug_run',
  ]);
  expect(codes(checkLabels(good, { provenance: { ...provenance, codeSha256: 'b' } }))).toEqual([
    'submission.foreign_code',
  ]);
});

test('a repaired submission is valid when it is checked again', () => {
  const first = checkLabels(',Target,ID\n0,1.0,4.0\n1,0,1.0\n2,1,3.0\n3,0,2.0\n');
  const second = checkSubmission(labelSample, { header: first.header, rows: first.rows }, labels);

  expect(first.verdict).toBe('repaired');
  expect(second).toMatchObject({ verdict: 'valid', rows: first.rows });
});

test('7: the first bad rows are shown by where they stand in the file, which row it is, and what is there', () => {
  const shuffled = checkProbabilities('id,target\n4,0.4\n3,NaN\n2,0.2\n1,inf\n');

  expect(shuffled.problems).toMatchObject([
    {
      code: 'submission.missing_values',
      message: 'Column target has 2 cells without a usable value.',
      examples: ['row 2, id 3: "NaN"', 'row 4, id 1: "inf"'],
    },
  ]);
});

test('7: where the sample has empty cells no other missing value is allowed', () => {
  const sample = table('id,rle\n1,\n2,3 4\n');

  expect(codes(checkSubmission(sample, table('id,rle\n1,5 6\n2,nan\n'), { problem: aRegression() }))).toEqual(
    ['submission.missing_values'],
  );
});

test('7: a sample without any value is a form to fill in', () => {
  const form = table('id,target\n1,\n2,\n');
  const check = (csv: string, context = probabilities) => checkSubmission(form, table(csv), context);

  expect(check('id,target\n1,0.2\n2,0.7\n').verdict).toBe('valid');
  expect(codes(check('id,target\n1,0.2\n2,\n'))).toEqual(['submission.missing_values']);
  expect(codes(check('id,target\n1,0.2\n2,high\n'))).toEqual(['submission.type']);
  expect(codes(check('id,target\n1,3.5\n2,\n', { problem: aRegression() }))).toEqual([
    'submission.missing_values',
  ]);
});

test('8: without known classes labels are integers where the sample has integers', () => {
  const problem = aProblem({ classes: null, metric: 'quadratic_kappa' });
  const check = (csv: string) => checkSubmission(labelSample, table(csv), { problem });

  expect(check('id,target\n1,0\n2,5.0\n3,1\n4,2\n')).toMatchObject({
    verdict: 'repaired',
    repairs: ['Wrote 1 label of target as integers.'],
  });
  expect(codes(check('id,target\n1,0\n2,1.5\n3,1\n4,2\n'))).toEqual(['submission.type']);
});

test('what came is never changed in place', () => {
  const came = table(',Target,ID\n0,1.0,4.0\n1,0,1.0\n2,1,3.0\n3,0,2.0\n');
  const before = structuredClone(came);

  checkSubmission(labelSample, came, labels);

  expect(came).toEqual(before);
});
