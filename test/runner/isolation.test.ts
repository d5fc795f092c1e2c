import { spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { aJobServer, runnerPath, runScript, trainingPython, writeSubmission } from '../support/runner-kit.ts';
import { tempFolder } from '../support/temp-folder.ts';

const python = trainingPython();
/** Containers and hardened systems often forbid user namespaces; there is nothing to test then. */
const hasNamespaces =
  spawnSync('unshare', ['--user', '--map-root-user', '--net', '--pid', '--fork', 'true']).status === 0;
const walledTest = test.skipIf(python === '' || !hasNamespaces);

/** Looks for a text wherever a script may look: its environment, and the files of every process. */
const search = (canary: string) => `${writeSubmission}
canary = "${canary.slice(0, 8)}" + "${canary.slice(8)}"
print("environment", sorted(os.environ))
found = canary in repr(os.environ)
for pid in filter(str.isdigit, os.listdir("/proc")):
    for name in ("environ", "cmdline"):
        try: found = found or canary.encode() in open(f"/proc/{pid}/{name}", "rb").read()
        except OSError: pass
print("canary found" if found else "canary not found")
`;

test.skipIf(python === '')('a script sees no variable of its starter', async () => {
  const server = await aJobServer();
  const canary = randomUUID();
  const script = `${writeSubmission}
print("environment", sorted(os.environ), repr(os.environ).count("${canary}"))
`;

  await runScript(
    python,
    server,
    script,
    {},
    { args: ['--plain'], env: { KAGGLE_KEY: canary, HOME: `/home/${canary}` } },
  );

  const log = await server.readText('run.log');
  expect(log).toContain("'HOME', 'LANG'");
  expect(log).not.toContain('KAGGLE_KEY');
  expect(log).not.toContain(canary);
});

walledTest('behind the walls no process of the machine is visible, nor its secrets', async () => {
  const server = await aJobServer();
  const canary = randomUUID();

  await runScript(python, server, search(canary), {}, { env: { KAGGLE_KEY: canary } });

  expect(await server.readText('run.log')).toContain('canary not found');
  expect((await server.result()).isolation).toEqual({ network: true, processes: true, files: true });
});

walledTest('behind the walls there is no network, neither outside nor on this machine', async () => {
  const server = await aJobServer();
  const script = `${writeSubmission}
import socket, urllib.request
for url in ("${server.url()}/objects/job/sheet.json", "http://169.254.169.254/latest/meta-data"):
    try: print("reached", urllib.request.urlopen(url, timeout=5).status)
    except OSError as error: print("not reached", error)
own = socket.socket(); own.bind(("127.0.0.1", 0)); own.listen()
socket.create_connection(own.getsockname(), timeout=5)
print("own workers reached")
`;

  await runScript(python, server, script);

  const log = await server.readText('run.log');
  expect(log.match(/^not reached/gm)).toHaveLength(2);
  expect(log).toContain('own workers reached');
});

walledTest('a job that may use the network reaches it', async () => {
  const server = await aJobServer();
  const script = `${writeSubmission}
import urllib.error, urllib.request
try: urllib.request.urlopen("${server.url()}/objects/job/sheet.json", timeout=5)
except urllib.error.HTTPError as error: print("reached", error.code)
`;

  await runScript(python, server, script, { isolation: { network: 'inherit' } });

  expect(await server.readText('run.log')).toContain('reached 403');
});

walledTest('hidden folders and files are empty, and nothing outside scratch can be written', async () => {
  const server = await aJobServer();
  const folder = await tempFolder();
  const canary = randomUUID();
  await writeFile(join(folder, 'labels.csv'), canary);
  const settings = join(await tempFolder(), '.env');
  await writeFile(settings, canary);
  const socket = join(await tempFolder(), 'daemon.sock');
  const daemon = createServer().listen(socket);
  onTestFinished(() => void daemon.close());
  const script = `${writeSubmission}
import socket, subprocess
try: socket.socket(socket.AF_UNIX).connect(${JSON.stringify(socket)}); print("reached a daemon")
except OSError: print("reached no daemon")
print("listed", os.listdir(${JSON.stringify(folder)}))
print("read", repr(open(${JSON.stringify(settings)}).read()))
for path in (${JSON.stringify(join(folder, 'new'))}, "/tmp/kaggle-agent-new", os.path.expanduser("~/own")):
    try: open(path, "w").close(); print("written", path)
    except OSError as error: print("not written", path)
open("/dev/null", "r+b").close()  # as devices of a graphics card are opened
print(subprocess.run(["umount", ${JSON.stringify(folder)}], capture_output=True).returncode != 0)
print("after", os.listdir(${JSON.stringify(folder)}))
`;

  await runScript(
    python,
    server,
    script,
    {},
    { args: ['--hide', folder, '--hide', settings, '--hide', socket] },
  );

  const log = await server.readText('run.log');
  expect(log).not.toContain(canary);
  expect(log).toContain("read ''");
  expect(log).toContain('reached no daemon');
  expect(log.match(/^not written/gm)).toHaveLength(2);
  expect(log).toMatch(/^written .*\/home\/own$/m);
  expect(log).toContain('after []');
});

walledTest('a scratch folder below a hidden folder still works', async () => {
  const server = await aJobServer();

  const { errors } = await runScript(
    python,
    server,
    writeSubmission,
    {},
    { args: ['--hide', '/tmp', '--hide', '/var/tmp'] },
  );

  expect(errors).toBe('');
  expect(await server.result()).toMatchObject({ exitClass: 'ok' });
});

walledTest('walls that fall before the script has ended are no good end of it', async () => {
  const folder = await tempFolder();
  const limits = { memory_bytes: null, cpu_seconds: null, file_size_bytes: null, processes: null };
  const settings = {
    parent: process.pid,
    command: [python, '-c', ''],
    environment: {},
    folder,
    scratch: folder,
    no_network: true,
    plain: false,
    hidden: [folder],
    kept: [join(folder, 'gone')],
    limits,
  };

  const { output } = spawnSync(python, ['-I', '-S', join(dirname(runnerPath), 'launch.py'), '3'], {
    input: JSON.stringify(settings),
    stdio: ['pipe', 'pipe', 'pipe', 'pipe'],
    encoding: 'utf8',
  });

  expect(output[2]).toContain('The walls around the script failed');
  expect(output[3]).toMatch(/^\{"status": [1-9]\d*\}\n$/);
});
