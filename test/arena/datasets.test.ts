import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { addCompetition, listCompetitions } from '../../src/arena/catalog.ts';
import { type BuildProgress, buildShippedCompetitions } from '../../src/arena/datasets/build.ts';
import { shippedCompetitions } from '../../src/arena/datasets/shipped.ts';
import { splitRows, usageOf } from '../../src/arena/datasets/split.ts';
import { findPython } from '../support/python.ts';
import { aCompetitionFolder, aFolder, type Json } from './support.ts';

const python = findPython();
if (python === null)
  console.log('skipped: no Python with pandas and scikit-learn, so no practice data are built');
const buildTimeoutMs = 300_000;
const { signal } = new AbortController();

const json = async (...path: string[]): Promise<Json> => JSON.parse(await readFile(join(...path), 'utf8'));

test('the split is the same every time, and equal features stay on one side', () => {
  const rows = Array.from({ length: 400 }, (_, index) => ({
    features: [String(index % 100)],
    target: String(index),
  }));

  const split = splitRows('some-slug', rows, 25);
  const again = splitRows('some-slug', [...rows].reverse(), 25);

  const features = (part: typeof split.train) => part.map((row) => row.features[0]);
  expect(features(again.train)).toEqual(features(split.train));
  const trained = new Set(features(split.train));
  expect(features(split.test).some((feature) => trained.has(feature))).toBe(false);
  expect(split.train.length + split.test.length).toBe(400);
  expect(split.test.length).toBeGreaterThan(40);
  expect(split.test[0]?.id).toBe(String(split.train.length + 1));
});

test('about half of the hidden rows are public', () => {
  const usages = Array.from({ length: 1000 }, (_, index) => usageOf('some-slug', String(index)));

  expect(usages.filter((usage) => usage === 'Public').length).toBeGreaterThan(430);
  expect(usages.filter((usage) => usage === 'Public').length).toBeLessThan(570);
});

test.skipIf(python === null)(
  'the shipped competitions are built from real data, with references in the order that one expects',
  { timeout: buildTimeoutMs },
  async () => {
    const targetFolder = join(await aFolder(), 'competitions');
    const progress: BuildProgress[] = [];
    const options = {
      targetFolder,
      python: python ?? '',
      signal,
      onProgress: (step: BuildProgress) => progress.push(step),
    };

    const folders = await buildShippedCompetitions(options);
    const first = await readFile(join(targetFolder, 'wine-cultivars/public/train.csv'), 'utf8');
    await buildShippedCompetitions(options);

    const listed = await listCompetitions([targetFolder]);
    expect(listed.map(({ problem }) => problem)).toEqual(folders.map(() => null));
    expect(listed.map(({ competition }) => competition?.slug).sort()).toEqual(
      shippedCompetitions.map(({ file }) => file.slug).sort(),
    );
    expect(new Set(listed.map(({ competition }) => competition?.metric)).size).toBe(6);
    for (const { competition } of listed) {
      if (competition === null) continue;
      const [constant, linear, boosting] = await json(competition.folder, 'entrants.json');
      const gain = (entrant: Json) =>
        (entrant.overall - constant.overall) * (competition.direction === 'maximize' ? 1 : -1);
      expect(gain(linear), competition.slug).toBeGreaterThan(0);
      expect(gain(boosting), competition.slug).toBeGreaterThan(0);
    }
    expect(progress.map(({ what }) => what)).toEqual([
      ...folders.map(() => 'built'),
      ...folders.map(() => 'kept'),
    ]);

    await writeFile(join(targetFolder, 'wine-cultivars/public/train.csv'), 'damaged');
    await buildShippedCompetitions({ ...options, only: ['wine-cultivars'] });
    expect(progress.at(-1)).toEqual({ slug: 'wine-cultivars', done: 1, total: 1, what: 'built' });
    expect(await readFile(join(targetFolder, 'wine-cultivars/public/train.csv'), 'utf8')).toBe(first);
  },
);

