import { randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import {
  aJobServer,
  aSheet,
  processesWith,
  publishSheet,
  runScript,
  startRunner,
  trainingPython,
  writeSubmission,
} from '../support/runner-kit.ts';

// Many machines (containers above all) allow no namespaces; then the runner alone has to hold the script.
const python = trainingPython();
const plainTest = test.skipIf(python === '');
const options = { args: ['--plain'] };

/** A child in a session of its own, orphaned, with an empty environment. */
const escapedHelper = (marker: string) => `
import os, sys
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        os.execve(sys.executable, [sys.executable, "-c", "import time; time.sleep(600)", "${marker}"], {})
    os._exit(0)
`;

plainTest('without walls a run works, and its result claims none', async () => {
  const server = await aJobServer();

  await runScript(python, server, writeSubmission, {}, options);

  expect(await server.result()).toMatchObject({
    exitClass: 'ok',
    isolation: { network: false, processes: false, files: false },
  });
});

plainTest(
  'without walls a helper that left by double fork and setsid is gone when the run is over',
  async () => {
    const server = await aJobServer();
    const marker = randomUUID();

    await runScript(
      python,
      server,
      `${writeSubmission}${escapedHelper(marker)}import time; time.sleep(0.5)\n`,
      {},
      options,
    );

    expect(await server.result()).toMatchObject({ exitClass: 'ok' });
    expect(await processesWith(marker)).toEqual([]);
  },
);

plainTest('without walls the time limit ends workers and escaped helpers too', async () => {
  const server = await aJobServer();
  const marker = randomUUID();
  const script = `${escapedHelper(marker)}
import signal, subprocess, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)", "${marker}"])
time.sleep(600)
`;

  await runScript(python, server, script, { timeLimitSeconds: 1 }, options);

  expect(await server.result()).toMatchObject({ exitClass: 'time_limit' });
  expect(await processesWith(marker)).toEqual([]);
});

plainTest('without walls a fork bomb is stopped', async () => {
  const server = await aJobServer();
  const marker = randomUUID();
  const script = `
import subprocess, sys, time
while True:
    try: subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)", "${marker}"])
    except OSError: time.sleep(0.1)
`;

  await runScript(python, server, script, { limits: { processes: 20 } }, options);

  expect(await server.result()).toMatchObject({ exitClass: 'script_error' });
  expect(await processesWith(marker)).toEqual([]);
});

plainTest('without walls the end of the starter ends everything', async () => {
  const server = await aJobServer();
  const marker = randomUUID();
  const script = `${escapedHelper(marker)}import time; time.sleep(600)  # ${marker}\n`;
  const location = await publishSheet(server, await aSheet(server, script));
  const runner = await startRunner(python, location, { args: ['--plain', '--watch-stdin'] });
  await expect.poll(() => processesWith(marker), { timeout: 20_000 }).toHaveLength(1);

  runner.child.stdin.end();

  expect(await runner.ended).toBe(3);
  expect(await processesWith(marker)).toEqual([]);
});

plainTest('a killed runner takes its script with it, with walls and without', async () => {
  for (const args of [[], ['--plain']]) {
    const server = await aJobServer();
    const location = await publishSheet(server, await aSheet(server, 'import time; time.sleep(600)\n'));
    const runner = await startRunner(python, location, { args });
    await expect
      .poll(() => processesWith(`${runner.scratch}/code/train.py`), { timeout: 20_000 })
      .toHaveLength(1);

    runner.child.kill('SIGKILL');

    await expect
      .poll(() => processesWith(`${runner.scratch}/code/train.py`), { timeout: 20_000 })
      .toEqual([]);
  }
});
