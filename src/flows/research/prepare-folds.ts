import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { stringify } from 'csv-stringify';
import { z } from 'zod';
import type { Context } from '../../context.ts';
import { BusinessFailure } from '../../domain/errors.ts';
import { type FoldPlan, planFolds } from '../../domain/folds.ts';
import type { Problem } from '../../domain/problem.ts';
import type { ScriptContract } from '../../domain/run-contract.ts';
import { readCsv, writeTable } from '../support/csv.ts';
import { foldsPrefix, truthKey } from '../support/object-keys.ts';
import { readObject, sha256Of } from '../support/objects.ts';
import type { DataFiles } from './data-files.ts';

/** The row key that the host makes up where train.csv has no column that names its rows. */
const madeUpKey = '__row';
/** One seed for every competition: the folds are the host's and never a parameter of the search. */
const foldSeed = 20_260_101;
/** Assignments 0 (search), 1 (confirmation) and `final` (every labelled row). */
const foldAssignments = [0, 1, 'final'] as const;
export type FoldAssignment = (typeof foldAssignments)[number];

/** What only the host reads: the labels, row by row, and the fold of each (-1: gate). */
const truthSchema = z.object({
  rowKey: z.string(),
  keys: z.array(z.string()),
  fold: z.array(z.number().int()),
  /** One list per target column. */
  labels: z.array(z.array(z.string())),
});
export type Truth = z.output<typeof truthSchema>;

type FoldContext = Pick<Context, 'objects' | 'policy' | 'signal'>;
type FoldInput = { slug: string; problem: Problem; files: DataFiles; folder: string };
type TrainIndex = { rowKey: string; keys: string[]; labels: string[][]; groups: string[]; times: string[] };

/** Parts the labelled rows, and stores for each assignment what a training job may see, and the truth apart. */
export async function prepareFolds(ctx: FoldContext, input: FoldInput): Promise<FoldPlan> {
  const index = await indexTrain(input);
  const plans = new Map<FoldAssignment, FoldPlan>();
  for (const assignment of foldAssignments) {
    const plan = planFolds({
      problem: input.problem,
      rows: index.keys.length,
      labels: index.labels,
      groups: input.problem.groupColumn === null ? null : index.groups,
      times: input.problem.timeColumn === null ? null : index.times,
      seed: foldSeed,
      foldCount: ctx.policy.foldCount,
      assignment: assignment === 'final' ? 0 : assignment,
    });
    plans.set(assignment, plan);
    await storeAssignment(ctx, input, index, plan, assignment);
  }
  const [first] = plans.values();
  if (first === undefined) throw new Error('unreachable: assignments are never empty');
  return first;
}

/** Keys, labels, groups and times of train.csv, in the order of its rows. */
async function indexTrain(input: FoldInput): Promise<TrainIndex> {
  const { problem, files } = input;
  const keys: string[] = [];
  const labels = problem.targetColumns.map((): string[] => []);
  const groups: string[] = [];
  const times: string[] = [];
  let at = { id: -1, targets: [] as number[], group: -1, time: -1 };
  await readCsv(files.train.name, createReadStream(files.train.path), {
    onHeader: (header) => {
      const find = (name: string | null) => (name === null ? -1 : header.indexOf(name));
      at = {
        id: find(problem.idColumn),
        targets: problem.targetColumns.map(find),
        group: find(problem.groupColumn),
        time: find(problem.timeColumn),
      };
    },
    onRow: (cells) => {
      keys.push(at.id < 0 ? String(keys.length) : (cells[at.id] ?? ''));
      for (const [target, position] of at.targets.entries()) labels[target]?.push(cells[position] ?? '');
      if (at.group >= 0) groups.push(cells[at.group] ?? '');
      if (at.time >= 0) times.push(cells[at.time] ?? '');
    },
  });
  refuseMissingLabels(problem, labels);
  const isKey = at.id >= 0 && new Set(keys).size === keys.length;
  return {
    rowKey: isKey ? problem.idColumn : madeUpKey,
    keys: isKey ? keys : keys.map((_, row) => String(row)),
    labels,
    groups,
    times,
  };
}

