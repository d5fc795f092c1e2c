import { spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { aGate, aGateRequest, changed, gatePython } from '../../support/gate-kit.ts';
import { tempFolder } from '../../support/temp-folder.ts';

/** Containers and hardened systems often forbid user namespaces; there is nothing to test then. */
const hasNamespaces =
  spawnSync('unshare', ['--user', '--map-root-user', '--net', '--pid', '--fork', 'true']).status === 0;
const sealedTest = test.skipIf(gatePython === '' || !hasNamespaces);
const signal = AbortSignal.timeout(120_000);

sealedTest(
  'a script that looks for secrets, files and the network in its debug run finds nothing',
  async () => {
    const [secretFolder, canary] = [await tempFolder(), randomUUID()];
    await mkdir(join(secretFolder, 'objects'));
    await writeFile(join(secretFolder, 'objects', 'truth.json'), canary);
    const keyFile = join(secretFolder, 'id_ed25519');
    await writeFile(keyFile, canary);
    const server = createServer((socket) => socket.end(canary));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void server.close());
    const address = server.address();
    const port = address !== null && typeof address === 'object' ? address.port : 0;
    const script = changed(
      'start',
      `
import os, socket
found = []
for path in (${JSON.stringify(keyFile)}, ${JSON.stringify(join(secretFolder, 'objects', 'truth.json'))}, "/etc/shadow"):
    try:
        if open(path).read(): found.append(path)
    except OSError: pass
for host in (("127.0.0.1", ${port}), ("192.0.2.1", 80)):
    try:
        socket.create_connection(host, 2)
        found.append(host)
    except OSError: pass
found += [name for name in os.environ if any(word in name for word in ("KEY", "TOKEN", "SECRET", "PASSWORD", "URL"))]
try:
    open(${JSON.stringify(join(secretFolder, 'written'))}, "w")
    found.append("it wrote")
except OSError: pass
assert not found, found`,
    );
    const hiddenPaths = [join(secretFolder, 'objects'), keyFile, '/etc/shadow'];
    const { gate } = await aGate({ hiddenPaths });

    const run = await gate.tryOut(
      { ...(await aGateRequest({ script })), outFolder: await tempFolder() },
      { signal },
    );

    expect(run).toMatchObject({ failure: null, oofPath: expect.any(String) });
  },
);
