import { spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { ScriptContract } from '../../../src/domain/run-contract.ts';
import { createQualityGate } from '../../../src/providers/codegen/quality-gate.ts';
import { type GateRequest, gateReportSchema } from '../../../src/providers/quality/contract.ts';
import { aProbabilityProblem } from '../../domain/problems.ts';
import { processesWith, runnerPath, sha256Of, trainingPython } from '../../support/runner-kit.ts';
import { tempFolder } from '../../support/temp-folder.ts';

const python = trainingPython();
const gateTest = test.skipIf(python === '');
const hasRuff = spawnSync(python, ['-m', 'ruff', '--version']).status === 0;
const signal = AbortSignal.timeout(300_000);
const folds = `row,fold\n${[0, 1, 2, 3].map((row) => `${row},${row % 2}`).join('\n')}\n`;

/** A complete script of the run contract that learns nothing. `{{…}}` are places for one change each. */
const goodScript = `
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

const contract: ScriptContract = {
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

async function aRequest(changes: Partial<GateRequest> = {}): Promise<GateRequest> {
  const dataFolder = await tempFolder();
  const files = {
    'train.csv': 'row,id,x,y\n0,a,1,0\n1,b,2,1\n2,c,3,0\n3,d,4,1\n',
    'gate.csv': 'row,id,x\n4,e,5\n5,f,6\n',
    'test.csv': 'id,x\ng,7\nh,8\n',
    'sample_submission.csv': 'id,y\ng,0\nh,0\n',
    'folds.csv': folds,
    'contract.json': JSON.stringify(contract),
  };
  for (const [name, text] of Object.entries(files)) await writeFile(join(dataFolder, name), text);
  return {
    script: goodScript,
    requirements: 'numpy>=1.23,<3\nscikit-learn>=1.2\n',
    contract,
    dataFolder,
    seed: 1,
    debugLimitSeconds: 30,
    timeLimitSeconds: 60,
    keepsTimeLimit: false,
    ...changes,
  };
}

const changed = (place: string, text: string) => goodScript.replace(`# {{${place}}}`, text);

async function aGate() {
  const scratchFolder = await tempFolder();
  const gate = createQualityGate({
    python: { path: python, ruff: hasRuff },
    runnerPath,
    scratchFolder,
    threads: 1,
    memoryBytes: 2_000_000_000,
    hiddenPaths: [],
  });
  return { gate, scratchFolder };
}

async function check(changes: Partial<GateRequest>) {
  const { gate } = await aGate();
  const report = await gate.check(await aRequest(changes), { signal });
  return { report, failed: report.checks.find(({ status }) => status === 'failed') };
}

gateTest('a script that keeps the contract passes every check, with an estimate', async () => {
  const { gate, scratchFolder } = await aGate();

  const report = await gate.check(await aRequest(), { signal });

  expect(gateReportSchema.parse(report)).toMatchObject({ passed: true, estimateSeconds: expect.any(Number) });
  expect(report.checks.filter(({ name }) => name !== 'lint').every(({ status }) => status === 'ok')).toBe(
    true,
  );
  expect(await readdir(scratchFolder)).toEqual([]);
});

gateTest.each([
  ['compile', 'does not compile', { script: 'def broken(:\n' }],
  ['compile', 'does not compile', { script: 'x = "\0"\n' }],
  ['imports', 'no_such_package_here', { script: changed('imports', 'import no_such_package_here.part') }],
  [
    'imports',
    'may not go outside',
    { script: changed('imports', 'from urllib import request\nimport urllib.request') },
  ],
  ['requirements', 'not on the list', { requirements: 'numpy>=1\nreqeusts>=2\n' }],
  ['requirements', 'only names', { requirements: '--index-url http://127.0.0.1/\n' }],
  ['requirements', 'only names', { requirements: 'numpy\n' }],
  ['debug_run', "KeyError: 'nothing'", { script: changed('start', '{}["nothing"]') }],
  [
    'debug_run',
    'time limit',
    { script: changed('start', 'import time; time.sleep(60)'), debugLimitSeconds: 1 },
  ],
  ['debug_run', 'oof.csv was not written', { script: changed('end', '(out / "oof.csv").unlink()') }],
  ['output_format', '1 rows are missing, for instance 3', { script: changed('change', 'rows = rows[:-1]') }],
  ['output_format', 'the row 0 is there twice', { script: changed('change', 'rows = rows + rows[:1]') }],
  ['output_format', 'belongs to no row', { script: changed('change', 'rows = [*rows, "99"]') }],
  ['output_format', '"nan" where a value belongs', { script: changed('change', 'value = float("nan")') }],
  ['output_format', '"inf" where a value belongs', { script: changed('change', 'value = float("inf")') }],
  ['output_format', '"" where a value belongs', { script: changed('change', 'value = None') }],
  [
    'output_format',
    'columns are',
    { script: goodScript.replace('"oof.csv", ["row", "y"]', '"oof.csv", ["row", "z"]') },
  ],
  [
    'output_format',
    'own folds',
    { script: goodScript.replace('contract["foldsSha256"]', `"${'0'.repeat(64)}"`) },
  ],
  ['output_format', 'meta.json', { script: changed('end', '(out / "meta.json").write_text("[]")') }],
  [
    'time_estimate',
    'its limit is 5 s',
    {
      script: goodScript
        .replace('"train_seconds": 0.02', '"train_seconds": 1')
        .replace('# {{start}}', 'import time; time.sleep(1)'),
      timeLimitSeconds: 5,
    },
  ],
])('the %s check stops a script and says: %s', async (name, words, changes) => {
  const { report, failed } = await check(changes);

  expect(report.passed).toBe(false);
  expect(failed).toMatchObject({ name, message: expect.stringContaining(words) });
  const after = report.checks.slice(report.checks.findIndex(({ status }) => status === 'failed') + 1);
  expect(after.every(({ status }) => status === 'skipped')).toBe(true);
});

gateTest('a package that the script can do without may be missing', async () => {
  const guarded =
    'try:\n    import no_such_package_here\nexcept (ImportError, OSError):\n    no_such_package_here = None';

  const { report } = await check({ script: changed('imports', guarded) });

  expect(report.passed).toBe(true);
  expect(report.checks[1]?.message).toContain('does without no_such_package_here');
});

gateTest('a long estimate is no failure for code that keeps its time limit', async () => {
  const script = goodScript.replace('# {{start}}', 'import time; time.sleep(2)').replace('0.02', '2');

  const { report } = await check({ script, timeLimitSeconds: 5, keepsTimeLimit: true });

  expect(report).toMatchObject({ passed: true });
  expect(report.estimateSeconds).toBeGreaterThan(15);
});

gateTest('undefined names are found by ruff where it is installed', async (context) => {
  const { report, failed } = await check({
    script: changed('end', 'if options.debug is None: print(undefined_name)'),
  });

  if (report.checks[2]?.status === 'skipped') context.skip('ruff is not installed');
  expect(failed).toMatchObject({ name: 'lint', message: expect.stringContaining('F821') });
});

gateTest('a check that is aborted leaves no process and no file', async () => {
  const { gate, scratchFolder } = await aGate();
  const marker = randomUUID();
  const sleep = `import subprocess, sys; subprocess.run([sys.executable, "-c", "import time; time.sleep(600)", "${marker}"])`;
  const stop = new AbortController();
  const checking = gate.check(await aRequest({ script: changed('start', sleep) }), { signal: stop.signal });
  checking.catch(() => {});
  await expect.poll(() => processesWith(marker), { timeout: 20_000 }).toHaveLength(1);

  stop.abort(new Error('stopped'));

  await expect(checking).rejects.toThrow('stopped');
  expect(await processesWith(marker)).toEqual([]);
  expect(await readdir(scratchFolder)).toEqual([]);
});
