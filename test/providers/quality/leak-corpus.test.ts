import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { z } from 'zod';
import type { Problem } from '../../../src/domain/problem.ts';
import { createBaselineGenerator } from '../../../src/providers/codegen/baseline/baseline-generator.ts';
import { findLeaks, judgeLeaks } from '../../../src/providers/codegen/gate/leak-checks.ts';
import { createPlaybookResearch } from '../../../src/providers/research/playbook.ts';
import { aProblem } from '../../domain/problems.ts';
import { type Cells, profileOf, without } from '../../support/competition-data.ts';
import { trainingPython } from '../../support/runner-kit.ts';
import { syntheticRows } from '../../support/synthetic.ts';
import { tempFolder } from '../../support/temp-folder.ts';

const python = trainingPython();
const corpusTest = test.skipIf(python === '');
const signal = AbortSignal.timeout(300_000);
const factsSchema = z.object({ time: z.string().optional(), group: z.string().optional() });

type Script = { name: string; text: string; problem: Problem };

/** The scripts of a file, each under its line of three marks. */
async function scriptsOf(file: string): Promise<Script[]> {
  const body = await readFile(join(import.meta.dirname, 'scripts', file), 'utf8');
  const pieces = body.split(/^### /m).slice(1);
  const beginning = /#beginning\n([\s\S]*?)#end of beginning\n/.exec(body)?.[1] ?? '';
  return pieces.map((piece) => {
    const [name = '', ...lines] = piece.split('\n');
    const own = lines.join('\n');
    const text = own.includes('#end of beginning') ? own : own.replace('#beginning\n', beginning);
    const facts = factsSchema.parse(JSON.parse(/^#facts (.*)$/m.exec(own)?.[1] ?? '{}'));
    const problem = aProblem({
      targetColumns: ['target', 'label', 'sales'],
      timeColumn: facts.time ?? null,
      groupColumn: facts.group ?? null,
    });
    return { name, text, problem };
  });
}

async function findingsOf(scripts: readonly Script[]) {
  const questions = scripts.map(({ text, problem }) => ({ script: text, problem }));
  const found = await findLeaks(questions, { python, folder: await tempFolder(), signal });
  return scripts.map((script, at) => ({ ...script, findings: found[at] ?? null }));
}

corpusTest('every leaky script is found guilty of its leak, on a line, in a sentence', async () => {
  const scripts = await findingsOf(await scriptsOf('leaky.py'));

  expect(scripts.length).toBeGreaterThan(90);
  const missed = scripts.filter(({ name, findings }) => {
    const rule = name.split(':')[0];
    return !findings?.some((finding) => finding.rule === rule && finding.severity === 'fail');
  });
  expect(missed.map(({ name }) => name)).toEqual([]);
  const findings = scripts.flatMap((script) => script.findings ?? []);
  expect(findings.every(({ line, message }) => line !== null && /^\S.*[.)]$/.test(message))).toBe(true);
  expect(scripts.every((script) => judgeLeaks(script.findings).status === 'failed')).toBe(true);
});

corpusTest('no honest script is found guilty or warned of', async () => {
  const scripts = await findingsOf(await scriptsOf('honest.py'));

  expect(scripts.length).toBeGreaterThan(25);
  const blamed = scripts.flatMap(({ name, findings }) =>
    (findings ?? []).map(({ rule, line }) => `${name}: ${rule} in line ${line}`),
  );
  expect(blamed).toEqual([]);
});

const rows: Cells[] = syntheticRows(100, 1).map(({ signal: hidden, ...row }) => ({
  ...row,
  target: Number(hidden) > 0 ? '1' : '0',
}));
const values: Partial<Problem> = {
  task: 'regression',
  metric: 'rmse_log',
  predictionKind: 'value',
  classes: null,
  predictionColumns: ['target'],
};
const problems: Partial<Problem>[] = [
  {},
  values,
  { modality: 'text', textColumns: ['words'] },
  { modality: 'time_series', timeColumn: 'day' },
  { groupColumn: 'colour' },
  { metric: 'f1', predictionKind: 'label' },
];

/** What the baseline generator writes for every approach of the playbooks, for one kind of competition. */
async function ownScripts(options: Partial<Problem>): Promise<Script[]> {
  const problem = aProblem(options);
  const profile = profileOf(rows, without(rows, 'target'));
  const environment = {
    cores: 2,
    memoryBytes: 8e9,
    lightgbm: true,
    pythonVersion: null,
    sklearnVersion: null,
  };
  const facts = { problem, profile, environment, timeBudgetSeconds: 300 };
  const asked = { kind: 'similar-solutions', rowCounts: { train: 900, test: 400 }, round: 1 } as const;
  const report = await createPlaybookResearch().research(
    { ...facts, ...asked, history: [], maxApproaches: 4 },
    { signal },
  );
  return await Promise.all(
    report.approaches.map(async (approach) => {
      const code = await createBaselineGenerator().generate({ ...facts, approach, seed: 1 }, { signal });
      return { name: approach.name, text: code.script, problem };
    }),
  );
}

corpusTest(
  'what the baseline generator writes is clean, whatever the competition',
  { timeout: 120_000 },
  async () => {
    const scripts = (await Promise.all(problems.map(ownScripts))).flat();

    const found = await findingsOf(scripts);

    expect(scripts.length).toBeGreaterThan(12);
    expect(
      found.flatMap(({ name, findings }) => (findings ?? []).map(({ rule }) => `${name}: ${rule}`)),
    ).toEqual([]);
  },
);

corpusTest('a script that does not compile is not followed, and one without end is', async () => {
  const deep = `x = ${'('.repeat(60)}1${')'.repeat(60)}\n`;
  const loops = `${'for a in range(9):\n'}${' '.repeat(4)}b = [c for c in a]\n`.repeat(400);
  const burning = `def f(x):\n    return ${Array.from({ length: 60 }, () => 'f(x)').join(' + ')}\nf(1)\n`;
  const wide = `a = [${Array.from({ length: 300 }, () => '1').join()}]\n${'a = [a, a, a, a, a, a, a, a, a, a]\n'.repeat(9)}`;
  const problem = aProblem();

  const [broken, nested, long, endless, held] = await findLeaks(
    [
      { script: 'def broken(:\n', problem },
      { script: deep, problem },
      { script: loops, problem },
      { script: burning, problem },
      { script: wide, problem },
    ],
    { python, folder: await tempFolder(), signal },
  );

  expect(broken).toBeNull();
  expect(judgeLeaks(broken ?? null)).toMatchObject({ status: 'skipped' });
  // neither reads the host's folds
  expect(nested?.map(({ rule }) => rule)).toEqual(['host-folds-unused']);
  expect(long?.map(({ rule }) => rule)).toEqual(['host-folds-unused']);
  expect(held?.map(({ rule }) => rule)).toEqual(['host-folds-unused']);
  expect(endless?.map(({ rule, severity }) => `${rule} ${severity}`)).toEqual([
    'unreadable warn',
    'host-folds-unused fail',
  ]);
});

corpusTest('a script that keeps the interpreter too busy to be judged is refused', async () => {
  const folder = await tempFolder();
  const slow = join(folder, 'slow');
  await writeFile(slow, '#!/bin/sh\nexec sleep 60\n', { mode: 0o755 });
  const context = { python: slow, folder, signal };

  const [findings] = await findLeaks([{ script: 'x = 1\n', problem: aProblem() }], context, 50);

  expect(judgeLeaks(findings ?? null)).toMatchObject({
    status: 'failed',
    findings: [{ rule: 'unreadable', severity: 'fail' }],
  });
});
