import { createReadStream } from 'node:fs';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Context } from '../../context.ts';
import { BusinessFailure } from '../../domain/errors.ts';
import { inferProblem } from '../../domain/infer-problem.ts';
import type { Problem } from '../../domain/problem.ts';
import type { DataProfile, FileProfile } from '../../domain/profile.ts';
import type { LocalFile } from '../../providers/kaggle/contract.ts';
import { type Competition, getCompetition, setCompetitionProblem } from '../../state/competitions.ts';
import { readCsv, readTable, type Table } from '../support/csv.ts';
import { dataKey } from '../support/object-keys.ts';
import { Wait } from '../support/wait.ts';
import { type DataFiles, findDataFiles } from './data-files.ts';
import { prepareFolds } from './prepare-folds.ts';
import { profileFile } from './profile-file.ts';
import { findLeakageHints, profileTarget } from './target-profile.ts';

type ReadContext = Pick<
  Context,
  'state' | 'kaggle' | 'objects' | 'policy' | 'scratchFolder' | 'log' | 'signal' | 'locks'
>;

const sampleRowsSeen = 200;
const distinctTargetsSeen = 1_000;

type Understanding = { problem: Problem; profile: DataProfile };

/** Longer than the end of another's call may take; a download takes minutes, for which no worker is held up. */
const lockPatienceMs = 2_000;
const lookAgainMs = 15_000;

/**
 * Downloads the data, profiles them, infers the problem and fixes the folds. Done once per competition: whoever
 * else wants it meanwhile, in whatever process, waits and finds it done.
 * @throws BusinessFailure `kaggle.*`, `csv.*`, `data.*`, `problem.*`, `folds.*`; Wait while another reads them
 */
export async function readProblem(ctx: ReadContext, competition: Competition): Promise<Understanding> {
  const known = understandingOf(competition);
  if (known !== null) return known;
  const held = await holdData(ctx, competition);
  try {
    const current = await getCompetition(ctx.state, competition.id);
    const readMeanwhile = current === null ? null : understandingOf(current);
    if (readMeanwhile !== null) return readMeanwhile;
    return await readData({ ...ctx, signal: AbortSignal.any([ctx.signal, held.lost]) }, competition);
  } finally {
    await held.release();
  }
}

function understandingOf({ problem, profile }: Competition): Understanding | null {
  return problem === null || profile === null ? null : { problem, profile };
}

/**
 * A pause and a resume, or a worker that was taken for dead, leave an earlier call at work beside this one.
 * @throws Wait
 */
async function holdData({ locks, signal }: ReadContext, { id, slug }: Competition) {
  const patience = AbortSignal.timeout(lockPatienceMs);
  return await locks.hold(`data-${id}`, AbortSignal.any([signal, patience])).catch((error: unknown) => {
    if (patience.aborted && !signal.aborted) {
      throw new Wait(lookAgainMs, `the data of ${slug} are being read by another run`);
    }
    throw error;
  });
}

async function readData(ctx: ReadContext, competition: Competition): Promise<Understanding> {
  await mkdir(ctx.scratchFolder, { recursive: true });
  const folder = await mkdtemp(join(ctx.scratchFolder, `read-${competition.slug}-`));
  try {
    const local = await ctx.kaggle.downloadAll(competition.slug, join(folder, 'data'), {
      signal: ctx.signal,
    });
    return await understand(ctx, competition, local, folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function understand(ctx: ReadContext, competition: Competition, local: LocalFile[], folder: string) {
  const { slug } = competition;
  const files = findDataFiles(slug, local);
  const [train, test, sample, pages] = await Promise.all([
    profileFile(files.train, { signal: ctx.signal }),
    profileFile(files.test, { signal: ctx.signal }),
    readTable(files.sample.name, createReadStream(files.sample.path)),
    ctx.kaggle.listPages(slug, { signal: ctx.signal }),
  ]);
  const candidates = await readCandidateColumns(files, train, test, sample.columns);
  const { problem, evidence, confidence } = inferProblem({
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
  });
  const profile = describeData(problem, train, test, candidates);
  await refuseForeignIds(files, test, sample, problem);
  await storeFiles(ctx, slug, local);
  const plan = await prepareFolds(ctx, { slug, problem, files, folder });
  ctx.log.info(
    { competition: slug, metric: problem.metric, task: problem.task, confidence },
    'problem inferred',
  );
  const dataFiles = Object.fromEntries(local.map((file) => [file.name, dataKey(slug, file.name)]));
  await setCompetitionProblem(ctx.state, {
    id: competition.id,
    problem,
    profile,
    details: { dataFiles, evidence: [...evidence, plan.reason], confidence },
  });
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

async function storeFiles(ctx: ReadContext, slug: string, files: readonly LocalFile[]): Promise<void> {
  for (const file of files) await ctx.objects.put(dataKey(slug, file.name), createReadStream(file.path));
}
