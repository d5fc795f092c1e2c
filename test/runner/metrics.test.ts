import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { heartbeatSchema } from '../../src/domain/run-contract.ts';
import { aJobServer, runScript, trainingPython, writeSubmission } from '../support/runner-kit.ts';
import { tempFolder } from '../support/temp-folder.ts';

const python = trainingPython();
const runnerTest = test.skipIf(python === '');

runnerTest(
  'numbers that a script measures are in its heartbeats and its result, and nonsense is not',
  async () => {
    const server = await aJobServer();
    const script = `${writeSubmission}
print('::metric {"name":"val/auc","step":3,"value":0.81}')
print('::metric {"name":"val/auc","value":NaN}')
print('::metric {"name":"val/auc","step":-1,"value":1}')
print('::metric {"name":"val/auc","step":9007199254740992,"value":1}')
print('::metric {"name":"__proto__","value":1}')
print('::metric {"name":"a","value":"1"}')
print('::metric {"name":"a","value":true}')
print('::metric {"name":"a","value":1' + '0' * 400 + '}')
print('::metric [1]')
print('::metric {"name":"loss","step":4,"value":-2}')
print('::progress {"done":1,"total":2,"label":"' + chr(0x1F600) * 100 + '"}')
print('::progress {"done":1' + '0' * 400 + ',"total":2}')
import sys, time
sys.stdout.flush(); time.sleep(0.6)
`;

    await runScript(python, server, script);

    const told = [
      { seq: 0, name: 'val/auc', step: 3, value: 0.81 },
      { seq: 1, name: 'val/auc', step: 1, value: null },
      { seq: 2, name: 'loss', step: 4, value: -2 },
    ];
    const result = await server.result();
    expect(result.metrics).toMatchObject(told);
    expect(result.metrics).toHaveLength(3);
    expect(result.logTail).not.toContain('::metric');
    const heartbeat = heartbeatSchema.parse(JSON.parse(await server.readText('heartbeat.json')));
    expect(heartbeat.metrics).toMatchObject(told);
    expect(heartbeat.progress).toEqual({ done: 1, total: 2, label: '\u{1f600}'.repeat(60) });
  },
);

runnerTest('of very many numbers a bounded part is kept, from the beginning to the end', async () => {
  const server = await aJobServer();
  const script = `${writeSubmission}
for step in range(30000):
    print('::metric {"name":"m%d","step":%d,"value":1}' % (step % 100, step))
`;

  await runScript(python, server, script);

  const { metrics } = await server.result();
  expect(metrics.length).toBeLessThanOrEqual(2_000);
  expect(metrics.length).toBeGreaterThan(900);
  expect(new Set(metrics.map(({ name }) => name)).size).toBeLessThanOrEqual(64);
  expect(metrics.at(0)?.step).toBeLessThan(1_000);
  expect(metrics.at(-1)?.step).toBeGreaterThan(29_000);
});

runnerTest(
  'a script that tracks its run itself does so offline, and finds no key, wherever it looks',
  async () => {
    const server = await aJobServer();
    const key = 'a-key-of-weights-and-biases-0123456789abcdef';
    const home = await tempFolder();
    await writeFile(join(home, '.netrc'), `machine api.wandb.ai login user password ${key}\n`);
    const script = `${writeSubmission}
import glob, os, pathlib
print("mode", os.environ["WANDB_MODE"], os.environ["WANDB_SILENT"])
seen = dict(os.environ)
for name in glob.glob("/proc/*/environ"):
    try:
        seen[name] = open(name, "rb").read().decode("utf-8", "replace")
    except OSError:
        pass
for name in (".netrc", ".config/wandb/settings"):
    try:
        seen[name] = pathlib.Path(os.environ["HOME"], name).read_text()
    except OSError:
        pass
print("found", sorted(name for name, value in seen.items() if "a-key-of-weights" in value), "WANDB_API_KEY" in os.environ)
try:
    import wandb
    run = wandb.init(project="x"); run.log({"a": 1}); run.finish()
    print("logged")
except ImportError:
    print("no wandb")
`;

    await runScript(python, server, script, {}, { env: { WANDB_API_KEY: key, HOME: home } });

    const { exitClass, logTail } = await server.result();
    expect(exitClass).toBe('ok');
    expect(logTail).toContain('mode offline true');
    expect(logTail).toContain('found [] False');
    expect(logTail).toMatch(/logged|no wandb/);
  },
);
