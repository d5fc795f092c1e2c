import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { Context } from '../../context.ts';
import { asFailure, BusinessFailure } from '../../domain/errors.ts';
import { inferProblem } from '../../domain/infer-problem.ts';
import type { Problem } from '../../domain/problem.ts';
import type { DataProfile, FileProfile } from '../../domain/profile.ts';
import type { LocalFile } from '../../providers/kaggle/contract.ts';
import { type Competition, getCompetition, setCompetitionProblem } from '../../state/competitions.ts';
import { tellDataChange } from '../human-loop/data-change.ts';
import { readDrift, tellDrift } from '../lessons/check-drift.ts';
import { readCsv, readTable, type Table } from '../support/csv.ts';
import { holdOrWait } from '../support/hold-or-wait.ts';
import { sha256Of } from '../support/objects.ts';
import { readBoardScores } from './board-scores.ts';
import { type DataFiles, findDataFiles } from './data-files.ts';
import { type DataListing, readDataListing } from './data-version.ts';
import { type FetchContext, fetchData, type StoredData, type StoredFile } from './fetch-data.ts';
import { prepareFolds } from './prepare-folds.ts';
import { profileFile } from './profile-file.ts';
import { soundSample } from './sample-file.ts';
import { findLeakageHints, profileTarget } from './target-profile.ts';

type ReadContext = FetchContext & Pick<Context, 'scratchFolder'>;

const sampleRowsSeen = 200;
const distinctTargetsSeen = 1_000;
/** In the competition's row; the list of all is in the object store. */
const shownFiles = 100;

type Understanding = { problem: Problem; profile: DataProfile };

/**
 * Downloads the data, profiles them, infers the problem and fixes the folds. Done once per competition and version of
 * its data: whoever else wants it meanwhile, in whatever process, waits and finds it done. What the vendor changed
 * since is told to people and read anew.
 * @throws BusinessFailure `kaggle.*`, `csv.*`, `data.*`, `problem.*`, `folds.*`; Wait while another reads them, or
 * while they cannot be downloaded
 */
export async function readProblem(ctx: ReadContext, competition: Competition): Promise<Understanding> {
  const known = understandingOf(competition);
  const changed = known === null ? null : await findChange(ctx, competition);
  if (known !== null && changed === null) return known;
  // A pause and a resume, or a worker that was taken for dead, leave an earlier call at work beside this one.
  const busy = `the data of ${competition.slug} are being read by another run`;
  const held = await holdOrWait(ctx, `data-${competition.id}`, busy);
  try {
    const current = (await getCompetition(ctx.state, competition.id)) ?? competition;
    const readMeanwhile = understandingOf(current);
    const isRead = changed === null || current.details.data?.version === changed.version;
    if (readMeanwhile !== null && isRead) return readMeanwhile;
    const own = { ...ctx, signal: AbortSignal.any([ctx.signal, held.lost]) };
    if (changed !== null) await tellDataChange(ctx, competition, changed);
    return await readData(own, competition, await fetchData(own, competition, changed ?? undefined));
  } finally {
    await held.release();
  }
}

/** The data as they are listed now, where they are others than those that were read. */
async function findChange(ctx: ReadContext, { slug, details }: Competition): Promise<DataListing | null> {
  const read = details.data;
  if (read === undefined) return null;
  try {
    const listing = await readDataListing(ctx, slug);
    return listing.version === read.version ? null : listing;
  } catch (error) {
    // What was read serves as well as before.
    ctx.signal.throwIfAborted();
    ctx.log.warn({ competition: slug, err: asFailure(error) }, 'the list of data files was not read');
    return null;
  }
}

function understandingOf({ problem, profile }: Competition): Understanding | null {
  return problem === null || profile === null ? null : { problem, profile };
}

