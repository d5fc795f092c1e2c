import { createReadStream } from 'node:fs';
import { mkdir, readdir, rm, truncate, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { createFolderStore } from '../../../src/providers/objects/folder.ts';
import { aFolder, sha256Of } from '../../support/runner-kit.ts';

async function aStore() {
  const folder = await aFolder();
  const options = {
    folder,
    publicUrl: () => 'http://127.0.0.1:1',
    linkSecret: 'secret',
    now: () => new Date(),
  };
  return { folder, store: createFolderStore(options) };
}

test('an object comes back as it was put, with its size and digest', async () => {
  const { store } = await aStore();
  const body = Buffer.alloc(300_000, 'abc');

  const put = await store.put('competitions/titanic/rounds/1/oof.csv', Readable.from([body, body]));

  const whole = Buffer.concat([body, body]);
  expect(put).toMatchObject({ sizeBytes: 600_000, sha256: sha256Of(whole) });
  expect(await store.head('competitions/titanic/rounds/1/oof.csv')).toEqual(put);
  expect((await buffer(await store.get('competitions/titanic/rounds/1/oof.csv'))).equals(whole)).toBe(true);
  expect(
    await buffer(await store.get('competitions/titanic/rounds/1/oof.csv', { start: 1, end: 3 })),
  ).toEqual(Buffer.from('bca'));
});

test('a stream that broke before it was read fails its put alone', async () => {
  const { folder, store } = await aStore();
  const missing = createReadStream(join(folder, 'missing.csv'));

  await expect(store.put('a/b', missing)).rejects.toThrow(/ENOENT/);
  expect(await store.head('a/b')).toBeNull();
});

test('a second put replaces the whole object', async () => {
  const { store } = await aStore();
  await store.put('a/b', Buffer.from('a long first version'));

  await store.put('a/b', Buffer.from('second'));

  expect(String(await buffer(await store.get('a/b')))).toBe('second');
  expect(await store.head('a/b')).toMatchObject({ sizeBytes: 6, sha256: sha256Of('second') });
});

test('many writers of one object leave one whole version', async () => {
  const { store } = await aStore();
  const versions = Array.from({ length: 8 }, (_, index) => Buffer.alloc(200_000, String(index)));

  await Promise.all(versions.map((version) => store.put('a/b', version)));

  const kept = await buffer(await store.get('a/b'));
  expect(versions.some((version) => version.equals(kept))).toBe(true);
  expect((await store.head('a/b'))?.sha256).toBe(sha256Of(kept));
});

test('objects that are not there are null, absent from lists, and no error to remove', async () => {
  const { store } = await aStore();
  await store.put('a/b/c', Buffer.from('x'));

  expect(await store.head('a/none')).toBeNull();
  expect(await store.head('a/b')).toBeNull();
  expect(await store.head('a/b/c/d')).toBeNull();
  expect(await store.list('none')).toEqual([]);
  await expect(store.get('a/none')).rejects.toMatchObject({ code: 'objects.missing' });
  await store.remove('a/none');
});

test('a list holds everything below a folder, in the order of the keys', async () => {
  const { store } = await aStore();
  for (const key of ['a/2', 'a/1/x', 'ab/1', 'b']) await store.put(key, Buffer.from(key));

  expect((await store.list('a')).map(({ key }) => key)).toEqual(['a/1/x', 'a/2']);
  expect((await store.list('a/')).map(({ key }) => key)).toEqual(['a/1/x', 'a/2']);
  expect((await store.list('')).map(({ key, sizeBytes }) => [key, sizeBytes])).toEqual([
    ['a/1/x', 5],
    ['a/2', 3],
    ['ab/1', 4],
    ['b', 1],
  ]);
  await store.remove('a/2');
  expect((await store.list('a')).map(({ key }) => key)).toEqual(['a/1/x']);
});

test.each([
  '',
  '.',
  '..',
  '../x',
  'a/../../x',
  '/etc/passwd',
  'a//b',
  'a/',
  'a\\b',
  'a b',
  'a%2fb',
  'a\0b',
  'ä',
  'a\n',
  'x'.repeat(300),
  'x/'.repeat(600),
])('the key %j is refused', async (key) => {
  const { store } = await aStore();

  await expect(store.put(key, Buffer.from('x'))).rejects.toMatchObject({ code: 'objects.bad_key' });
  await expect(store.get(key)).rejects.toMatchObject({ code: 'objects.bad_key' });
  await expect(store.head(key)).rejects.toMatchObject({ code: 'objects.bad_key' });
  await expect(store.remove(key)).rejects.toMatchObject({ code: 'objects.bad_key' });
});

test('a body with another digest, too many bytes or a broken end leaves what was there', async () => {
  const { folder, store } = await aStore();
  await store.put('a/b', Buffer.from('first'));
  const broken = Readable.from(
    (async function* () {
      yield Buffer.from('half');
      throw new Error('connection lost');
    })(),
  );

  await expect(store.put('a/b', Buffer.from('x'), { sha256: sha256Of('y') })).rejects.toMatchObject({
    kind: 'transient',
    code: 'objects.checksum',
  });
  await expect(store.put('a/b', Buffer.from('xxx'), { maxBytes: 2 })).rejects.toMatchObject({
    code: 'objects.too_large',
  });
  await expect(store.put('a/b', broken)).rejects.toThrow('connection lost');
  await expect(store.put('a/b', Buffer.from('x'), { signal: AbortSignal.abort() })).rejects.toThrow();

  expect(String(await buffer(await store.get('a/b')))).toBe('first');
  expect(await readdir(join(folder, 'partial'))).toEqual([]);
});

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

test('what a dead process left half written is cleared away after a day', async () => {
  const { folder, store } = await aStore();
  await mkdir(join(folder, 'partial'));
  for (const name of ['old', 'new']) await writeFile(join(folder, 'partial', name), 'half');
  await utimes(join(folder, 'partial/old'), 1, 1);

  await store.put('a/b', Buffer.from('x'));

  expect(await readdir(join(folder, 'partial'))).toEqual(['new']);
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
