import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, statSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';
import { forgetCrashNotes, readCrashNotes, watchForCrashes } from '../../src/infra/crash-notes.ts';
import { tempFolder } from '../support/temp-folder.ts';

const script = resolve(import.meta.dirname, '../support/crashing-process.ts');
const run = { id: '0190c7a0-0000-7000-8000-000000000001', job: 'research.plan' };

function crash(folder: string, mode: string): number | null {
  return spawnSync(process.execPath, [script, folder, mode], { stdio: 'ignore' }).status;
}

test('an uncaught error leaves a note that names the run it came from, without secrets, for nobody else to read', async () => {
  const folder = join(await tempFolder(), 'notes');
  const startedAt = Date.now();

  expect(crash(folder, 'within')).not.toBe(0);

  const [note] = readCrashNotes(folder);
  expect(note).toMatchObject({ message: 'broken with [redacted]', run });
  expect(note?.stack).toMatch(/crashing-process\.ts/);
  expect(note?.stack).not.toContain('hunter2');
  expect(note?.at.getTime()).toBeGreaterThanOrEqual(startedAt);
  const [name = ''] = readdirSync(folder);
  expect([statSync(folder).mode & 0o777, statSync(join(folder, name)).mode & 0o777]).toEqual([0o700, 0o600]);
});

test('so does a rejection that nobody handles; an error from elsewhere names no run', async () => {
  const folder = await tempFolder();

  crash(folder, 'rejection');
  crash(folder, 'outside');

  expect(readCrashNotes(folder).map((note) => note.run)).toEqual([run, null]);
});

test('a process that is killed, or watches no more, leaves no note', async () => {
  const folder = await tempFolder();
  const child = spawn(process.execPath, [script, folder, 'hang'], { stdio: ['ignore', 'pipe', 'ignore'] });
  await once(child.stdout, 'data');
  child.kill('SIGKILL');
  await once(child, 'exit');
  crash(folder, 'stopped');

  expect(readCrashNotes(folder)).toEqual([]);
});

test('notes are kept up to a number, and forgotten at once when a person has looked', async () => {
  const folder = await tempFolder();
  for (let index = 10; index < 40; index++) {
    const at = `2026-10-01T12:00:${index}.000Z`;
    const file = `crash-${at.replace(/[:.]/g, '-')}-1.json`;
    writeFileSync(
      join(folder, file),
      JSON.stringify({ at, pid: 1, message: String(index), stack: '', run: null }),
    );
  }
  writeFileSync(join(folder, 'crash-2026-10-01T12-01-00-000Z-1.json'), 'half a no');
  writeFileSync(join(folder, 'emergency-2026-10-01.json'), '{}');

  watchForCrashes({ folder, now: () => new Date(), clean: (text) => text }).stop();

  expect(readCrashNotes(folder).map(({ message }) => Number(message))).toEqual(
    Array.from({ length: 19 }, (_, index) => index + 21),
  );
  forgetCrashNotes(folder);
  expect(readdirSync(folder)).toEqual(['emergency-2026-10-01.json']);
  expect(readCrashNotes(join(folder, 'none'))).toEqual([]);
});
