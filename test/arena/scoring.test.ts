import { expect, test } from 'vitest';
import { loadCompetition } from '../../src/arena/competition.ts';
import { scoreSubmission } from '../../src/arena/scoring.ts';
import { aCompetitionFolder, aSubmission } from './support.ts';

const score = async (content: string, folder?: string) =>
  scoreSubmission(await loadCompetition(folder ?? (await aCompetitionFolder())), Buffer.from(content));

test('the public part, the private part and the whole are scored apart', async () => {
  const outcome = await score(aSubmission(8));

  // The first eight of ten are right: all six public rows, two of the four private ones.
  expect(outcome).toEqual({ status: 'COMPLETE', publicScore: 1, privateScore: 0.5, overallScore: 0.8 });
});

test('neither the order of rows nor that of columns matters', async () => {
  const [, ...rows] = aSubmission().trim().split('\n');
  const turned = rows.reverse().map((row) => row.split(',').reverse().join(','));

  expect(await score(`y,id\r\n${turned.join('\r\n')}\r\n`)).toMatchObject({
    status: 'COMPLETE',
    overallScore: 1,
  });
});

test('a byte order mark, quotes and labels written as decimals are understood', async () => {
  const content = aSubmission().replace('id,y', '\ufeff"id","y"').replace('12,1', '"12","1.0"');

  expect(await score(content)).toMatchObject({ status: 'COMPLETE', overallScore: 1 });
});

test('ignored rows count for nothing', async () => {
  const rows = [
    '11,0,Public',
    '12,1,Private',
    ...[13, 14, 15, 16, 17, 18, 19, 20].map((id) => `${id},1,Ignored`),
  ];
  const folder = await aCompetitionFolder({
    files: { 'private/solution.csv': `id,y,Usage\n${rows.join('\n')}\n` },
  });

  expect(await score(aSubmission(2), folder)).toMatchObject({
    publicScore: 1,
    privateScore: 1,
    overallScore: 1,
  });
});

test('a part in which the metric does not exist has no score, and the whole still has one', async () => {
  const usage = (id: number) => (id === 11 ? 'Public' : 'Private');
  const rows = Array.from({ length: 10 }, (_, index) => `${11 + index},${index % 2},${usage(11 + index)}`);
  const folder = await aCompetitionFolder({
    fields: { metric: { name: 'roc_auc' } },
    files: { 'private/solution.csv': `id,y,Usage\n${rows.join('\n')}\n` },
  });

  expect(await score(aSubmission(), folder)).toMatchObject({
    status: 'COMPLETE',
    publicScore: null,
    overallScore: 1,
  });
});

test.each([
  ['nothing at all', '', 'The submission file is empty.'],
  ['a missing column', 'id,z\n11,1\n', "Could not find the column 'y' in the submission (expected: id, y)."],
  ['a column too many', 'id,y,z\n11,1,2\n', "Column 'z' was not expected (expected: id, y)."],
  ['a column twice', 'id,y,y\n11,1,2\n', 'A column occurs twice in the submission.'],
  ['too few rows', 'id,y\n11,1\n', 'Submission must have 10 rows, but it has 1.'],
  [
    'a row too short',
    'id,y\n11,1\n12\n',
    'it has a row with another number of cells than the header at line 3',
  ],
  ['an open quote', 'id,y\n11,"1\n', 'it has a quote that is never closed'],
])('%s is an error that says so', async (_what, content, description) => {
  expect(await score(content)).toEqual({
    status: 'ERROR',
    errorDescription: expect.stringContaining(description),
  });
});

test.each([
  [
    'an unknown id',
    '20,1',
    '99,1',
    "Unable to find 1 required key values in the 'id' column (for example 20).",
  ],
  ['an id twice', '20,1', '19,0', "The id '19' occurs twice in the submission."],
  ['an id written otherwise', '20,1', '20.0,1', 'Unable to find 1 required key values'],
  ['an empty value', '12,1', '12,', "Submission contains an empty value (line 3, column 'y')."],
  ['a word for a number', '12,1', '12,yes', "Could not parse 'yes' as a finite number (line 3, column 'y')."],
  ['no number', '12,1', '12,NaN', "Could not parse 'NaN' as a finite number"],
  ['infinity', '12,1', '12,1e999', "Could not parse '1e999' as a finite number"],
  ['a hexadecimal number', '12,1', '12,0x1', "Could not parse '0x1' as a finite number"],
])('%s is an error that says so', async (_what, before, after, description) => {
  const content = aSubmission().replace(before, after);

  expect(await score(content)).toEqual({
    status: 'ERROR',
    errorDescription: expect.stringContaining(description),
  });
});

test('what the metric itself refuses is an error with its reason', async () => {
  const folder = await aCompetitionFolder({
    fields: { metric: { name: 'rmse_log' }, task: 'regression' },
    files: {
      'private/solution.csv': `id,y,Usage\n${Array.from({ length: 10 }, (_, index) => `${11 + index},${index + 1},Public`).join('\n')}\n`,
    },
  });

  expect(await score(aSubmission(), folder)).toMatchObject({
    status: 'ERROR',
    errorDescription: expect.stringMatching(/^Evaluation Exception: /),
  });
});

test('several columns of probabilities are scored against one-hot labels', async () => {
  const classes = ['a', 'b', 'c'];
  const ids = Array.from({ length: 10 }, (_, index) => 11 + index);
  const oneHot = (id: number) => classes.map((_, index) => (id % 3 === index ? '1' : '0')).join(',');
  const folder = await aCompetitionFolder({
    fields: {
      metric: { name: 'multiclass_log_loss' },
      task: 'multiclass-classification',
      submissionColumns: classes,
    },
    files: {
      'private/solution.csv': `id,a,b,c,Usage\n${ids.map((id) => `${id},${oneHot(id)},Public`).join('\n')}\n`,
      'public/sample_submission.csv': `id,a,b,c\n${ids.map((id) => `${id},0.3,0.3,0.4`).join('\n')}\n`,
    },
  });

  const outcome = await score(`id,a,b,c\n${ids.map((id) => `${id},2,2,2`).join('\n')}\n`, folder);

  expect(outcome).toMatchObject({ privateScore: null, publicScore: expect.closeTo(Math.log(3), 10) });
});

test('a list of labels is scored by MAP@K', async () => {
  const folder = await aCompetitionFolder({ fields: { metric: { name: 'map_at_k', k: 2 } } });
  const content = aSubmission().replaceAll(',1', ',0 1');

  expect(await score(content, folder)).toMatchObject({ status: 'COMPLETE', overallScore: 0.75 });
});
