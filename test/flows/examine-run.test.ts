import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Context } from '../../src/context.ts';
import type { Problem } from '../../src/domain/problem.ts';
import { examineRun } from '../../src/flows/gpu/examine-run.ts';
import { prepareFolds } from '../../src/flows/research/prepare-folds.ts';
import type { ScriptReview } from '../../src/providers/quality/contract.ts';
import { getCompetition } from '../../src/state/competitions.ts';
import { getTrainingJob, type HostScores } from '../../src/state/training.ts';
import { aProbabilityProblem } from '../domain/problems.ts';
import { aTrainingJob } from '../support/builders.ts';
import { aContext } from '../support/context.ts';
import { freshState } from '../support/database.ts';
import { aGate, gatePython } from '../support/gate-kit.ts';
import { tempFolder } from '../support/temp-folder.ts';

const runTest = test.skipIf(gatePython === '');
const slug = 'a-competition';
const problem: Problem = aProbabilityProblem({
  slug,
  metric: 'roc_auc',
  idColumn: 'id',
  targetColumns: ['y'],
  submissionColumns: ['y'],
  predictionColumns: ['y'],
});
const perfect: HostScores = { folds: [1, 1, 1], cv: 1, cvSd: 0, gate: null };

/** Predicts each row from rows of other folds that look alike; `{{see}}` may let it look elsewhere. */
const script = `
import argparse, csv, json, pathlib
parser = argparse.ArgumentParser()
for name in ("--data", "--out", "--seed", "--time-limit"):
    parser.add_argument(name)
parser.add_argument("--debug", action="store_true")
options = parser.parse_args()
data, out = pathlib.Path(options.data), pathlib.Path(options.out)
contract = json.loads((data / "contract.json").read_text())
def rows(name):
    with open(data / name, newline="") as file:
        return list(csv.DictReader(file))
def write(name, table):
    with open(out / name, "w", newline="") as file:
        csv.writer(file).writerows([["id", "y"], *table])
train, fold = rows("train.csv"), {row["id"]: row["fold"] for row in rows("folds.csv")}
def predict(row):
    like = [float(other["y"]) for other in train if other["x"] == row["x"] and fold[other["id"]] != fold[row["id"]]]
    return sum(like) / max(1, len(like))
write("oof.csv", [[row["id"], {{see}}] for row in train])
for name in ("test.csv", "submission.csv"):
    write(name, [[row["id"], 0.5] for row in rows("sample_submission.csv")])
(out / "metrics.json").write_text(json.dumps({"metric": "roc_auc", "fold_scores": [], "n_train": 1, "n_valid": 1,
    "seed": 1, "folds_sha256": contract["foldsSha256"], "train_seconds": 0, "infer_seconds": 0, "debug": True}))
(out / "meta.json").write_text(json.dumps({"family": "alike", "feature_count": 1, "packages": {}}))
`;
const honest = script.replace('{{see}}', 'predict(row)');
const leaky = script.replace('{{see}}', '0.5 * predict(row) + 0.5 * float(row["y"])');
const broken = script.replace('{{see}}', 'undefined_name');

async function prepared(source: string, review: Context['quality']['review'] = null) {
  const { state, pool } = await freshState();
  const { gate } = await aGate({ review });
  const ctx = await aContext({ state, quality: gate });
  const folder = await tempFolder();
  const write = async (name: string, text: string) => {
    await writeFile(join(folder, name), text);
    return { name, path: join(folder, name), sizeBytes: text.length };
  };
  const lines = Array.from({ length: 150 }, (_, row) => `${row},${row % 6},${row % 6 > 2 ? 1 : 0}`);
  const files = {
    train: await write('train.csv', `id,x,y\n${lines.join('\n')}\n`),
    test: await write('test.csv', 'id,x\n900,1\n901,4\n'),
    sample: await write('sample_submission.csv', 'id,y\n900,0\n901,0\n'),
  };
  await prepareFolds(ctx, { slug, problem, files, folder });
  const { jobId } = await aTrainingJob({ state, pool });
  const row = await getTrainingJob(state, jobId);
  const competition = row === null ? null : await getCompetition(state, row.competitionId);
  if (row === null || competition === null) throw new Error('the job is gone');
  await ctx.objects.put('code/of-it/train.py', Buffer.from(source));
  const job = { ...row, code: { ...row.code, generator: 'a model', objectPrefix: 'code/of-it' } };
  return (scores: HostScores) => examineRun(ctx, { ...competition, slug, problem }, job, scores);
}

runTest('a perfect score that the data give counts, and says that it was examined', async () => {
  const examine = await prepared(honest);

  const scores = await examine(perfect);

  expect(scores).toMatchObject({ ...perfect, examined: { rule: 'perfect', outcome: 'counts' } });
});

runTest('a script that still predicts when the labels are shuffled does not count', async () => {
  const examine = await prepared(leaky);

  await expect(examine(perfect)).rejects.toMatchObject({
    kind: 'business',
    code: 'run.leak',
    message: expect.stringContaining('shuffled'),
  });
});

runTest('a score that nobody doubts is not examined', async () => {
  const examine = await prepared(broken);
  const usual = { folds: [0.8, 0.81, 0.79], cv: 0.8, cvSd: 0.01, gate: null };

  expect(await examine(usual)).toEqual(usual);
});

runTest('where the examination cannot be made the score counts, and says so', async () => {
  const examine = await prepared(broken);

  const scores = await examine(perfect);

  expect(scores.examined).toMatchObject({
    outcome: 'undecided',
    detail: expect.stringContaining('undefined_name'),
  });
});

runTest('a reader that is certain of a leak is enough; one that fails is not asked again', async () => {
  const leakage = { verdict: 'certain', line: 2, reason: 'It reads labels.', confidence: 'high' } as const;
  const review: ScriptReview = { leakage, unusedFiles: [], summary: '' };
  const certain = await prepared(honest, async () => review);
  const failing = await prepared(honest, () => Promise.reject(new Error('no model answers')));

  await expect(certain(perfect)).rejects.toMatchObject({ code: 'run.leak' });
  expect((await failing(perfect)).examined).toMatchObject({ outcome: 'counts' });
});
