import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { heartbeatSchema } from '../../src/domain/run-contract.ts';
import {
  aJobServer,
  anOutput,
  aSheet,
  processesWith,
  publishSheet,
  runScript,
  sha256Of,
  startRunner,
  trainingPython,
  writeSubmission,
} from '../support/runner-kit.ts';
import { tempFolder } from '../support/temp-folder.ts';

const python = trainingPython();
const runnerTest = test.skipIf(python === '');

runnerTest(
  'a good run uploads its outputs, log and heartbeat, and last a result that names them',
  async () => {
    const server = await aJobServer();
    const script = `${writeSubmission}
print("arguments", sys.argv[1:])
print('::progress {"done":3,"total":10,"label":"fold 3 of 5"}')
import time; time.sleep(0.6)
`;

    const { exitCode, scratch } = await runScript(python, server, script, { debug: true });

    expect(exitCode).toBe(0);
    expect(await server.result()).toMatchObject({
      job: 'job-1',
      token: 'token-1',
      exitClass: 'ok',
      exitCode: 0,
      files: [{ name: 'submission.csv', sizeBytes: 9, sha256: sha256Of('id,y\n1,0\n') }],
    });
    expect(await server.readText('submission.csv')).toBe('id,y\n1,0\n');
    expect(await server.readText('run.log')).toContain("'--seed', '7', '--time-limit', '30', '--debug'");
    const heartbeat = heartbeatSchema.parse(JSON.parse(await server.readText('heartbeat.json')));
    expect(heartbeat).toMatchObject({
      token: 'token-1',
      progress: { done: 3, total: 10, label: 'fold 3 of 5' },
    });
    expect(heartbeat.sequence).toBeGreaterThan(1);
    expect(existsSync(scratch)).toBe(false);
  },
);

runnerTest('a script that fails is a script error with the end of its output', async () => {
  const server = await aJobServer();

  await runScript(python, server, 'print("before")\nraise KeyError("Survived")\n');

  const result = await server.result();
  expect(result).toMatchObject({ exitClass: 'script_error', exitCode: 1, files: [] });
  expect(result.logTail).toContain("KeyError: 'Survived'");
});

runnerTest('a run without a required file is told apart from one that failed', async () => {
  const server = await aJobServer();

  await runScript(python, server, 'print("nothing written")\n');

  expect(await server.result()).toMatchObject({
    exitClass: 'missing_output',
    exitCode: 0,
    message: 'submission.csv was not written.',
  });
});

runnerTest(
  'at the time limit a script that ignores SIGTERM is killed, and what it wrote is kept',
  async () => {
    const server = await aJobServer();
    const marker = randomUUID();
    const script = `${writeSubmission}
import signal, subprocess, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)", "${marker}"])
time.sleep(600)
`;

    await runScript(python, server, script, { timeLimitSeconds: 1 });

    const result = await server.result();
    expect(result).toMatchObject({
      exitClass: 'time_limit',
      exitCode: null,
      files: [{ name: 'submission.csv' }],
    });
    expect(result.seconds).toBeLessThan(15);
    expect(await processesWith(marker)).toEqual([]);
  },
);

runnerTest('a script that answers SIGTERM may finish its files in the grace period', async () => {
  const server = await aJobServer();
  const script = `
import os, signal, sys, time
OUT = sys.argv[sys.argv.index("--out") + 1]
def finish(*_):
    open(os.path.join(OUT, "submission.csv"), "w").write("late")
    sys.exit(0)
signal.signal(signal.SIGTERM, finish)
time.sleep(600)
`;

  await runScript(python, server, script, { timeLimitSeconds: 1, graceSeconds: 10 });

  expect(await server.result()).toMatchObject({ exitClass: 'time_limit', files: [{ sizeBytes: 4 }] });
});

runnerTest('a script that waits for ever is stuck, and its log says where it stood', async () => {
  const server = await aJobServer();
  const script = `
import threading
def waits_for_itself():
    lock = threading.Lock()
    lock.acquire()
    lock.acquire()
waits_for_itself()
`;

  await runScript(python, server, script, { limits: { idleSeconds: 1 }, graceSeconds: 10 });

  const result = await server.result();
  expect(result).toMatchObject({
    exitClass: 'time_limit',
    message: 'The script was stuck: for 1 s it did nothing.',
  });
  expect(result.logTail).toMatch(/line 6 in waits_for_itself/);
});

runnerTest('a script that works in silence is not stuck', async () => {
  const server = await aJobServer();
  const script = `${writeSubmission}
import time
end = time.monotonic() + 1.6
while time.monotonic() < end:
    pass
`;

  await runScript(python, server, script, { limits: { idleSeconds: 1 } });

  expect(await server.result()).toMatchObject({ exitClass: 'ok' });
});

runnerTest('processor time is limited too', async () => {
  const server = await aJobServer();

  await runScript(python, server, 'while True: pass\n', { limits: { cpuSeconds: 1 } });

  expect(await server.result()).toMatchObject({ exitClass: 'time_limit' });
});

