import { access, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { expectArtifacts, expectWholeHistory } from './after-run.ts';
import { aFolder, projectRoot, python, startProcess } from './agent-process.ts';

const readme = await readFile(join(projectRoot, 'README.md'), 'utf8');
const tryIt = /## Try it\n([\s\S]*?)\n## /.exec(readme)?.[1] ?? '';

/** Without it `script/demo` would install packages, under the feet of these very tests. */
const isSetUp = await access(join(projectRoot, 'node_modules/.kaggle-agent-setup')).then(
  () => true,
  () => false,
);

test.skipIf(python === null)(
  "README's first command shows stages as they happen and ends with a table of scores, rank, cost and time",
  async () => {
    const [, command = ''] = /```sh\n(.+)\n```/.exec(tryIt) ?? [];
    expect(command).toBe('script/demo');
    const folder = await aFolder();
    // The data go into the folder it is started in; the rest is as written.
    const program = isSetUp ? [join(projectRoot, command)] : [join(projectRoot, 'script/agent'), 'demo'];
    const { code, stdout, stderr } = await startProcess(program, { cwd: folder }).ended;

    expect([code, stderr]).toEqual([0, expect.not.stringMatching(/^\s*error/m)]);
    for (const stage of ['research', 'code', 'training', 'submission']) {
      expect(stderr).toMatch(new RegExp(`^ok     ${stage} +round 2`, 'm'));
    }
    expect(stdout).toMatch(/│ hidden test │ rank/);
    expect(stdout).toMatch(
      /finished: score 0\.\d+ \(rmse, lower is better\) {3}CV 0\.\d+ {3}rank \d+ of \d+/,
    );
    expect(stdout).toMatch(/2 rounds · cost \$0\.00 · .+ · artifacts in .+movie-ratings/);
    await expectWholeHistory(join(folder, 'data/demo'));
    await expectArtifacts(join(folder, 'data/demo'), 'movie-ratings', 2);
  },
);

test.skipIf(python === null)(
  "README's list of practice competitions is the list of those that ship",
  async () => {
    const [, command = ''] = /All of them: `(.+?)`/.exec(tryIt) ?? [];
    const { code, stdout } = await startProcess(['bash', '-c', command], { cwd: projectRoot }).ended;

    expect([command, code]).toEqual(['npm run --silent agent -- arena list', 0]);
    const [, another = ''] = /Another one: `script\/demo (.+?)`/.exec(tryIt) ?? [];
    for (const slug of ['movie-ratings', 'wine-cultivars', another]) expect(stdout).toContain(`${slug} `);
  },
);
