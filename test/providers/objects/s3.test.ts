import { Readable } from 'node:stream';
import { buffer, text } from 'node:stream/consumers';
import { expect, test, vi } from 'vitest';
import { createSecret } from '../../../src/config/secret.ts';
import { sha256Of } from '../../support/runner-kit.ts';
import { aBucket, someKeys } from '../../support/s3/a-bucket.ts';

const key = 'competitions/titanic/data/train.csv';
const megabyte = 1_048_576;
const large = Buffer.alloc(12 * megabyte, 'abcdefg');
const streamed = () => Readable.from([large.subarray(0, 4_000_000), large.subarray(4_000_000)]);
const patience = { timeout: 20_000 };

test('a store without versioning replaces and removes for good', async () => {
  const { store } = await aBucket({ isVersioned: false });

  await store.put('a/b', Buffer.from('first'));
  await store.put('a/b', Buffer.from('second'));
  expect(await store.versions('a/b')).toEqual([]);
  await store.remove('a/b');

  expect(await store.head('a/b')).toBeNull();
  expect(await store.versions('a/b')).toEqual([]);
});

test('the digest of a large stream is asked for, and not made again, after a restart', async () => {
  const { store, open, server } = await aBucket();
  await store.put(key, streamed());
  server.requests.length = 0;

  const found = await open().head(key);

  expect(found?.sha256).toBe(sha256Of(large));
  expect(server.requests.map(({ method, query }) => `${method} ${query.has('tagging')}`)).toEqual([
    'HEAD false',
    'GET true',
  ]);
});

test('a crash between a large object and its digest costs only reading it once', async () => {
  const { store, open, server } = await aBucket();
  server.faults.push(({ query }) => (query.has('tagging') ? { status: 501, code: 'NotImplemented' } : null));
  await store.put(key, streamed());
  server.faults.length = 0;

  expect((await open().head(key))?.sha256).toBe(sha256Of(large));
  server.requests.length = 0;
  expect((await open().head(key))?.sha256).toBe(sha256Of(large));
  expect(server.requests.map(({ method }) => method)).toEqual(['HEAD', 'GET']);
});

test('tags that could not be written for a moment are written for the next object', async () => {
  const { store, open, server } = await aBucket();
  server.faults.push(({ query }) =>
    query.has('tagging') ? { status: 503, code: 'ServiceUnavailable' } : null,
  );
  await store.put(key, streamed());
  server.faults.length = 0;

  await store.put('a/another', streamed());
  server.requests.length = 0;
  await open().head('a/another');

  expect(server.requests.map(({ query }) => query.has('tagging'))).toEqual([false, true]);
});

test('a server that knows no tags still tells digests', async () => {
  const { store, open } = await aBucket({ server: { lacks: ['tagging'] } });

  await store.put(key, streamed());

  expect((await open().head(key))?.sha256).toBe(sha256Of(large));
});

test.each([true, false])(
  'a digest is never that of the object before (versions: %s)',
  async (isVersioned) => {
    const { store, open } = await aBucket({ isVersioned });
    const other = Buffer.alloc(large.length, 'other');
    await store.put(key, streamed());
    const link = await store.signedUrl(key, { method: 'PUT', expiresInSeconds: 60 });

    expect((await fetch(link, { method: 'PUT', body: other })).status).toBe(200);

    expect((await store.head(key))?.sha256).toBe(sha256Of(other));
    expect((await open().head(key))?.sha256).toBe(sha256Of(other));
  },
);

test('an expected digest is in the object itself', async () => {
  const { store, open, server } = await aBucket();

  await store.put(key, streamed(), { sha256: sha256Of(large) });

  server.requests.length = 0;
  expect((await open().head(key))?.sha256).toBe(sha256Of(large));
  expect(server.requests.length).toBe(1);
});

test('a part that a server refuses is sent again, and the object is whole', async () => {
  const { store, server } = await aBucket();
  const seen = new Set<string>();
  server.faults.push(({ query }) => {
    const part = query.get('partNumber');
    if (part === null || seen.has(part)) return null;
    seen.add(part);
    return { status: 500, code: 'InternalError' };
  });

  await store.put(key, streamed());

  expect(seen.size).toBe(3);
  expect((await buffer(await store.get(key))).equals(large)).toBe(true);
});

test('parts that stay refused fail the put alone, and are cleared away', async () => {
  const { store, server, unfinished } = await aBucket();
  await store.put(key, Buffer.from('first'));
  server.faults.push(({ query }) =>
    query.get('partNumber') === '2' ? { status: 500, code: 'InternalError' } : null,
  );

  await expect(store.put(key, streamed())).rejects.toMatchObject({ code: 'objects.unreachable' });

  expect(await text(await store.get(key))).toBe('first');
  expect(await unfinished()).toBe(0);
});

test('a last answer that is lost does not make a good upload fail', async () => {
  const { store, server, unfinished } = await aBucket();
  let lost = 0;
  server.faults.push(({ method, query }) => {
    if (method !== 'POST' || !query.has('uploadId') || lost > 0) return null;
    lost += 1;
    return { lose: 'answer' };
  });

  const put = await store.put(key, streamed());

  expect(lost).toBe(1);
  expect(put.sha256).toBe(sha256Of(large));
  expect((await buffer(await store.get(key))).equals(large)).toBe(true);
  expect(await unfinished()).toBe(0);
});

