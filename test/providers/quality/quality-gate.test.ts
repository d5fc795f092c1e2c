import { randomUUID } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { type GateRequest, gateReportSchema } from '../../../src/providers/quality/contract.ts';
import { aGate, aGateRequest, changed, gatePython, goodScript } from '../../support/gate-kit.ts';
import { processesWith } from '../../support/runner-kit.ts';

const gateTest = test.skipIf(gatePython === '');
const signal = AbortSignal.timeout(300_000);

async function check(changes: Partial<GateRequest>) {
  const { gate } = await aGate();
  const report = await gate.check(await aGateRequest(changes), { signal });
  return { report, failed: report.checks.find(({ status }) => status === 'failed') };
}

gateTest('a script that keeps the contract passes every check, with an estimate', async () => {
  const { gate, scratchFolder } = await aGate();

  const report = await gate.check(await aGateRequest(), { signal });

  expect(gateReportSchema.parse(report)).toMatchObject({ passed: true, estimateSeconds: expect.any(Number) });
  const absent = new Set(['lint', 'review']);
  const others = report.checks.filter(({ name }) => !absent.has(name));
  expect(others.filter(({ status }) => status !== 'ok')).toEqual([]);
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
  [
    'output_format',
    'own folds',
    { script: goodScript.replace('contract["foldsSha256"]', `"${'0'.repeat(64)}"`) },
  ],
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
  const checking = gate.check(await aGateRequest({ script: changed('start', sleep) }), {
    signal: stop.signal,
  });
  checking.catch(() => {});
  await expect.poll(() => processesWith(marker), { timeout: 20_000 }).toHaveLength(1);

  stop.abort(new Error('stopped'));

  await expect(checking).rejects.toThrow('stopped');
  expect(await processesWith(marker)).toEqual([]);
  expect(await readdir(scratchFolder)).toEqual([]);
});
