import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { loadCompetition } from '../../src/arena/competition.ts';
import { aCodeCompetitionFolder } from '../support/arena-notebooks.ts';
import { aCompetitionFolder, anArena, call, goodFiles } from './support.ts';

const changed = (name: string, before: string | RegExp, after: string) => ({
  [name]: (goodFiles()[name] ?? '').replace(before, after),
});

test('a good folder is read with its defaults', async () => {
  const competition = await loadCompetition(await aCompetitionFolder());

  expect(competition).toMatchObject({
    slug: 'even-numbers',
    task: 'binary',
    direction: 'maximize',
    deadline: null,
    rulesAccepted: true,
    dailySubmissions: 10,
    isKernelsOnly: false,
    entrants: [],
    realScores: [],
  });
  expect(competition.solution.ids).toHaveLength(10);
});

test.each<[string, Record<string, string | null>, string]>([
  ['no competition.json', { 'competition.json': null }, 'it has no competition.json'],
  ['broken JSON', { 'competition.json': '{"slug": ' }, 'competition.json is no valid JSON'],
  ['no solution', { 'private/solution.csv': null }, 'it has no private/solution.csv'],
  ['an empty solution', { 'private/solution.csv': '' }, 'private/solution.csv is empty'],
  ['a solution without rows', { 'private/solution.csv': 'id,y,Usage\n' }, 'private/solution.csv has no rows'],
  [
    'a solution without usage',
    { 'private/solution.csv': 'id,y\n11,1\n' },
    'private/solution.csv has no column Usage (it has id, y)',
  ],
  [
    'a strange usage',
    changed('private/solution.csv', '11,0,Public', '11,0,public'),
    'row 1 has the Usage "public"',
  ],
  [
    'a solution with an id twice',
    changed('private/solution.csv', '12,1', '11,1'),
    'private/solution.csv has the id 11 twice',
  ],
  ['a missing test file', { 'public/test.csv': null }, 'it has no public/test.csv'],
  ['an empty test file', { 'public/test.csv': 'id,x\n' }, 'public/test.csv has a header but no rows'],
  ['a test file of no bytes', { 'public/test.csv': '' }, 'public/test.csv is empty'],
  [
    'a malformed train file',
    changed('public/train.csv', '3,2,0', '3,2,0,9'),
    'public/train.csv has a row with another number of cells than the header at line 4',
  ],
  [
    'an open quote',
    changed('public/train.csv', '3,2,0', '3,"2,0'),
    'public/train.csv has a quote that is never closed',
  ],
  [
    'a train file without the target',
    changed('public/train.csv', 'id,x,y', 'id,x,z'),
    'public/train.csv has no target column y',
  ],
  [
    'a test file with the target',
    changed('public/test.csv', 'id,x', 'id,y'),
    'public/test.csv shows the target column y',
  ],
  [
    'a test file without ids',
    changed('public/test.csv', 'id,x', 'key,x'),
    'public/test.csv has no id column id',
  ],
  [
    'other ids in the test file',
    changed('public/test.csv', '\n11,', '\n99,'),
    'public/test.csv has the id 99, which private/solution.csv has not',
  ],
  [
    'fewer rows in the test file',
    changed('public/test.csv', '20,20\n', ''),
    'public/test.csv has 9 rows and private/solution.csv 10',
  ],
  [
    'an id twice in the test file',
    changed('public/test.csv', '\n11,', '\n12,'),
    'public/test.csv has a id twice',
  ],
  [
    'another sample submission',
    changed('public/sample_submission.csv', 'id,y', 'id,z'),
    'has the columns id, z where id, y are wanted',
  ],
  ['faulty entrants', { 'entrants.json': '[{"name":"x"}]' }, 'entrants.json is not a list of name'],
  [
    'a faulty leaderboard',
    { 'leaderboard.csv': 'Rank,Score\n1,high\n' },
    'leaderboard.csv row 1 has the score "high"',
  ],
])('%s is one sentence', async (_what, files, fault) => {
  const folder = await aCompetitionFolder({ files });

  const load = loadCompetition(folder);

  await expect(load).rejects.toMatchObject({ kind: 'configuration', code: 'arena.bad_competition' });
  await expect(load).rejects.toThrow(
    new RegExp(`^The competition folder .* cannot be used: .*${escapeText(fault)}.*\\.$`),
  );
});

test.each([
  ['an unknown metric', { metric: { name: 'best' } }, 'metric.name: '],
  [
    'a metric with the wrong direction',
    { metric: { name: 'rmse', direction: 'maximize' } },
    'says maximize, but rmse is to minimize',
  ],
  ['MAP@K without K', { metric: { name: 'map_at_k' } }, 'names map_at_k without metric.k'],
  ['no target', { targetColumns: [] }, 'targetColumns: '],
  ['a slug that is a path', { slug: '../up' }, 'slug: '],
])('%s is one sentence', async (_what, fields, fault) => {
  const folder = await aCompetitionFolder({
    files: {
      'competition.json': JSON.stringify({ ...JSON.parse(goodFiles()['competition.json'] ?? ''), ...fields }),
    },
  });

  await expect(loadCompetition(folder)).rejects.toThrow(fault);
});

test('the arena skips what it cannot judge, says why, and serves the rest', async () => {
  const good = await aCompetitionFolder();
  const bad = await aCompetitionFolder({ fields: { slug: 'bad' }, files: { 'private/solution.csv': null } });
  const double = await aCompetitionFolder();

  const arena = await anArena({ folders: [good, bad, double] });

  expect(arena.competitions).toEqual(['even-numbers']);
  expect(arena.skipped).toEqual([
    { folder: bad, message: expect.stringContaining('it has no private/solution.csv') },
    { folder: double, message: expect.stringContaining('has the same name, even-numbers') },
  ]);
});

test('faulty data that only competitors see is served as it is', async () => {
  const arena = await anArena({
    folders: [await aCompetitionFolder({ files: { 'public/test.csv': 'id,x\n' } })],
  });

  expect((await call(arena, 'DownloadDataFiles', { competitionName: 'even-numbers' })).status).toBe(302);
});

function escapeText(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}

test('a code competition shows a sample of its test set, and its solution speaks of the whole one', async () => {
  const folder = await aCodeCompetitionFolder();

  const competition = await loadCompetition(folder);
  expect(competition.rerunFiles.map(({ name }) => name)).toEqual(['sample_submission.csv', 'test.csv']);
  expect(competition.files.map(({ name }) => name)).toEqual([
    'sample_submission.csv',
    'test.csv',
    'train.csv',
  ]);
  expect(competition.solution.ids).toHaveLength(40);
  await rm(join(folder, 'private/rerun/test.csv'));
  await expect(loadCompetition(folder)).rejects.toMatchObject({
    code: 'arena.bad_competition',
    message: expect.stringContaining('private/rerun/test.csv'),
  });
});