test('a process that dies while it uploads leaves what was there', async () => {
  const { store, server, unfinished } = await aBucket();
  await store.put(key, Buffer.from('first'));
  // A process that is gone sends neither the end of its upload nor its removal.
  server.faults.push(({ method, query }) =>
    query.has('uploadId') && method !== 'PUT' ? { status: 503, code: 'ServiceUnavailable' } : null,
  );

  await expect(store.put(key, streamed())).rejects.toMatchObject({ kind: 'transient' });

  expect(await text(await store.get(key))).toBe('first');
  expect(await store.versions(key)).toEqual([]);
  // The lifecycle rules of `setup storage` take it after a day.
  expect(await unfinished()).toBe(1);
});

test.each([true, false])(
  'a download that breaks off goes on where it broke (versions: %s)',
  async (isVersioned) => {
    const { store, server } = await aBucket({ isVersioned });
    await store.put(key, streamed());
    let cuts = 0;
    server.faults.push(({ method, query }) => {
      if (method !== 'GET' || query.has('tagging') || cuts >= 2) return null;
      cuts += 1;
      return { cutAfterBytes: 3_000_000 };
    });

    const range = { start: 1_000, end: 11_000_000 };
    const read = await buffer(await store.get(key, range));

    expect(cuts).toBe(2);
    expect(read.equals(large.subarray(range.start, range.end + 1))).toBe(true);
  },
);

test('a download whose object is replaced while it is broken off ends on the old one, or says so', async () => {
  const versioned = await aBucket({ isVersioned: true });
  const plain = await aBucket({ isVersioned: false });

  for (const { store, server } of [versioned, plain]) {
    await store.put(key, streamed());
    let isReplaced: Promise<unknown> | null = null;
    server.faults.push(({ method, query }) => {
      if (method !== 'GET' || query.has('tagging') || isReplaced !== null) return null;
      isReplaced = store.put(key, Buffer.from('another'));
      return { cutAfterBytes: 1_000_000 };
    });
  }

  expect((await buffer(await versioned.store.get(key))).equals(large)).toBe(true);
  await expect(plain.store.get(key).then((body) => buffer(body))).rejects.toMatchObject({
    kind: 'transient',
    code: 'objects.unreachable',
  });
});

test('a download that breaks again and again fails as transient', async () => {
  const { store, server } = await aBucket();
  await store.put(key, streamed());
  server.faults.push(({ method, query }) =>
    method === 'GET' && !query.has('tagging') ? { cutAfterBytes: 0 } : null,
  );

  await expect(store.get(key).then((body) => buffer(body))).rejects.toMatchObject({
    kind: 'transient',
    code: 'objects.unreachable',
  });
});

test('keys that are changed are used for the next request, and for the next link', async () => {
  const second = {
    accessKeyId: createSecret('AKIASECOND'),
    secretAccessKey: createSecret('the second secret key of the tests'),
    sessionToken: createSecret('a token that goes with it'),
  };
  let now = someKeys;
  const { store, server } = await aBucket({ store: { credentials: () => now } });
  await store.put('a/b', Buffer.from('x'));

  const secret = second.secretAccessKey.reveal();
  server.keys.clear();
  server.keys.set(second.accessKeyId.reveal(), { secret, token: second.sessionToken.reveal() });
  await expect(store.head('a/b')).rejects.toMatchObject({ code: 'objects.unknown_key' });
  now = second;

  expect(await store.head('a/b')).not.toBeNull();
  const link = await store.signedUrl('a/b', { method: 'GET', expiresInSeconds: 60 });
  expect(await (await fetch(link)).text()).toBe('x');
});

test('a link ends with its time, and asks for a week at most', async () => {
  const clock = { now: new Date('2026-11-22T12:00:00Z') };
  const { store } = await aBucket({
    server: { now: () => clock.now },
    store: { now: () => clock.now },
  });
  const link = await store.signedUrl('a/none', { method: 'GET', expiresInSeconds: 60 });
  const longest = await store.signedUrl('a/none', { method: 'GET', expiresInSeconds: 30 * 86_400 });

  const statusAt = async (at: string, address: string) => {
    clock.now = new Date(at);
    return (await fetch(address)).status;
  };
  expect(await statusAt('2026-11-22T12:00:59Z', link)).toBe(404);
  expect(await statusAt('2026-11-22T12:01:01Z', link)).toBe(403);
  expect(await statusAt('2026-11-29T11:59:59Z', longest)).toBe(404);
  expect(await statusAt('2026-11-29T12:00:01Z', longest)).toBe(403);
});

test('what others put into the bucket beside our objects is not listed', async () => {
  const { store, server } = await aBucket();
  await store.put('a/b', Buffer.from('x'));
  const link = await store.signedUrl('a/c', { method: 'PUT', expiresInSeconds: 60 });
  await fetch(link, { method: 'PUT', body: '' });
  const bucket = server.buckets.get('agent');
  const [state] = bucket?.states.get('a/c') ?? [];
  if (state !== undefined) bucket?.states.set('a/folder of a console/', [state]);

  expect((await store.list('')).map((object) => object.key)).toEqual(['a/b', 'a/c']);
});

test.each([
  { when: 'after its first bytes', chunks: 1 },
  { when: 'before its first byte', chunks: 0 },
])('no request is left hanging when the reader of a large object leaves $when', async ({ chunks }) => {
  const { store, server } = await aBucket();
  await store.put(key, streamed());

  for (let index = 0; index < 60; index += 1) {
    const body = await store.get(key);
    if (chunks === 0) body.destroy();
    else for await (const _chunk of body) break;
  }

  await vi.waitFor(async () => expect(await store.head(key)).not.toBeNull(), patience);
  expect(server.requests.length).toBeGreaterThan(60);
});
