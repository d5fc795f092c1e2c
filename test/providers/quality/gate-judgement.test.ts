import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { BusinessFailure } from '../../../src/domain/errors.ts';
import type { ScriptContract } from '../../../src/domain/run-contract.ts';
import { runOutputTests, writeOutputTests } from '../../../src/providers/codegen/gate/output-tests.ts';
import { judgeReview, reviewScript } from '../../../src/providers/codegen/gate/review.ts';
import type { ReviewInput, ScriptReview } from '../../../src/providers/quality/contract.ts';
import { aProblem } from '../../domain/problems.ts';
import { aGate, aGateRequest, changed, gatePython, goodScript } from '../../support/gate-kit.ts';
import { tempFolder } from '../../support/temp-folder.ts';

const gateTest = test.skipIf(gatePython === '');
const signal = AbortSignal.timeout(300_000);

function aReview(leakage: Partial<ScriptReview['leakage']> = {}): ScriptReview {
  return {
    leakage: { verdict: 'none', line: null, reason: 'Nothing.', confidence: 'high', ...leakage },
    unusedFiles: [],
    summary: 'It predicts one half.',
  };
}

gateTest('a leak that the review is certain of stops the script before it runs', async () => {
  const asked: ReviewInput[] = [];
  const leakage = { verdict: 'certain', line: 3, reason: 'It reads the labels.' } as const;
  const { gate } = await aGate({
    review: async (input) => {
      asked.push(input);
      return aReview(leakage);
    },
  });
  const script = changed('imports', 'import subprocess\nsubprocess.run(["nvidia-smi"], check=False)');

  const report = await gate.check(await aGateRequest({ script }), { signal });

  expect(report).toMatchObject({ passed: false, review: { leakage: { verdict: 'certain' } } });
  const checkOf = (name: string) => report.checks.find((one) => one.name === name);
  expect(checkOf('review')).toMatchObject({ status: 'failed', message: 'Line 3: It reads the labels.' });
  expect(checkOf('review')?.findings).toEqual([
    { rule: 'review', line: 3, severity: 'fail', message: 'It reads the labels.' },
  ]);
  // What was warned of before goes to the reader.
  expect(checkOf('leaks')).toMatchObject({ status: 'warned' });
  expect(asked[0]?.suspicions).toEqual([expect.stringContaining('Another program is started')]);
  expect(checkOf('debug_run')?.status).toBe('skipped');
});

test('a leak that is certain without confidence is kept beside the score', () => {
  const review = aReview({ verdict: 'certain', confidence: 'medium', reason: 'Perhaps.' });

  expect(judgeReview(review)).toMatchObject({
    status: 'warned',
    message: expect.stringContaining('Perhaps.'),
    review: { leakage: { verdict: 'certain' } },
  });
});

test("a reader that fails is told and stops nothing, and the agent's own scripts are not read", async () => {
  const refused = new BusinessFailure('The budget for language models is used up.', { code: 'llm.budget' });
  const refusing = () => Promise.reject(refused);
  const request = await aGateRequest();

  expect(await reviewScript(request, [], refusing, signal)).toMatchObject({
    status: 'skipped',
    message: expect.stringContaining('used up'),
  });
  expect(await reviewScript({ ...request, isOwnCode: true }, [], refusing, signal)).toMatchObject({
    status: 'skipped',
    message: expect.stringContaining('own generator'),
  });
  await expect(reviewScript(request, [], refusing, AbortSignal.abort(new Error('stopped')))).rejects.toThrow(
    'stopped',
  );
});

gateTest('a leak in the script stops it, with its line', async () => {
  const { gate } = await aGate();
  const script = changed('start', 'import os\nprint(os.environ["KAGGLE_KEY"])');

  const report = await gate.check(await aGateRequest({ script }), { signal });

  const failed = report.checks.find(({ status }) => status === 'failed');
  expect(failed).toMatchObject({ name: 'leaks', message: expect.stringMatching(/^Line \d+: .*KAGGLE_KEY/) });
  expect(failed?.findings).toMatchObject([{ rule: 'reads-environment', severity: 'fail' }]);
});

gateTest('the report carries exact requirements, tests of the outputs, parts and parameters', async () => {
  const { gate } = await aGate();
  const meta = '"packages": {}, "parts": ["features:a"], "params": {"ridge": {"alpha": 1.5}}';
  const script = goodScript.replace('"packages": {}', meta);

  const report = await gate.check(await aGateRequest({ script }), { signal });

  expect(report).toMatchObject({ passed: true, parts: ['features:a'], params: { ridge: { alpha: 1.5 } } });
  expect(report.pinnedRequirements).toMatch(/^numpy==\d+\.\d+/m);
  expect(report.pinnedRequirements).toMatch(/^scikit-learn==\d+\.\d+/m);
  expect(report.outputTests).toContain('class OutOfFold');
  expect(report.estimateMemoryBytes).toBeGreaterThan(1_000_000);
});

gateTest('a full run that needs more memory than it may take is refused, with both numbers', async () => {
  const { gate } = await aGate();

  const report = await gate.check(await aGateRequest({ memoryLimitBytes: 5_000_000 }), { signal });

  expect(report.checks.at(-1)).toMatchObject({
    name: 'memory_estimate',
    status: 'failed',
    message: expect.stringMatching(/about \d+ MB of memory; it may take 5 MB\.$/),
  });
});

