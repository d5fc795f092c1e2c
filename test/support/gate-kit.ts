import { spawnSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ScriptContract } from '../../src/domain/run-contract.ts';
import { createQualityGate, type QualityGateOptions } from '../../src/providers/codegen/quality-gate.ts';
import type { GateRequest } from '../../src/providers/quality/contract.ts';
import { aProbabilityProblem } from '../domain/problems.ts';
import { runnerPath, sha256Of, trainingPython } from './runner-kit.ts';
import { tempFolder } from './temp-folder.ts';

export const gatePython = trainingPython();
const hasRuff = spawnSync(gatePython, ['-m', 'ruff', '--version']).status === 0;
const folds = `row,fold\n${[0, 1, 2, 3].map((row) => `${row},${row % 2}`).join('\n')}\n`;

/** A complete script of the run contract that learns nothing. `{{…}}` are places for one change each. */
export const goodScript = `
import argparse, csv, json, pathlib
# {{imports}}

parser = argparse.ArgumentParser()
for name in ("--data", "--out", "--seed", "--time-limit"):
    parser.add_argument(name)
parser.add_argument("--debug", action="store_true")
options = parser.parse_args()
data, out = pathlib.Path(options.data), pathlib.Path(options.out)
contract = json.loads((data / "contract.json").read_text())

def keys(name, column):
    with open(data / name, newline="") as file:
        return [row[column] for row in csv.DictReader(file)]

def write(name, header, rows):
    with open(out / name, "w", newline="") as file:
        csv.writer(file).writerows([header, *rows])

# {{start}}
value = 0.5
rows = keys("train.csv", "row")
tests = keys("sample_submission.csv", "id")
folds = keys("folds.csv", "fold")
# {{change}}
write("oof.csv", ["row", "y"], [[key, value] for key in rows])
write("gate.csv", ["row", "y"], [[key, 0.5] for key in keys("gate.csv", "row")])
write("test.csv", ["id", "y"], [[key, 0.5] for key in tests])
write("submission.csv", ["id", "y"], [[key, 0.5] for key in reversed(tests)])
(out / "metrics.json").write_text(json.dumps({
    "metric": "roc_auc", "fold_scores": [0.5, 0.5], "n_train": 4, "n_valid": 4, "seed": int(options.seed),
    "folds_sha256": contract["foldsSha256"], "train_seconds": 0.02, "infer_seconds": 0.01, "debug": options.debug,
}))
(out / "meta.json").write_text(json.dumps({"family": "constant", "feature_count": 0, "packages": {}}))
# {{end}}
`;

export const gateContract: ScriptContract = {
  schema: 1,
  problem: aProbabilityProblem({
    slug: 'tiny',
    title: 'Tiny',
    targetColumns: ['y'],
    submissionColumns: ['y'],
    predictionColumns: ['y'],
  }),
  rowKey: 'row',
  foldCount: 2,
  foldsSha256: sha256Of(folds),
  hasGate: true,
};

export async function aGateRequest(changes: Partial<GateRequest> = {}): Promise<GateRequest> {
  const dataFolder = await tempFolder();
  const files = {
    'train.csv': 'row,id,x,y\n0,a,1,0\n1,b,2,1\n2,c,3,0\n3,d,4,1\n',
    'gate.csv': 'row,id,x\n4,e,5\n5,f,6\n',
    'test.csv': 'id,x\ng,7\nh,8\n',
    'sample_submission.csv': 'id,y\ng,0\nh,0\n',
    'folds.csv': folds,
    'contract.json': JSON.stringify(gateContract),
  };
  for (const [name, text] of Object.entries(files)) await writeFile(join(dataFolder, name), text);
  return {
    script: goodScript,
    requirements: 'numpy>=1.23,<3\nscikit-learn>=1.2\n',
    contract: gateContract,
    dataFolder,
    seed: 1,
    debugLimitSeconds: 30,
    timeLimitSeconds: 60,
    keepsTimeLimit: false,
    ...changes,
  };
}

/** The good script with something else in one of its places. */
export const changed = (place: string, text: string) => goodScript.replace(`# {{${place}}}`, text);

export async function aGate(options: Partial<QualityGateOptions> = {}) {
  const scratchFolder = await tempFolder();
  const gate = createQualityGate({
    python: { path: gatePython, ruff: hasRuff },
    runnerPath,
    scratchFolder,
    threads: 1,
    memoryBytes: 2_000_000_000,
    hiddenPaths: [],
    ...options,
  });
  return { gate, scratchFolder };
}