test('a Python without scikit-learn is one sentence, and nothing half-made stays', async () => {
  const folder = await aFolder();
  const broken = join(folder, 'python');
  await writeFile(
    broken,
    '#!/bin/sh\necho "ModuleNotFoundError: No module named \'sklearn\'" >&2\nexit 1\n',
    { mode: 0o755 },
  );
  const targetFolder = join(folder, 'competitions');

  const build = buildShippedCompetitions({ targetFolder, python: broken, signal, onProgress: () => {} });

  await expect(build).rejects.toMatchObject({
    kind: 'configuration',
    code: 'arena.reference_failed',
    message: expect.stringContaining("No module named 'sklearn'"),
  });
  expect(await listCompetitions([targetFolder])).toEqual([]);
});

test('a build that is cancelled stops', async () => {
  const targetFolder = await aFolder();
  const build = buildShippedCompetitions({
    targetFolder,
    python: 'python3',
    signal: AbortSignal.abort(),
    onProgress: () => {},
  });

  await expect(build).rejects.toThrow(/abort/);
});

test('a competition is added once, checked first', async () => {
  const target = join(await aFolder(), 'competitions');
  const source = await aCompetitionFolder();
  const bad = await aCompetitionFolder({ fields: { slug: 'bad' }, files: { 'public/test.csv': 'id,x\n' } });
  const add = (from: string) => addCompetition({ source: from, target, python: null, signal });

  expect(await add(source)).toMatchObject({ slug: 'even-numbers', trainRows: 10, testRows: 10, entrants: 0 });
  await expect(add(source)).rejects.toMatchObject({ code: 'arena.already_added' });
  await expect(add(bad)).rejects.toMatchObject({ code: 'arena.bad_competition' });
  expect((await listCompetitions([target])).map(({ competition }) => competition?.slug)).toEqual([
    'even-numbers',
  ]);
  expect(await stat(join(target, 'bad')).catch(() => null)).toBeNull();
});

test('a faulty competition is listed with its fault', async () => {
  const folder = await aCompetitionFolder({ files: { 'private/solution.csv': null } });

  expect(await listCompetitions([folder])).toEqual([
    { folder, competition: null, problem: expect.stringContaining('it has no private/solution.csv') },
  ]);
});

test.skipIf(python === null)(
  'an added competition gets reference entrants, whatever its columns are',
  { timeout: buildTimeoutMs },
  async () => {
    const kinds = ['red', 'green', 'blue'];
    const row = (id: number, isTrain: boolean) => {
      const kind = kinds[id % 3] ?? '';
      const words = `mail number ${id} about ${id % 2 === 0 ? 'money and gold' : 'rain and wind'} for everybody to read`;
      const day = `2020-0${1 + (id % 9)}-11`;
      const cells = [id, id % 7 === 0 ? '' : id % 5, kind, `"${words}"`, day, '', `name ${id}`];
      return isTrain ? [...cells, id % 2 === 0 ? 'yes' : 'no'].join(',') : cells.join(',');
    };
    const header = 'id,number,colour,mail,day,empty,name';
    const range = (from: number, to: number) => Array.from({ length: to - from }, (_, index) => from + index);
    const source = await aCompetitionFolder({
      fields: { metric: { name: 'f1_macro' }, slug: 'mixed' },
      files: {
        'public/train.csv': `${header},y\n${range(1, 81)
          .map((id) => row(id, true))
          .join('\n')}\n`,
        'public/test.csv': `${header}\n${range(81, 121)
          .map((id) => row(id, false))
          .join('\n')}\n`,
        'public/sample_submission.csv': `id,y\n${range(81, 121)
          .map((id) => `${id},no`)
          .join('\n')}\n`,
        'private/solution.csv': `id,y,Usage\n${range(81, 121)
          .map((id) => `${id},${id % 2 === 0 ? 'yes' : 'no'},Public`)
          .join('\n')}\n`,
      },
    });

    await addCompetition({ source, target: await aFolder(), python, signal }).then(async ({ folder }) => {
      const entrants = await json(folder, 'entrants.json');
      expect(entrants.map(({ name }: Json) => name)).toEqual([
        'Reference: constant',
        'Reference: linear model',
        'Reference: gradient boosting',
      ]);
      expect(entrants[1].overall).toBeGreaterThan(0.95);
    });
  },
);
