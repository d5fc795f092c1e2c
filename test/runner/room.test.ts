import { execFileSync } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { runnerPath, trainingPython } from '../support/runner-kit.ts';
import { tempFolder } from '../support/temp-folder.ts';

const python = trainingPython();

/** What a line of Python says that knows the runner's modules. */
function ask(line: string, ...args: string[]): unknown {
  const code = `import json, sys; sys.path.insert(0, ${JSON.stringify(dirname(runnerPath))})\n${line}`;
  const env = { PATH: '/usr/bin:/bin', PYTHONDONTWRITEBYTECODE: '1' };
  return JSON.parse(execFileSync(python, ['-S', '-c', code, ...args], { encoding: 'utf8', env }));
}

test.skipIf(python === '')('memory is what the container has left, by either kind of its books', async () => {
  const [second, first, none] = await Promise.all([tempFolder(), tempFolder(), tempFolder()]);
  await mkdir(join(first, 'memory'));
  const books: [path: string, text: string][] = [
    [join(second, 'memory.max'), '1000\n'],
    [join(second, 'memory.current'), '700\n'],
    [join(second, 'memory.stat'), 'anon 300\ninactive_file 400\n'],
    [join(first, 'memory', 'memory.limit_in_bytes'), '1000\n'],
    [join(first, 'memory', 'memory.usage_in_bytes'), '600\n'],
    [join(first, 'memory', 'memory.stat'), 'cache 5\ninactive_file 90\ntotal_inactive_file 100\n'],
    [join(none, 'memory.max'), 'max\n'],
    [join(none, 'memory.current'), '700\n'],
  ];
  for (const [path, text] of books) await writeFile(path, text);

  const line = 'import room; print(json.dumps([room._of_container(folder) for folder in sys.argv[1:]]))';

  expect(ask(line, second, first, none, '/nonexistent')).toEqual([700, 500, null, null]);
});

test.skipIf(python === '')('checkpoints come less often where what may be sent would not last', () => {
  const line = `
from types import SimpleNamespace as Of
from checkpoint import Checkpoints
pauses = []
for total, sent in ((None, 0), (1000, 0), (1000, 500), (1000, 950)):
    terms = Of(every_seconds=10, total_bytes=total)
    kept = Checkpoints(Of(checkpoint=terms, time_limit_seconds=1000), None, None)
    kept._last_bytes, kept._sent_bytes = 50, sent
    pauses.append(round(kept._pause_seconds()))
print(json.dumps(pauses))`;

  expect(ask(line)).toEqual([10, 50, 100, 1000]);
});

test.skipIf(python === '')(
  'a server that asks for a wait of hours, or for ever, is given the usual patience',
  () => {
    const line = `
import io, transfer, urllib.error
waits = []
transfer._wait = lambda seconds, cancel: waits.append(seconds)
for asked in ("3600", "inf"):
    def answer():
        raise urllib.error.HTTPError("", 503, "", {"Retry-After": asked}, io.BytesIO())
    try: transfer._patiently(answer, 1, None, "upload", least=2)
    except transfer.TransferError as error: waits.append(str(error))
print(json.dumps(waits))`;

    const words = 'Could not upload: the server answered 503.';
    expect(ask(line)).toEqual([1, words, 1, words]);
  },
);

test.skipIf(python === '')(
  'folders that a script closed are removed, also where an ordinary user runs it',
  async () => {
    const folder = await tempFolder();
    const line = `
import os, places
if os.getuid() == 0:
    os.chown(sys.argv[1], 65534, 65534)
    os.setuid(65534)
of = places.Places(os.path.join(sys.argv[1], "run"))
of.make()
for name, mode in (("closed", 0), ("read-only", 0o500)):
    os.makedirs(os.path.join(of.out, name, "in"))
    os.chmod(os.path.join(of.out, name), mode)
os.chmod(of.root, 0)
of.remove()
print(json.dumps(os.listdir(sys.argv[1])))`;

    expect(ask(line, folder)).toEqual([]);
  },
);
