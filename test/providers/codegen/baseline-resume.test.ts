import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { aProblem } from '../../domain/problems.ts';
import { type Cells, without, writeBundleData } from '../../support/competition-data.ts';
import { findPython } from '../../support/python.ts';
import { syntheticRows } from '../../support/synthetic.ts';
import { tempFolder } from '../../support/temp-folder.ts';
import { anApproach, generateFor } from '../../support/train-script.ts';

const python = findPython();
const run = promisify(execFile);

/** Runs train.py once for each out folder, counts what is fitted, and is killed before the fit of that number. */
const counting = `
import os, runpy, signal, sys
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier
script, data, deadly, *outs = sys.argv[1:]
fits = 0
def count(kind):
    fit = kind.fit
    def counted(self, *args, **kwargs):
        global fits
        fits += 1
        if fits == int(deadly):
            os.kill(os.getpid(), signal.SIGKILL)
        return fit(self, *args, **kwargs)
    kind.fit = counted
count(LogisticRegression)
count(KNeighborsClassifier)
for out in outs:
    fits = 0
    sys.argv = [script, "--data", data, "--out", out, "--seed", "1", "--time-limit", "60"]
    runpy.run_path(script, run_name="__main__")
    print("fits", fits)
    # What comes next is a run that nobody disturbed.
    os.environ.pop("CHECKPOINT_DIR", None)
`;

test.skipIf(python === null)(
  'a script that was killed takes up its finished folds and ends byte by byte as one that was not',
  async () => {
    const train: Cells[] = syntheticRows(120, 1).map(({ signal, ...row }) => ({
      ...row,
      target: Number(signal) > 0 ? '1' : '0',
    }));
    const [problem, test] = [aProblem(), without(train, 'target')];
    const models = ['logistic', 'knn'].map((kind) => ({ kind, params: {} }));
    const approach = anApproach({ features: [], models });
    const { script } = await generateFor({ problem, approach, train, test });
    const folder = await tempFolder();
    const [data, file] = [join(folder, 'data'), join(folder, 'train.py')];
    await writeBundleData(data, { problem, train, test, gate: test.slice(0, 30) });
    await writeFile(file, script);
    const env = {
      PATH: '/usr/bin:/bin',
      OMP_NUM_THREADS: '1',
      CHECKPOINT_DIR: join(folder, 'kept'),
      PYTHONDONTWRITEBYTECODE: '1',
    };
    const start = (deadly: number, ...outs: string[]) =>
      run(python ?? '', ['-c', counting, file, data, String(deadly), ...outs], { env });

    await expect(start(5, join(folder, 'first'))).rejects.toMatchObject({ signal: 'SIGKILL' });
    const { stdout } = await start(100, join(folder, 'resumed'), join(folder, 'whole'));

    expect(stdout.match(/^fits \d+$/gm)).toEqual(['fits 2', 'fits 6']);
    const read = async (out: string, name: string) => await readFile(join(folder, out, name), 'utf8');
    for (const name of ['oof.csv', 'gate.csv', 'test.csv', 'submission.csv', 'meta.json']) {
      expect(await read('resumed', name)).toBe(await read('whole', name));
    }
    const scores = async (out: string): Promise<unknown> =>
      JSON.parse(await read(out, 'metrics.json')).fold_scores;
    expect(await scores('resumed')).toEqual(await scores('whole'));
  },
);