async function readData(
  ctx: ReadContext,
  competition: Competition,
  { listing, files }: StoredData,
): Promise<Understanding> {
  await mkdir(ctx.scratchFolder, { recursive: true });
  const folder = await mkdtemp(join(ctx.scratchFolder, `read-${competition.slug}-`));
  try {
    const wanted = findDataFiles(competition.slug, files);
    const { train, test, sample } = wanted;
    const local = {
      train: await openLocally(ctx, train, folder),
      test: await openLocally(ctx, test, folder),
      sample: await soundSample(await openLocally(ctx, sample, folder), folder, ctx.signal),
    };
    return await understand(ctx, competition, { files: local, stored: { listing, files } }, folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** The object itself where it lies on our disk: a copy of what may be large is made only where it must be. */
async function openLocally(
  { objects, signal }: Pick<ReadContext, 'objects' | 'signal'>,
  { name, key, sizeBytes }: StoredFile,
  folder: string,
): Promise<LocalFile> {
  if (objects.localFile !== undefined) return { name, sizeBytes, path: await objects.localFile(key) };
  const path = join(folder, sha256Of(name));
  await pipeline(await objects.get(key), createWriteStream(path), { signal });
  return { name, sizeBytes, path };
}

async function understand(
  ctx: ReadContext,
  competition: Competition,
  { files, stored }: { files: DataFiles; stored: StoredData },
  folder: string,
) {
  const { slug } = competition;
  const [train, test, sample, pages, boardScores] = await Promise.all([
    profileFile(files.train, { signal: ctx.signal }),
    profileFile(files.test, { signal: ctx.signal }),
    readTable(files.sample.name, createReadStream(files.sample.path)),
    ctx.kaggle.listPages(slug, { signal: ctx.signal }),
    readBoardScores(ctx, slug),
  ]);
  const candidates = await readCandidateColumns(files, train, test, sample.columns);
  const told = competition.details.contract?.told ?? null;
  const { problem, evidence, confidence, ...inferred } = inferProblem({
    slug,
    title: competition.title,
    metricText: competition.details.evaluationMetric ?? '',
    pageText: pages.map((page) => `${page.name}\n${page.content}`).join('\n\n'),
    train,
    test,
    sample: { columns: sample.columns, firstRows: sample.rows.slice(0, sampleRowsSeen) },
    targetValues: Object.fromEntries(
      [...candidates].map(([name, cells]) => [name, [...new Set(cells)].slice(0, distinctTargetsSeen)]),
    ),
    boardScores,
    told,
  });
  const profile = describeData(problem, train, test, candidates);
  await refuseForeignIds(files, test, sample, problem);
  const plan = await prepareFolds(ctx, { slug, problem, files, folder });
  ctx.log.info(
    { competition: slug, metric: problem.metric, task: problem.task, confidence },
    'problem inferred',
  );
  const drift = await readDrift(
    { file: files.train, profile: train },
    { file: files.test, profile: test },
    problem,
  );
  const shown = stored.files.slice(0, shownFiles).map(({ name, key }) => [name, key]);
  await setCompetitionProblem(ctx.state, {
    id: competition.id,
    problem,
    profile,
    details: {
      dataFiles: Object.fromEntries(shown),
      data: {
        version: stored.listing.version,
        fileCount: stored.files.length,
        sizeBytes: stored.files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
      },
      evidence: [...evidence, plan.reason],
      confidence,
      drift,
      contract: { ...inferred, told, isSettled: competition.details.contract?.isSettled ?? false },
    },
  });
  await tellDrift(ctx, competition, drift);
  return { problem, profile };
}

/** No script can predict a row that is asked for and not there. @throws BusinessFailure `data.sample_mismatch` */
async function refuseForeignIds(
  files: DataFiles,
  test: FileProfile,
  sample: Table,
  { idColumn }: Problem,
): Promise<void> {
  if (!test.columns.some(({ name }) => name === idColumn)) return;
  const known = new Set((await readColumns(files.test, [idColumn])).get(idColumn));
  const foreign = sample.rows.map(([id = '']) => id).find((id) => !known.has(id));
  if (foreign === undefined) return;
  throw new BusinessFailure(
    `${files.sample.name} asks for ${idColumn} ${foreign.slice(0, 50)}, which ${files.test.name} does not have, so no submission can be made from these files: one of the two has to be mended.`,
    { code: 'data.sample_mismatch', details: { id: foreign } },
  );
}

/** Cells of the columns that may be targets: those of the sample, and those that only train.csv has. */
async function readCandidateColumns(
  files: DataFiles,
  train: FileProfile,
  test: FileProfile,
  sampleColumns: readonly string[],
): Promise<Map<string, string[]>> {
  const inTest = new Set(test.columns.map((column) => column.name));
  const names = train.columns
    .map((column) => column.name)
    .filter((name) => !inTest.has(name) || sampleColumns.slice(1).includes(name));
  return await readColumns(files.train, names);
}

async function readColumns(file: LocalFile, names: readonly string[]): Promise<Map<string, string[]>> {
  const cellsOf = new Map(names.map((name) => [name, [] as string[]]));
  const positions: [number, string[]][] = [];
  await readCsv(file.name, createReadStream(file.path), {
    onHeader: (header) => {
      for (const [name, cells] of cellsOf) positions.push([header.indexOf(name), cells]);
    },
    onRow: (row) => {
      for (const [position, cells] of positions) cells.push(row[position] ?? '');
    },
  });
  return cellsOf;
}

function describeData(
  problem: Problem,
  train: FileProfile,
  test: FileProfile,
  candidates: ReadonlyMap<string, readonly string[]>,
): DataProfile {
  const [targetName = ''] = problem.targetColumns;
  const cells = candidates.get(targetName);
  if (cells === undefined) {
    throw new BusinessFailure(`train.csv has no column ${targetName}, which the submission asks for.`, {
      code: 'problem.target_missing',
    });
  }
  const names = (file: FileProfile) => file.columns.map((column) => column.name);
  const isTarget = (name: string) => problem.targetColumns.includes(name);
  const others = [...candidates]
    .filter(([name]) => !isTarget(name))
    .map(([name, values]) => ({ name, cells: values }));
  return {
    train,
    test,
    target: profileTarget(problem, cells),
    leakageHints: findLeakageHints(others, { name: targetName, cells }),
    columnDifferences: {
      onlyTrain: names(train).filter((name) => !isTarget(name) && !names(test).includes(name)),
      onlyTest: names(test).filter((name) => !names(train).includes(name)),
    },
  };
}