function refuseMissingLabels(problem: Problem, labels: readonly (readonly string[])[]): void {
  for (const [target, cells] of labels.entries()) {
    const row = cells.findIndex((cell) => cell.trim() === '');
    if (row < 0) continue;
    throw new BusinessFailure(
      `Row ${row + 1} of train.csv has no ${problem.targetColumns[target] ?? 'label'}, so the agent cannot learn from it.`,
      { code: 'data.missing_label', details: { row: row + 1 } },
    );
  }
}

async function storeAssignment(
  ctx: FoldContext,
  input: FoldInput,
  index: TrainIndex,
  plan: FoldPlan,
  assignment: FoldAssignment,
): Promise<void> {
  const prefix = foldsPrefix(input.slug, assignment);
  const fold = assignment === 'final' ? foldsOfAll(plan) : [...plan.fold];
  const hasGate = fold.some((value) => value < 0);
  const folder = join(input.folder, `folds-${assignment}`);
  await mkdir(folder, { recursive: true });
  await splitTrain(input, index, fold, folder);

  const searchRows = index.keys.flatMap((key, row) =>
    (fold[row] ?? -1) < 0 ? [] : [[key, String(fold[row])]],
  );
  const folds = writeTable({ columns: [index.rowKey, 'fold'], rows: searchRows });
  const contract: ScriptContract = {
    schema: 1,
    problem: input.problem,
    rowKey: index.rowKey,
    foldCount: plan.foldCount,
    foldsSha256: sha256Of(folds),
    hasGate,
  };
  const put = (name: string, path: string) => ctx.objects.put(`${prefix}/${name}`, createReadStream(path));
  await put('train.csv', join(folder, 'train.csv'));
  if (hasGate) await put('gate.csv', join(folder, 'gate.csv'));
  await put('test.csv', input.files.test.path);
  await put('sample_submission.csv', input.files.sample.path);
  await ctx.objects.put(`${prefix}/folds.csv`, Buffer.from(folds));
  await ctx.objects.put(`${prefix}/contract.json`, Buffer.from(JSON.stringify(contract)));
  const truth: Truth = { rowKey: index.rowKey, keys: index.keys, fold, labels: index.labels };
  await ctx.objects.put(truthKey(input.slug, assignment), Buffer.from(JSON.stringify(truth)));
}

/** In the final fit the gate's rows join the folds in turn: every label is used, none chooses anything. */
function foldsOfAll(plan: FoldPlan): number[] {
  let next = 0;
  return [...plan.fold].map((fold) => (fold < 0 ? next++ % plan.foldCount : fold));
}

/** Writes train.csv (search rows, with labels) and gate.csv (gate rows, without), in one streamed pass. */
async function splitTrain(
  input: FoldInput,
  index: TrainIndex,
  fold: readonly number[],
  folder: string,
): Promise<void> {
  const train = stringify();
  const gate = stringify();
  const written = Promise.all([
    pipeline(train, createWriteStream(join(folder, 'train.csv'))),
    pipeline(gate, createWriteStream(join(folder, 'gate.csv'))),
  ]);
  const isMadeUp = index.rowKey === madeUpKey;
  let kept: number[] = [];
  let row = 0;
  const withKey = (cells: readonly string[], key: string) => (isMadeUp ? [key, ...cells] : [...cells]);
  await readCsv(input.files.train.name, createReadStream(input.files.train.path), {
    onHeader: (header) => {
      kept = header.flatMap((name, position) =>
        input.problem.targetColumns.includes(name) ? [] : [position],
      );
      train.write(withKey(header, madeUpKey));
      gate.write(
        withKey(
          kept.map((position) => header[position] ?? ''),
          madeUpKey,
        ),
      );
    },
    onRow: (cells) => {
      const key = index.keys[row] ?? '';
      if ((fold[row] ?? -1) >= 0) train.write(withKey(cells, key));
      else
        gate.write(
          withKey(
            kept.map((position) => cells[position] ?? ''),
            key,
          ),
        );
      row += 1;
    },
  });
  train.end();
  gate.end();
  await written;
}

/** The host's own copy of the labels. */
export async function readTruth(
  ctx: Pick<Context, 'objects'>,
  slug: string,
  assignment: FoldAssignment,
): Promise<Truth> {
  const body = await readObject(ctx, truthKey(slug, assignment));
  return truthSchema.parse(JSON.parse(body.toString('utf8')));
}
