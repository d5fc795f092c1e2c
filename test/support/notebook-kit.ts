import { execFile } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { z } from 'zod';
import type { Problem } from '../../src/domain/problem.ts';
import { buildNotebook } from '../../src/providers/notebook/build-notebook.ts';
import type { NotebookParts } from '../../src/providers/notebook/contract.ts';
import { tempFolder } from './temp-folder.ts';

const run = promisify(execFile);

export const notebookSchema = z.object({
  cells: z.array(
    z.object({
      cell_type: z.enum(['markdown', 'code']),
      source: z.string(),
      outputs: z.array(z.unknown()).length(0).optional(),
      execution_count: z.null().optional(),
      metadata: z.object({}),
    }),
  ),
  metadata: z.object({ kernelspec: z.object({ name: z.literal('python3') }) }),
  nbformat: z.literal(4),
  nbformat_minor: z.number(),
});

export function codeOf(text: string): string {
  return notebookSchema
    .parse(JSON.parse(text))
    .cells.filter(({ cell_type: kind }) => kind === 'code')
    .map(({ source }) => source)
    .join('\n\n');
}

export const oddProblem: Problem = {
  slug: 'odd-or-even',
  title: 'Odd or even',
  modality: 'tabular',
  task: 'binary',
  metric: 'accuracy',
  metricK: null,
  predictionKind: 'label',
  idColumn: 'id',
  targetColumns: ['y'],
  submissionColumns: ['y'],
  classes: ['0', '1'],
  predictionColumns: ['0', '1'],
  textColumns: [],
  groupColumn: null,
  timeColumn: null,
};

/** A training script of few lines: it knows odd numbers, and says with what it was called. */
export const oddScript = `import argparse, csv, json, pathlib
parser = argparse.ArgumentParser()
parser.add_argument("--data", type=pathlib.Path)
parser.add_argument("--out", type=pathlib.Path)
parser.add_argument("--seed", type=int)
parser.add_argument("--time-limit", type=float)
options = parser.parse_args()
contract = json.loads((options.data / "contract.json").read_text())
def rows(name):
    with (options.data / name).open(newline="") as source:
        return list(csv.DictReader(source))
folds = {row[contract["rowKey"]]: int(row["fold"]) for row in rows("folds.csv")}
keys = [row[contract["rowKey"]] for row in rows("train.csv")]
print("seed", options.seed, "folds", [folds[key] for key in keys][:8], "of", len(folds), len(keys), flush=True)
print("sample", len(rows("sample_submission.csv")), flush=True)
with (options.out / "test.csv").open("w", newline="") as target:
    writer = csv.writer(target)
    writer.writerow(["id", "0", "1"])
    for row in reversed(rows("test.csv")):
        odd = int(row["id"]) % 2
        writer.writerow([row["id"], 0.9 - 0.8 * odd, 0.1 + 0.8 * odd])
`;

/** A script that parts fitting from predicting. */
export const stagedScript = oddScript.replace(
  'options = parser.parse_args()',
  `parser.add_argument("--stage", default="both")
parser.add_argument("--model", type=pathlib.Path)
options = parser.parse_args()
if options.stage == "fit":
    (options.model / "learnt.json").write_text(json.dumps({"seed": options.seed}))
    raise SystemExit(0)
learnt = json.loads((options.model / "learnt.json").read_text())
print("learnt", learnt["seed"], flush=True)`,
);

export function someParts(changes: Partial<NotebookParts> = {}): NotebookParts {
  return {
    competition: 'odd-or-even',
    title: 'Odd or even: first-way',
    problem: oddProblem,
    rule: 'mean',
    hasClassRows: true,
    decision: { kind: 'argmax' },
    members: [{ name: '1-first-way', script: oddScript, weight: 1, seed: 42 }],
    stage: 'whole',
    modelNotebook: null,
    rowKey: 'id',
    foldCount: 3,
    folds: Array.from({ length: 12 }, (_, row) => (row * 7) % 3),
    files: { train: 'train.csv', test: 'test.csv', sample: 'sample_submission.csv' },
    memberSeconds: 60,
    secondsInAll: 600,
    output: 'submission.csv',
    ...changes,
  };
}

export type Mounted = { input: string; working: string };

/** Input and working folders as at Kaggle, with the files of a competition. */
export async function mountInputs(
  files: Readonly<Record<string, string | Buffer>>,
  slug = 'odd-or-even',
): Promise<Mounted> {
  const root = await tempFolder();
  const input = join(root, 'input');
  const working = join(root, 'working');
  await mkdir(join(input, slug), { recursive: true });
  await mkdir(working);
  for (const [name, content] of Object.entries(files)) await writeFile(join(input, slug, name), content);
  return { input, working };
}

/** Runs a notebook's code as one program. */
export async function runNotebook(
  python: string,
  parts: NotebookParts,
  { input, working }: Mounted,
  environment: Record<string, string> = {},
): Promise<{ code: number; output: string }> {
  const program = join(working, '..', 'notebook.py');
  await writeFile(program, codeOf(await buildNotebook(parts)));
  const env = { PATH: '/usr/bin:/bin', KAGGLE_INPUT_DIR: input, KAGGLE_WORKING_DIR: working, ...environment };
  try {
    const { stdout, stderr } = await run(python, [program], { env, cwd: working });
    return { code: 0, output: stdout + stderr };
  } catch (error) {
    const failed = z.object({ code: z.number(), stdout: z.string(), stderr: z.string() }).parse(error);
    return { code: failed.code, output: failed.stdout + failed.stderr };
  }
}