runnerTest('one large allocation ends as out of memory', async () => {
  const server = await aJobServer();

  await runScript(python, server, 'block = bytearray(200 * 1024**3)\n', {
    limits: { memoryBytes: 500_000_000 },
  });

  expect(await server.result()).toMatchObject({ exitClass: 'out_of_memory' });
});

runnerTest('many processes that are small alone are out of memory together', async () => {
  const server = await aJobServer();
  const script = `
import os, time
for _ in range(4):
    if os.fork() == 0:
        block = bytearray(os.urandom(1024)) * (100 * 1024)
        time.sleep(600)
time.sleep(600)
`;

  await runScript(python, server, script, { limits: { memoryBytes: 300_000_000 } });

  expect(await server.result()).toMatchObject({
    exitClass: 'out_of_memory',
    message: 'The script used more than 300 MB of memory.',
  });
});

runnerTest('a huge log is kept in part, cleaned, and its end is told', async () => {
  const server = await aJobServer();
  const script = `${writeSubmission}
print("the beginning")
line = "\\x1b[31m" + "x" * 200 + "\\x1b[0m"
for _ in range(200_000): print(line)
for step in range(1000): print(f"\\r{step} %", end="", flush=True)
sys.stdout.buffer.write(b"\\n" + bytes([255]) * 1_000_000)
print('\\n::progress {"done":1,"total":2,"label":"half of \\\\ud83d"}')
print("\\rdone\\x07\\nthe end")
`;

  await runScript(python, server, script);

  const log = await server.readText('run.log');
  expect(Buffer.byteLength(log)).toBeLessThan(5_200_000);
  expect(log).toMatch(/^the beginning\n/);
  expect(log).toMatch(/bytes left out here/);
  expect(log).toContain('\ndone\nthe end\n');
  expect(log).not.toContain('\x1b');
  const { exitClass, logTail } = await server.result();
  expect(exitClass).toBe('ok');
  expect(logTail.length).toBeLessThanOrEqual(5_100);
  expect(logTail).toContain('the end');
  // Half of a character is nothing that a database takes.
  const { progress } = heartbeatSchema.parse(JSON.parse(await server.readText('heartbeat.json')));
  expect(progress).toEqual({ done: 1, total: 2, label: 'half of ?' });
});

runnerTest('a machine that lacks what the run needs says so, and fetches nothing', async () => {
  const server = await aJobServer();

  await runScript(python, server, writeSubmission, { needs: { memoryBytes: 1e15, diskBytes: null } });
  const memory = await server.result();
  await server.store.remove('job/result.json');
  await runScript(python, server, writeSubmission, { needs: { memoryBytes: null, diskBytes: 1e15 } });

  expect(memory).toMatchObject({ exitClass: 'unfit_machine', files: [] });
  expect(memory.message).toMatch(/^There is not enough memory: 1000000000 MB needed, \d+ MB free\.$/);
  expect(await server.result()).toMatchObject({
    exitClass: 'unfit_machine',
    message: expect.stringMatching(/^There is not enough disk space: 1000000\d+ MB needed/),
  });
});

runnerTest('a file above the limit of one file ends the script', async () => {
  const server = await aJobServer();
  const script = `${writeSubmission}
with open(os.path.join(OUT, "model.bin"), "wb") as file:
    while True: file.write(bytes(1_000_000))
`;

  await runScript(python, server, script, { limits: { fileSizeBytes: 5_000_000 } });

  const { exitClass, logTail, message } = await server.result();
  expect(exitClass).toBe('script_error');
  expect(`${message} ${logTail}`).toMatch(/File too large|file of more than/);
});

runnerTest('a script that fills the disk with many files is stopped', async () => {
  const server = await aJobServer();
  const script = `${writeSubmission}
import time
for number in range(100):
    open(os.path.join(sys.argv[sys.argv.index("--data") + 1], str(number)), "wb").write(bytes(1_000_000))
time.sleep(600)
`;

  await runScript(python, server, script, { limits: { diskBytes: 20_000_000 } });

  expect(await server.result()).toMatchObject({
    exitClass: 'script_error',
    message: 'The script wrote more than 20 MB to disk.',
  });
});

runnerTest('a fork bomb is stopped by the limit of processes', async () => {
  const server = await aJobServer();
  const marker = randomUUID();
  const script = `
import os, subprocess, sys, time
while True:
    try: subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)", "${marker}"])
    except OSError: time.sleep(0.1)
`;

  await runScript(python, server, script, { limits: { processes: 20 } });

  expect(await server.result()).toMatchObject({
    exitClass: 'script_error',
    message: 'The script started more than 20 processes.',
  });
  expect(await processesWith(marker)).toEqual([]);
});

runnerTest('a helper that left by double fork and setsid is gone when the run is over', async () => {
  const server = await aJobServer();
  const marker = randomUUID();
  const script = `${writeSubmission}
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        os.execve(sys.executable, [sys.executable, "-c", "import time; time.sleep(600)", "${marker}"], {})
    os._exit(0)
import time
time.sleep(0.5)
`;

  await runScript(python, server, script);

  expect(await server.result()).toMatchObject({ exitClass: 'ok' });
  expect(await processesWith(marker)).toEqual([]);
});

