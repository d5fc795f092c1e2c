import { existsSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { Header, Pax } from 'tar';
import { expect, test } from 'vitest';
import { aJobServer, type JobServer, published, runScript, trainingPython } from '../support/runner-kit.ts';
import { tempFolder } from '../support/temp-folder.ts';

const python = trainingPython();
const runnerTest = test.skipIf(python === '');

type Entry = ConstructorParameters<typeof Header>[0] & { content?: string; claimedSize?: number };

/** A tar.gz made entry by entry, so that it can be as wrong as an enemy likes. */
function archiveOf(entries: readonly Entry[]): Buffer {
  const blocks = entries.flatMap((entry) => {
    if (Buffer.isBuffer(entry)) return [entry];
    const { content = '', claimedSize, ...head } = entry;
    const header = new Header({ type: 'File', mode: 0o644, size: claimedSize ?? content.length, ...head });
    header.encode();
    return [header.block ?? Buffer.alloc(0), padded(content)];
  });
  return gzipSync(Buffer.concat([...blocks, Buffer.alloc(1024)]));
}

function padded(content: string): Buffer {
  return Buffer.concat([Buffer.from(content), Buffer.alloc((512 - (content.length % 512)) % 512)]);
}

const script: Entry = { path: 'train.py', content: 'print("started")\n' };

async function runArchive(server: JobServer, archive: Buffer) {
  const bundle = await published(server, 'evil.tar.gz', archive);
  await runScript(python, server, '', { bundle });
  return await server.result();
}

const long = new Pax({ path: `${'d/'.repeat(200)}../../x` }).encode();

runnerTest.each<[string, Entry[]]>([
  ['a path out of its folder', [{ path: '../x', content: 'x' }]],
  ['a path out of its folder in the middle', [{ path: 'a/../../x', content: 'x' }]],
  ['an absolute path', [{ path: '/tmp/kaggle-agent-unpacked', content: 'x' }]],
  ['a Windows drive', [{ path: 'C:../t', content: 'x' }]],
  ['backslashes', [{ path: 'a\\..\\..\\b', content: 'x' }]],
  ['a hidden file', [{ path: '.bashrc', content: 'x' }]],
  ['a link to outside', [{ path: 'link', type: 'SymbolicLink', linkpath: '/etc' }]],
  [
    'a file through a link',
    [
      { path: 'link', type: 'SymbolicLink', linkpath: '/tmp' },
      { path: 'link/kaggle-agent-unpacked', content: 'x' },
    ],
  ],
  ['a hard link', [{ path: 'passwd', type: 'Link', linkpath: '/etc/passwd' }]],
  ['a FIFO', [{ path: 'pipe', type: 'FIFO' }]],
  ['a device', [{ path: 'zero', type: 'CharacterDevice', devmaj: 1, devmin: 5 }]],
  ['one name twice', [script, { path: 'train.py', content: 'print("second")\n' }]],
  ['names that differ in case only', [script, { path: 'Train.py', content: 'print("second")\n' }]],
  [
    'a folder that becomes a file',
    [
      { path: 'a/b', content: 'x' },
      { path: 'a', content: 'x' },
    ],
  ],
  ['a size that lies', [{ path: 'big', content: 'x', claimedSize: 1_000_000 }]],
  ['a long escaping path in an extended header', [long as Entry, { path: 'short', content: 'x' }]],
  ['more entries than are sane', Array.from({ length: 1_500 }, (_, i) => ({ path: `f${i}`, content: '' }))],
])('a bundle with %s is refused whole', async (_what, entries) => {
  const server = await aJobServer();

  const result = await runArchive(server, archiveOf([script, ...entries]));

  expect(result.exitClass).toBe('runner_error');
  expect(result.message).toMatch(/^The bundle/);
  expect(result.logTail).not.toContain('started');
  expect(existsSync('/tmp/kaggle-agent-unpacked')).toBe(false);
});

runnerTest('a small bundle that unpacks to a huge one is stopped at the cap', async () => {
  const server = await aJobServer();
  const archive = archiveOf([script, { path: 'zeros', content: '\0'.repeat(80_000_000) }]);
  expect(archive.length).toBeLessThan(200_000);

  const result = await runArchive(server, archive);

  expect(result).toMatchObject({
    exitClass: 'runner_error',
    message: expect.stringContaining('more than 67108864'),
  });
});

runnerTest.each([
  ['no archive', Buffer.from('not an archive')],
  ['cut off', archiveOf([script, { path: 'rest', content: 'x'.repeat(50_000) }]).subarray(0, 100)],
])('a bundle that is %s is refused', async (_what, archive) => {
  const server = await aJobServer();

  const result = await runArchive(server, archive);

  expect(result).toMatchObject({ exitClass: 'runner_error', message: expect.stringMatching(/^The bundle/) });
});

runnerTest('a bundle without train.py is refused', async () => {
  const server = await aJobServer();

  const result = await runArchive(server, archiveOf([{ path: 'other.py', content: '' }]));

  expect(result).toMatchObject({ exitClass: 'runner_error', message: 'The bundle has no train.py.' });
});

runnerTest('folders and set-user-id bits of a good bundle come out harmless', async () => {
  const server = await aJobServer();
  await tempFolder();
  const look = 'import os\nprint("mode", oct(os.stat("lib/tool.py").st_mode & 0o7777))\n';

  const result = await runArchive(
    server,
    archiveOf([
      { path: 'train.py', content: look },
      { path: 'lib/', type: 'Directory' },
      { path: 'lib/tool.py', content: 'x', mode: 0o4777 },
    ]),
  );

  expect(result.logTail).toMatch(/mode 0o6[04]/);
});
