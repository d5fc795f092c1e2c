import { once } from 'node:events';
import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import type { ObjectStore } from '../../../src/providers/objects/contract.ts';
import { sha256Of } from '../../support/runner-kit.ts';
import { tempFolder } from '../../support/temp-folder.ts';

/** A store whose links can be followed, and how many uploads nobody finished lie in it. */
export type OpenedStore = { store: ObjectStore; unfinished: () => Promise<number> };

const key = 'competitions/titanic/rounds/1/oof.csv';
/** More than one part of an upload to S3, and no multiple of one. */
const largeBytes = 12_000_003;
const chunkBytes = 1_000_003;

const textOf = async (body: Readable): Promise<string> => String(await buffer(body));

/** What every object store does. */
export function testStore(
  name: string,
  open: () => Promise<OpenedStore>,
  /** Sentences that a server is known not to keep. */
  leftOut: readonly string[] = [],
): void {
  const it = (sentence: string, run: () => Promise<void>) =>
    test.skipIf(leftOut.includes(sentence))(`${name}: ${sentence}`, run);

  it('an object comes back as it was put, with its size and digest', async () => {
    const { store } = await open();
    const body = Buffer.alloc(300_000, 'abc');

    const put = await store.put(key, Readable.from([body, body]));

    const whole = Buffer.concat([body, body]);
    expect(put).toMatchObject({ sizeBytes: 600_000, sha256: sha256Of(whole) });
    expect(await store.head(key)).toEqual(put);
    expect((await buffer(await store.get(key))).equals(whole)).toBe(true);
  });

  it('a large stream of unknown length comes back whole, with its digest', async () => {
    const { store, unfinished } = await open();
    const chunks = largeChunks();
    const whole = Buffer.concat(chunks);

    const put = await store.put(key, Readable.from(chunks));

    expect(put).toMatchObject({ sizeBytes: largeBytes, sha256: sha256Of(whole) });
    expect(await store.head(key)).toEqual(put);
    expect((await buffer(await store.get(key))).equals(whole)).toBe(true);
    expect(await unfinished()).toBe(0);
  });

  it('an empty object is an object', async () => {
    const { store } = await open();

    await store.put('a/empty', Readable.from([]));

    expect(await store.head('a/empty')).toMatchObject({ sizeBytes: 0, sha256: sha256Of('') });
    expect(await textOf(await store.get('a/empty'))).toBe('');
  });

  it('a range ends where it says or where the object does', async () => {
    const { store } = await open();
    await store.put(key, Buffer.from('0123456789'));
    const part = async (start: number, end: number) => await textOf(await store.get(key, { start, end }));

    expect(await part(1, 3)).toBe('123');
    expect(await part(0, 0)).toBe('0');
    expect(await part(8, 99)).toBe('89');
    expect(await part(10, 99)).toBe('');
  });

  it('a second put replaces the whole object', async () => {
    const { store } = await open();
    await store.put('a/b', Buffer.from('a long first version'));

    await store.put('a/b', Buffer.from('second'));

    expect(await textOf(await store.get('a/b'))).toBe('second');
    expect(await store.head('a/b')).toMatchObject({ sizeBytes: 6, sha256: sha256Of('second') });
  });

  it('many writers of one object leave one whole version', async () => {
    const { store } = await open();
    const bodies = Array.from({ length: 8 }, (_, index) => Buffer.alloc(200_000, String(index)));

    await Promise.all(bodies.map((body) => store.put('a/b', body)));

    const kept = await buffer(await store.get('a/b'));
    expect(bodies.some((body) => body.equals(kept))).toBe(true);
    expect((await store.head('a/b'))?.sha256).toBe(sha256Of(kept));
  });

  it('an object that is replaced while it is read is read to its old end', async () => {
    const { store } = await open();
    const old = Buffer.alloc(3_000_000, 'old');
    await store.put('a/b', old);

    const body = await store.get('a/b');
    await store.put('a/b', Buffer.alloc(3_000_000, 'new'));

    expect((await buffer(body)).equals(old)).toBe(true);
  });

  it('objects that are not there are null, absent from lists, and no error to remove', async () => {
    const { store } = await open();
    await store.put('a/b/c', Buffer.from('x'));

    expect(await store.head('a/none')).toBeNull();
    expect(await store.head('a/b')).toBeNull();
    expect(await store.head('a/b/c/d')).toBeNull();
    await expect(store.get('a/none')).rejects.toMatchObject({ kind: 'system', code: 'objects.missing' });
    await store.remove('a/none');
  });

  it('a list holds everything below a folder, in the order of the keys', async () => {
    const { store } = await open();
    for (const one of ['a/2', 'a/1/x', 'ab/1', 'b', 'c/1', 'c/2', 'c/3', 'c/4', 'c/5']) {
      await store.put(one, Buffer.from(one));
    }
    const keysOf = async (prefix: string) => (await store.list(prefix)).map((object) => object.key);

    expect(await keysOf('none')).toEqual([]);
    expect(await keysOf('a')).toEqual(['a/1/x', 'a/2']);
    expect(await keysOf('a/')).toEqual(['a/1/x', 'a/2']);
    expect((await store.list('')).map((object) => [object.key, object.sizeBytes])).toEqual([
      ['a/1/x', 5],
      ['a/2', 3],
      ['ab/1', 4],
      ['b', 1],
      ...[1, 2, 3, 4, 5].map((number) => [`c/${number}`, 3]),
    ]);
    await store.remove('a/2');
    expect(await keysOf('a')).toEqual(['a/1/x']);
  });

  const badKeys = [
    ...['', '.', '..', '../x', 'a/../../x', '/etc/passwd', 'a//b', 'a/', 'a\\b', 'a b', 'a%2fb', 'a\0b'],
    ...['ä', 'a\n', 'x'.repeat(300), 'x/'.repeat(600)],
  ];

  it('keys that could lead elsewhere are refused', async () => {
    const { store } = await open();
    const refused = { code: 'objects.bad_key' };

    for (const bad of badKeys) {
      await expect(store.put(bad, Buffer.from('x'))).rejects.toMatchObject(refused);
      await expect(store.get(bad)).rejects.toMatchObject(refused);
      await expect(store.head(bad)).rejects.toMatchObject(refused);
      await expect(store.remove(bad)).rejects.toMatchObject(refused);
      await expect(store.versions(bad)).rejects.toMatchObject(refused);
      await expect(store.getVersion(bad, '1')).rejects.toMatchObject(refused);
      await expect(store.signedUrl(bad, { method: 'GET', expiresInSeconds: 1 })).rejects.toMatchObject(
        refused,
      );
    }
  });

  it('a body with another digest, too many bytes or a broken end leaves what was there', async () => {
    const { store, unfinished } = await open();
    await store.put('a/b', Buffer.from('first'));
    const refusedFor = async (body: () => Buffer | Readable) => {
      await expect(store.put('a/b', body(), { sha256: sha256Of('y') })).rejects.toMatchObject({
        kind: 'transient',
        code: 'objects.checksum',
      });
      await expect(store.put('a/b', body(), { maxBytes: 2 })).rejects.toMatchObject({
        kind: 'business',
        code: 'objects.too_large',
      });
    };

    await refusedFor(() => Buffer.from('xxx'));
    await refusedFor(() => Readable.from(['xxx']));
    await refusedFor(() => Readable.from(largeChunks()));
    await expect(store.put('a/b', broken(['half']))).rejects.toThrow('connection lost');
    await expect(store.put('a/b', broken(largeChunks()))).rejects.toThrow('connection lost');

    expect(await textOf(await store.get('a/b'))).toBe('first');
    expect(await unfinished()).toBe(0);
  });

  it('a put that is aborted leaves what was there, even while its body says nothing', async () => {
    const { store, unfinished } = await open();
    await store.put('a/b', Buffer.from('first'));
    const abort = new AbortController();
    const reason = new Error('the agent stops');
    const silent = new PassThrough();

    const putting = store.put('a/b', silent, { signal: abort.signal });
    void writeAll(silent, largeChunks()).then(() => abort.abort(reason));
    await expect(putting).rejects.toThrow(/the agent stops|aborted/);
    await expect(store.put('a/b', Buffer.from('x'), { signal: AbortSignal.abort(reason) })).rejects.toThrow();

    expect(await textOf(await store.get('a/b'))).toBe('first');
    await expect.poll(unfinished, { timeout: 20_000 }).toBe(0);
  });

  it('a stream that broke before it was read fails its put alone', async () => {
    const { store } = await open();
    const missing = createReadStream(join(await tempFolder(), 'missing.csv'));

    await expect(store.put('a/b', missing)).rejects.toThrow(/ENOENT/);
    expect(await store.head('a/b')).toBeNull();
  });

  it('a body whose reader leaves does no harm', async () => {
    const { store } = await open();
    await store.put('a/b', Buffer.alloc(5_000_000, 'x'));

    const body = await store.get('a/b');
    for await (const _chunk of body) break;

    expect(body.destroyed).toBe(true);
    expect(await store.head('a/b')).not.toBeNull();
  });

  it('what was replaced or removed is kept for a while, and can be had back', async () => {
    const { store } = await open();
    for (const text of ['first', 'second', 'third']) await store.put('a/b', Buffer.from(text));
    await store.put('a/b/c'.replace('/c', '.c'), Buffer.from('another object'));
    const older = async () => {
      const found = await store.versions('a/b');
      return await Promise.all(
        found.map(async ({ version }) => await textOf(await store.getVersion('a/b', version))),
      );
    };

    expect(await older()).toEqual(['second', 'first']);
    await store.remove('a/b');
    expect(await store.head('a/b')).toBeNull();
    expect(await older()).toEqual(['third', 'second', 'first']);

    const [newest] = await store.versions('a/b');
    expect(newest).toMatchObject({ sizeBytes: 5, modifiedAt: expect.any(Date) });
    await store.put('a/b', await store.getVersion('a/b', newest?.version ?? ''));
    expect(await textOf(await store.get('a/b'))).toBe('third');
  });

  it('a version that is not there is missing', async () => {
    const { store } = await open();
    await store.put('a/b', Buffer.from('x'));

    expect(await store.versions('a/b')).toEqual([]);
    expect(await store.versions('a/none')).toEqual([]);
    for (const version of ['000001764000000-0123abcd', 'none', '../../files/a/b']) {
      await expect(store.getVersion('a/b', version)).rejects.toMatchObject({ code: 'objects.missing' });
    }
  });

  it('pruning leaves every object as it is', async () => {
    const { store } = await open();
    await store.put('a/b', Buffer.from('x'));
    await store.put('scratch/probe', Buffer.from('young'));

    expect(await store.prune()).toEqual({ objects: 0, versions: 0, uploads: 0, freedBytes: 0 });

    expect((await store.list('')).map((object) => object.key)).toEqual(['a/b', 'scratch/probe']);
  });

  it('a link reads its object, whole and in parts, and nothing else', async () => {
    const { store } = await open();
    await store.put('a/b', Buffer.from('0123456789'));
    await store.put('a/c', Buffer.from('secret'));
    const link = await store.signedUrl('a/b', { method: 'GET', expiresInSeconds: 60 });
    const rest = await fetch(link, { headers: { range: 'bytes=7-' } });
    const beyond = await fetch(link, { headers: { range: 'bytes=10-' } });

    expect(await (await fetch(link)).text()).toBe('0123456789');
    expect([rest.status, await rest.text(), rest.headers.get('content-range')]).toEqual([
      206,
      '789',
      'bytes 7-9/10',
    ]);
    expect(beyond.status).toBe(416);
    expect((await fetch(link.replace('a/b', 'a/c'))).status).toBe(403);
    expect((await fetch(link, { method: 'PUT', body: 'x' })).status).toBe(403);
    expect((await fetch(link.replace(/([0-9a-f]{8})$|(?<=Signature=)[0-9a-f]{8}/, '00000000'))).status).toBe(
      403,
    );
    const none = await store.signedUrl('a/none', { method: 'GET', expiresInSeconds: 60 });
    expect((await fetch(none)).status).toBe(404);
  });

  it('a link writes its object, and the digest of what came is known', async () => {
    const { store } = await open();
    const body = Buffer.alloc(3_000_000, 'x');
    const link = await store.signedUrl('a/b', { method: 'PUT', expiresInSeconds: 60, maxBytes: 5_000_000 });

    const headers = { 'content-type': 'application/octet-stream' };
    const written = await fetch(link, { method: 'PUT', body, headers });
    const again = await fetch(link, { method: 'PUT', body: 'second', headers });

    expect([written.status, again.status]).toEqual([200, 200]);
    expect(await store.head('a/b')).toMatchObject({ sizeBytes: 6, sha256: sha256Of('second') });
    expect((await fetch(link)).status).toBe(403);
  });
}

function largeChunks(): Buffer[] {
  const count = Math.ceil(largeBytes / chunkBytes);
  return Array.from({ length: count }, (_, index) =>
    Buffer.alloc(Math.min(chunkBytes, largeBytes - index * chunkBytes), `${index} `),
  );
}

async function writeAll(body: PassThrough, chunks: Buffer[]): Promise<void> {
  for (const chunk of chunks) {
    if (!body.write(chunk)) await once(body, 'drain');
  }
}

function broken(chunks: (Buffer | string)[]): Readable {
  return Readable.from(
    (async function* () {
      yield* chunks;
      throw new Error('connection lost');
    })(),
  );
}