runnerTest.each([
  ['a link to a file elsewhere', 'os.symlink("/etc/passwd", target)'],
  [
    'a second name of a file elsewhere',
    'open(OUT + "/../home/x", "w").write("x"); os.link(OUT + "/../home/x", target)',
  ],
  ['a FIFO', 'os.mkfifo(target)'],
  ['a folder', 'os.mkdir(target)'],
  ['a file above its limit', 'open(target, "wb").write(bytes(2_000_000))'],
])('%s is not taken as output', async (_what, make) => {
  const server = await aJobServer();
  const script = `
import os, sys
OUT = sys.argv[sys.argv.index("--out") + 1]
target = os.path.join(OUT, "submission.csv")
${make}
`;

  await runScript(python, server, script);

  expect(await server.result()).toMatchObject({ exitClass: 'missing_output', files: [] });
  expect(await server.has('submission.csv')).toBe(false);
});

runnerTest('an out folder that the script replaced by a link is not followed', async () => {
  const server = await aJobServer();
  const outside = await tempFolder();
  await writeFile(join(outside, 'submission.csv'), 'stolen');
  const script = `
import os, shutil, sys
OUT = sys.argv[sys.argv.index("--out") + 1]
shutil.rmtree(OUT)
os.symlink(${JSON.stringify(outside)}, OUT)
`;

  await runScript(python, server, script);

  expect(await server.result()).toMatchObject({ exitClass: 'missing_output', files: [] });
});

runnerTest('a result that the script writes itself, and printed heartbeats, change nothing', async () => {
  const server = await aJobServer();
  const script = `
import os, sys
OUT = sys.argv[sys.argv.index("--out") + 1]
for folder in (OUT, os.path.dirname(OUT), "."):
    open(os.path.join(folder, "result.json"), "w").write('{"schema":1,"exitClass":"ok"}')
print('::heartbeat {"sequence":99}')
print('::progress {"done":1e999,"total":0}')
sys.exit(3)
`;

  await runScript(python, server, script);

  expect(await server.result()).toMatchObject({
    exitClass: 'script_error',
    exitCode: 3,
    token: 'token-1',
    files: [],
  });
  expect(JSON.parse(await server.readText('heartbeat.json'))).toMatchObject({ progress: null });
});

runnerTest('a cancelled run ends its script and says so', async () => {
  const server = await aJobServer();
  const marker = randomUUID();
  const script = `${writeSubmission}
import subprocess
subprocess.run([sys.executable, "-c", "import time; time.sleep(600)", "${marker}"])
`;
  const runner = await startRunner(python, await publishSheet(server, await aSheet(server, script)));
  await expect.poll(() => processesWith(marker), { timeout: 20_000 }).toHaveLength(1);

  runner.child.kill('SIGTERM');

  expect(await runner.ended).toBe(0);
  expect(await server.result()).toMatchObject({
    exitClass: 'cancelled',
    files: [{ name: 'submission.csv' }],
  });
  expect(await processesWith(marker)).toEqual([]);
});

runnerTest('a runner that is asked many times to stop stops once', async () => {
  const server = await aJobServer();
  const location = await publishSheet(server, await aSheet(server, 'import time; time.sleep(600)\n'));
  const runner = await startRunner(python, location);
  await expect
    .poll(() => processesWith(`${runner.scratch}/code/train.py`), { timeout: 20_000 })
    .toHaveLength(1);

  for (let times = 0; times < 300; times += 1) runner.child.kill('SIGTERM');

  expect(await runner.ended).toBe(0);
  expect(await server.result()).toMatchObject({ exitClass: 'cancelled' });
});

runnerTest('when its starter disappears, the runner kills everything and leaves', async () => {
  const server = await aJobServer();
  const marker = randomUUID();
  const script = `
import os, subprocess, sys
subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)", "${marker}"], start_new_session=True)
subprocess.run([sys.executable, "-c", "import time; time.sleep(600)", "${marker}"])
`;
  const location = await publishSheet(server, await aSheet(server, script));
  const runner = await startRunner(python, location, { args: ['--watch-stdin'] });
  await expect.poll(() => processesWith(marker), { timeout: 20_000 }).toHaveLength(2);

  runner.child.stdin.end();

  expect(await runner.ended).toBe(3);
  expect(await processesWith(marker)).toEqual([]);
  expect(existsSync(runner.scratch)).toBe(false);
});

runnerTest('an upload that is refused for good makes the run fail with a reason', async () => {
  const server = await aJobServer();
  const outputs = [
    { ...(await anOutput(server, 'submission.csv', true)), url: `${server.url()}/objects/other` },
  ];

  await runScript(python, server, writeSubmission, { outputs });

  expect(await server.result()).toMatchObject({
    exitClass: 'runner_error',
    message: 'submission.csv could not be uploaded.',
    files: [],
  });
});
