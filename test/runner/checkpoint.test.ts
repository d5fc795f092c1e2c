import { spawnSync } from 'node:child_process';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { expect, test, vi } from 'vitest';
import { heartbeatSchema, type JobSheet } from '../../src/domain/run-contract.ts';
import {
  aJobServer,
  aServer,
  aSheet,
  type JobServer,
  publishSheet,
  runScript,
  startRunner,
  trainingPython,
} from '../support/runner-kit.ts';

const python = trainingPython();
const runnerTest = test.skipIf(python === '');

/** Keeps a count of its steps, and says with which it began. */
const counts = (steps: number, more = '') => `
import json, os, sys, time
OUT = sys.argv[sys.argv.index("--out") + 1]
KEPT = os.environ["CHECKPOINT_DIR"]
FILE = os.path.join(KEPT, "state.json")
at = json.load(open(FILE))["step"] if os.path.exists(FILE) else 0
print("begins at", at, sorted(os.listdir(KEPT)), flush=True)
${more}
for step in range(at + 1, ${steps} + 1):
    with open(FILE + ".tmp", "w") as file:
        json.dump({"step": step}, file)
    os.replace(FILE + ".tmp", FILE)
    print("step", step, flush=True)
    while step == ${steps} - 1 and at == 0:
        time.sleep(0.05)
open(os.path.join(OUT, "submission.csv"), "w").write(f"steps,{at}")
`;

/** Saves another state again and again. */
const writesOn = `
import os, time
FILE = os.path.join(os.environ["CHECKPOINT_DIR"], "state")
for step in range(100_000):
    open(FILE + ".tmp", "w").write(str(step))
    os.replace(FILE + ".tmp", FILE)
    time.sleep(0.05)
`;

async function terms(server: JobServer, more: Partial<NonNullable<JobSheet['checkpoint']>> = {}) {
  const nameOf = (slot: string) => `checkpoint-${slot}.tar.gz`;
  const slotOf = async (slot: string) => ({
    put: await server.link(nameOf(slot), 'PUT'),
    get: await server.link(nameOf(slot), 'GET'),
  });
  return {
    earlier: {
      heartbeat: await server.link('heartbeat.json', 'GET'),
      result: await server.link('result.json', 'GET'),
    },
    checkpoint: {
      everySeconds: 0.1,
      maxBytes: 1_000_000,
      totalBytes: null,
      slots: { a: await slotOf('a'), b: await slotOf('b') },
      restore: [],
      ...more,
    },
  };
}

async function heartbeatOf(server: JobServer) {
  return heartbeatSchema.parse(JSON.parse(await server.readText('heartbeat.json')));
}

/** Waits until a heartbeat tells of a checkpoint that holds `state`, for files of the store that never lie. */
async function untilKept(server: JobServer, state: string) {
  return await vi.waitFor(async () => {
    const { checkpoint } = await heartbeatOf(server);
    if (checkpoint === null) throw new Error('none yet');
    const archive = await buffer(await server.store.get(`job/checkpoint-${checkpoint.slot}.tar.gz`));
    const { stdout } = spawnSync('tar', ['xzO'], { input: archive });
    expect(stdout.toString()).toBe(state);
    return checkpoint;
  }, 20_000);
}

runnerTest(
  'a machine that dies is followed by one that goes on, by the same sheet or by that of the next start',
  async () => {
    const server = await aJobServer();
    const sheet = await aSheet(server, counts(4), await terms(server));
    const first = await startRunner(python, await publishSheet(server, sheet));
    const kept = await untilKept(server, '{"step": 3}');
    first.child.kill('SIGKILL');
    await first.ended;

    const again = await startRunner(python, await publishSheet(server, sheet));
    expect(await again.ended).toBe(0);

    expect(await server.readText('run.log')).toContain("begins at 3 ['state.json']\nstep 4");
    const { exitClass, resumedFrom } = await server.result();
    expect({ exitClass, resumedFrom }).toEqual({
      exitClass: 'ok',
      resumedFrom: {
        token: 'token-1',
        sequence: kept.sequence,
        seconds: kept.seconds,
        sizeBytes: kept.sizeBytes,
      },
    });
    // A third time there is nothing to do.
    const third = await startRunner(python, await publishSheet(server, sheet));
    expect(await third.ended).toBe(0);
    expect(third.errors()).toContain('has its result already');

    await server.store.remove('job/result.json');
    await server.store.remove('job/heartbeat.json');
    const { slot, ...facts } = kept;
    const whole = { ...facts, token: 'token-1', url: await server.link(`checkpoint-${slot}.tar.gz`, 'GET') };
    const damaged = { ...whole, sha256: '0'.repeat(64), sequence: 9 };
    await runScript(python, server, counts(4), {
      token: 'token-2',
      ...(await terms(server, { restore: [damaged, whole] })),
    });

    expect(await server.result()).toMatchObject({
      token: 'token-2',
      resumedFrom: { token: 'token-1', sequence: kept.sequence },
    });
    const log = await server.readText('run.log');
    expect(log).toMatch(/checkpoint of start token-1 is left out: .*another checksum/);
    expect(log).toContain('begins at 3');
  },
);

