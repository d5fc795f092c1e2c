import { mkdir, readdir, rm, truncate, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { createFolderStore } from '../../../src/providers/objects/folder.ts';
import { lifecycleRules } from '../../../src/providers/objects/lifecycle.ts';
import { sha256Of } from '../../support/runner-kit.ts';
import { tempFolder } from '../../support/temp-folder.ts';

async function aStore() {
  const folder = await tempFolder();
  const clock = { now: new Date() };
  const options = {
    folder,
    ownUrl: () => 'http://127.0.0.1:1',
    linkSecret: 'secret',
    now: () => clock.now,
  };
  return { folder, clock, store: createFolderStore(options) };
}

const dayMs = 86_400_000;

test('a lost, torn or stale digest is made again from the bytes', async () => {
  const { folder, store } = await aStore();
  await store.put('a/b', Buffer.from('first'));

  await truncate(join(folder, 'digests/a/b.json'), 10);
  expect((await store.head('a/b'))?.sha256).toBe(sha256Of('first'));
  await rm(join(folder, 'digests'), { recursive: true });
  expect((await store.head('a/b'))?.sha256).toBe(sha256Of('first'));
  await writeFile(join(folder, 'files/a/b'), 'other');
  await utimes(join(folder, 'files/a/b'), 1, 1);
  expect((await store.head('a/b'))?.sha256).toBe(sha256Of('other'));
});

test('others are sent to the public address, a run on this machine to our own server', async () => {
  const store = createFolderStore({
    folder: await tempFolder(),
    ownUrl: () => 'http://127.0.0.1:1',
    publicUrl: 'https://agent.example.org',
    linkSecret: 'secret',
    now: () => new Date(),
  });
  const link = { method: 'GET', expiresInSeconds: 60 } as const;

  const [own, others] = await Promise.all([
    store.signedUrl('a/b', { ...link, isLocal: true }),
    store.signedUrl('a/b', link),
  ]);

  expect([new URL(own).origin, new URL(others).origin]).toEqual([
    'http://127.0.0.1:1',
    'https://agent.example.org',
  ]);
});

test('what a dead process left half written is cleared away after a day', async () => {
  const { folder, store } = await aStore();
  await mkdir(join(folder, 'partial'));
  for (const name of ['old', 'new']) await writeFile(join(folder, 'partial', name), 'half');
  await utimes(join(folder, 'partial/old'), 1, 1);

  await store.put('a/b', Buffer.from('x'));

  expect(await readdir(join(folder, 'partial'))).toEqual(['new']);
});

test('a folder that could not be written is written as soon as it can be', async () => {
  const { folder, store } = await aStore();
  // In the way of the folder that unfinished files lie in.
  await writeFile(join(folder, 'partial'), '');
  await expect(store.put('a/b', Buffer.from('x'))).rejects.toThrow();

  await rm(join(folder, 'partial'));
  await store.put('a/b', Buffer.from('x'));

  expect((await store.head('a/b'))?.sha256).toBe(sha256Of('x'));
});

test('a full disk is the ground giving way', async () => {
  const { store } = await aStore();
  // What the kernel says when a write does not fit, on its way through the body.
  const full = Object.assign(new Error('no space left on device'), { code: 'ENOSPC' });
  const body = Readable.from(
    (async function* (): AsyncGenerator<Buffer> {
      yield Buffer.from('half');
      throw full;
    })(),
  );

  await expect(store.put('a/b', body)).rejects.toMatchObject({
    kind: 'system',
    scope: 'process',
    code: 'disk.full',
  });
});

test('the same bytes again are no other version', async () => {
  const { store } = await aStore();

  for (const text of ['first', 'first', 'second']) await store.put('a/b', Buffer.from(text));

  expect(await store.versions('a/b')).toHaveLength(1);
});

test('only so many earlier versions are kept, however fast they come', async () => {
  const { store } = await aStore();

  for (let beat = 0; beat < 20; beat += 1) await store.put('a/heartbeat.json', Buffer.from(`${beat}`));

  const kept = await store.versions('a/heartbeat.json');
  const texts = kept.map(
    async ({ version }) => await text(await store.getVersion('a/heartbeat.json', version)),
  );
  expect((await Promise.all(texts)).every((beat) => Number(beat) < 19)).toBe(true);
  expect(kept).toHaveLength(lifecycleRules.olderVersionsKept);
});

test('pruning clears away what the rules let go, and never an object', async () => {
  const { folder, clock, store } = await aStore();
  await store.put('competitions/wine/oof.csv', Buffer.from('old'));
  await store.put('competitions/wine/oof.csv', Buffer.from('newer'));
  await store.put('competitions/wine/gone.csv', Buffer.from('gone'));
  await store.remove('competitions/wine/gone.csv');
  await store.put('scratch/probe', Buffer.from('probe'));
  await store.put('scratch-book/page', Buffer.from('page'));
  await writeFile(join(folder, 'partial/half'), 'half');

  expect(await store.prune()).toEqual({ objects: 0, versions: 0, uploads: 0, freedBytes: 0 });
  clock.now = new Date(clock.now.getTime() + (lifecycleRules.olderVersionDays + 1) * dayMs);
  const pruned = await store.prune();

  expect(pruned).toEqual({ objects: 1, versions: 2, uploads: 1, freedBytes: 16 });
  const keys = (await store.list('')).map((object) => object.key);
  expect(keys).toEqual(['competitions/wine/oof.csv', 'scratch-book/page']);
  expect(await store.versions('competitions/wine/oof.csv')).toEqual([]);
  expect(await readdir(join(folder, 'versions'))).toEqual([]);
});