const withParts = goodScript
  .replace(
    'parser.add_argument("--debug"',
    'parser.add_argument("--without", choices=["a", "b"])\nparser.add_argument("--debug"',
  )
  .replace(
    '[[key, value] for key in rows]',
    '[[key, 0.9 if options.without == "a" else value] for key in rows]',
  );

gateTest('an ablation leaves an out-of-fold file for the whole script and for each part', async () => {
  const { gate, scratchFolder } = await aGate();
  const outFolder = await tempFolder();
  const request = { ...(await aGateRequest({ script: withParts })), outFolder, limitSeconds: 60 };

  const report = await gate.ablate({ ...request, parts: ['a', 'b', 'unknown'] }, { signal });

  const textOf = async (path: string | null | undefined) => (path ? await readFile(path, 'utf8') : null);
  expect(await textOf(report.whole.oofPath)).toContain('0,0.5');
  expect(await textOf(report.parts[0]?.oofPath)).toContain('0,0.9');
  expect(await textOf(report.parts[1]?.oofPath)).toBe(await textOf(report.whole.oofPath));
  expect(report.parts[2]).toMatchObject({
    without: 'unknown',
    oofPath: null,
    failure: expect.stringContaining('invalid choice'),
  });
  expect(await readdir(scratchFolder)).toEqual([]);
});

gateTest('an ablation ends with its limit, and without a whole run there is none', async () => {
  const { gate } = await aGate();
  const request = { ...(await aGateRequest({ script: withParts })), outFolder: await tempFolder() };

  const late = await gate.ablate({ ...request, parts: ['a'], limitSeconds: 0 }, { signal });
  const broken = await gate.ablate(
    { ...request, script: changed('start', 'raise SystemExit(3)'), parts: ['a'], limitSeconds: 60 },
    { signal },
  );

  expect(late.parts[0]).toMatchObject({ oofPath: null, failure: 'There was no time left for this part.' });
  expect(broken.whole).toMatchObject({ oofPath: null, failure: expect.stringContaining('exit code 3') });
  expect(broken.parts[0]).toMatchObject({ oofPath: null, failure: 'The whole script did not run.' });
});

const contract: ScriptContract = {
  schema: 1,
  problem: aProblem({
    metric: 'log_loss',
    idColumn: 'id',
    targetColumns: ['y'],
    classes: ['no', 'ye"s'],
    predictionColumns: ['no', 'ye"s'],
    submissionColumns: ['y'],
  }),
  rowKey: 'id',
  foldCount: 2,
  foldsSha256: 'f'.repeat(64),
  hasGate: false,
};
const ids = Array.from({ length: 2_400 }, (_, at) => String(at));

type Cells = (id: string) => readonly (string | number)[];

/** Runs the tests against files of which one or two are wrong. */
async function outcome({ oof, submission }: { oof?: Cells; submission?: Cells }) {
  const [dataFolder, outFolder] = [await tempFolder(), await tempFolder()];
  const share = (id: string) => Number(id) / 4_800;
  const good: Cells = (id) => [share(id), 1 - share(id)];
  const table = (header: readonly string[], cells: Cells) =>
    [header.join(','), ...ids.map((id) => [id, ...cells(id)].join(','))].join('\n');
  const predictions = ['id', 'no', '"ye""s"'];
  const data = {
    'train.csv': table(['id', 'x'], () => [1]),
    'sample_submission.csv': table(['id', 'y'], () => ['no']),
    'contract.json': JSON.stringify(contract),
  };
  const out = {
    'oof.csv': table(predictions, oof ?? good),
    'test.csv': table(predictions, good),
    'submission.csv': table(['id', 'y'], submission ?? ((id) => [Number(id) > 9 ? '"ye""s"' : 'no'])),
    'metrics.json': JSON.stringify({ folds_sha256: contract.foldsSha256, fold_scores: [0.5] }),
  };
  for (const [name, text] of Object.entries(data)) await writeFile(join(dataFolder, name), text);
  for (const [name, text] of Object.entries(out)) await writeFile(join(outFolder, name), text);
  const context = { python: gatePython, folder: outFolder, signal };
  return await runOutputTests(await writeOutputTests(contract), { dataFolder, outFolder }, context);
}

gateTest(
  'tests of the outputs pass where every file is as agreed, whatever the classes are called',
  async () => {
    expect(await outcome({})).toMatchObject({ status: 'ok', message: expect.stringMatching(/^\d+ tests/) });
  },
);

gateTest.each<[string, { oof?: Cells; submission?: Cells }]>([
  ['every row has the same prediction', { oof: () => [0.4, 0.6] }],
  ['probabilities_lie_between', { oof: (id) => [Number(id), 1 - Number(id)] }],
  ['probabilities_of_a_row_sum_to_one', { oof: (id) => [Number(id) / 4_800, 0.9] }],
  ['labels_are_known_classes', { submission: (id) => [id === '3' ? 'perhaps' : 'no'] }],
  ['every_prediction_is_a_finite_number', { oof: (id) => [id === '3' ? 'nan' : 0.5, 0.5] }],
])('tests of the outputs tell in a line: %s', async (words, changes) => {
  expect(await outcome(changes)).toMatchObject({ status: 'failed', message: expect.stringContaining(words) });
});