runnerTest('a run that is told to end keeps what it saved last, and then has no result', async () => {
  const server = await aJobServer();
  const finish = `
import signal
def save(*_):
    open(FILE, "w").write('{"step": 8}')
    sys.exit(1)
signal.signal(signal.SIGTERM, save)
`;
  const changes = await terms(server, { everySeconds: 600 });
  const sheet = await aSheet(server, counts(4, finish), { ...changes, graceSeconds: 10 });
  const runner = await startRunner(python, await publishSheet(server, sheet), { args: ['--begins-again'] });
  await vi.waitFor(async () => expect((await heartbeatOf(server)).logTail).toContain('step 3'), 20_000);

  runner.child.kill('SIGTERM');

  expect(await runner.ended).toBe(1);
  expect(await server.has('result.json')).toBe(false);
  await untilKept(server, '{"step": 8}');
});

runnerTest(
  'nothing but finished files of the folder itself is kept, and too much is left alone',
  async () => {
    const server = await aJobServer();
    const mischief = `
os.symlink("/etc/passwd", os.path.join(KEPT, "link"))
os.link(__file__, os.path.join(KEPT, "second-name"))
os.mkfifo(os.path.join(KEPT, "fifo"))
os.symlink("/etc", os.path.join(KEPT, "folder"))
open(os.path.join(KEPT, ".hidden"), "w").write("x")
open(os.path.join(KEPT, "half.tmp"), "w").write("x")
os.makedirs(os.path.join(KEPT, "deeper"))
open(os.path.join(KEPT, "deeper", "epoch=3 (best).ckpt"), "w").write("y")
`;
    const sheet = await aSheet(server, counts(4, mischief), await terms(server));
    const runner = await startRunner(python, await publishSheet(server, sheet));
    const { slot } = await untilKept(server, '{"step": 3}y');
    const archive = await buffer(await server.store.get(`job/checkpoint-${slot}.tar.gz`));
    const { stdout } = spawnSync('tar', ['tz'], { input: archive });
    expect(stdout.toString().trim().split('\n').sort()).toEqual(['deeper/epoch=3 (best).ckpt', 'state.json']);
    runner.child.kill('SIGKILL');
    await runner.ended;

    await server.store.remove('job/heartbeat.json');
    const large = `open(os.path.join(KEPT, "large"), "wb").write(bytes(2_000_000)); time.sleep(0.5); sys.exit(3)`;
    await runScript(python, server, counts(4, large), await terms(server));

    const log = await server.readText('run.log');
    expect(log.match(/No checkpoint was kept\. Its files are larger than 1 MB together\./g)).toHaveLength(1);
    expect(await server.result()).toMatchObject({ exitClass: 'script_error', resumedFrom: null });
  },
);

runnerTest('the slot that the newest heartbeat tells of is not written while that is so', async () => {
  const server = await aJobServer();
  const calls: string[] = [];
  let told = '';
  const answer = async (request: IncomingMessage, response: ServerResponse) => {
    const body = await buffer(request);
    const name = request.url?.slice(1) ?? '';
    const isHeartbeat = name === 'heartbeat';
    if (isHeartbeat && told === '') {
      told = heartbeatSchema.parse(JSON.parse(body.toString())).checkpoint?.slot ?? '';
      response.end();
      return;
    }
    calls.push(told === '' ? 'before' : name);
    // From the first checkpoint on no heartbeat arrives any more.
    response.writeHead(isHeartbeat ? 403 : 200).end();
  };
  const url = await aServer((request, response) => void answer(request, response));
  const slotOf = (slot: string) => ({ put: `${url}/${slot}`, get: `${url}/${slot}` });
  const { checkpoint } = await terms(server, { slots: { a: slotOf('a'), b: slotOf('b') } });
  const sheet = await aSheet(server, writesOn, {
    checkpoint,
    uploads: { heartbeat: `${url}/heartbeat`, log: null, result: `${url}/result` },
  });
  const runner = await startRunner(python, await publishSheet(server, sheet));

  const isHeartbeat = (name: string) => name === 'heartbeat';
  await vi.waitFor(() => expect(calls.filter(isHeartbeat).length).toBeGreaterThan(8), 20_000);

  runner.child.kill('SIGKILL');
  await runner.ended;
  expect(told).toBe('a');
  expect(calls.filter((name) => name !== 'before' && !isHeartbeat(name))).toEqual(['b']);
});
