import { randomBytes } from 'node:crypto';
import { readdir, readFile, stat } from 'node:fs/promises';
import type { ServerResponse } from 'node:http';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';
import { expect, test, vi } from 'vitest';
import { ZipFile } from 'yazl';
import { BusinessFailure } from '../../../src/domain/errors.ts';
import { createKaggleClient } from '../../../src/providers/kaggle/client.ts';
import type { DownloadOptions } from '../../../src/providers/kaggle/contract.ts';
import type { Attempt } from '../../../src/providers/policy.ts';
import { kaggleOptions } from '../../support/arena-kit.ts';
import { downloadTo } from '../../support/download-to.ts';
import { aSubmissionFile } from '../../support/kaggle.ts';
import { tempFolder } from '../../support/temp-folder.ts';
import { type Handler, type RecordedRequest, sendJson, startTinyServer } from '../../support/tiny-server.ts';

const signal = new AbortController().signal;

async function zipOf(files: Record<string, string | Buffer>): Promise<Buffer> {
  const zip = new ZipFile();
  for (const [name, content] of Object.entries(files)) zip.addBuffer(Buffer.from(content), name);
  zip.end();
  return buffer(Readable.from(zip.outputStream));
}

/** A Kaggle whose data lie at `path` of a storage that answers with `bytes`. */
async function aKaggleWith(bytes: Buffer, path = '/bundle/archive.zip', headers = {}) {
  const storage = await startTinyServer((_request, response) => {
    response.writeHead(200, { 'content-length': bytes.length, ...headers });
    response.end(bytes);
  });
  const server = await startTinyServer((_request, response) => {
    response.writeHead(302, { location: `${storage.url}${path}?Signature=1` });
    response.end();
  });
  return { client: createKaggleClient(kaggleOptions(server.url)), server, storage };
}

async function aTarget(): Promise<string> {
  return join(await tempFolder(), 'data');
}

test('files that lie packed inside the archive come out plain, packed folders stay', async () => {
  const bytes = await zipOf({
    'train.csv.zip': await zipOf({ 'train.csv': 'a\n1\n' }),
    'images.zip': await zipOf({ '1.png': 'x', '2.png': 'y' }),
    'notes.zip': 'no archive at all',
    'test.csv': 'a\n2\n',
  });
  const { client, storage } = await aKaggleWith(bytes);
  const folder = await aTarget();

  const files = await downloadTo(client, 'some', folder);

  expect(files.map(({ name }) => name)).toEqual(['images.zip', 'notes.zip', 'test.csv', 'train.csv']);
  expect(files.find(({ name }) => name === 'train.csv')).toEqual({
    name: 'train.csv',
    path: join(folder, 'train.csv'),
    sizeBytes: 4,
  });
  expect(storage.requests[0]?.headers).not.toHaveProperty('authorization');
  expect(storage.requests[0]?.headers).not.toHaveProperty('content-type');
});

test.each([
  ['a single packed file', async () => zipOf({ 'train.csv': 'a\n1\n' }), '/files/train.csv.zip'],
  ['a single gzip file', async () => gzipSync('a\n1\n'), '/files/train.csv.gz'],
  ['a single plain file', async () => Buffer.from('a\n1\n'), '/files/..%2Ftrain.csv'],
])('%s comes out under its own name', async (_name, make, path) => {
  const { client } = await aKaggleWith(await make(), path);
  const folder = await aTarget();

  const files = await downloadTo(client, 'some', folder);

  expect(files.map(({ name }) => name)).toEqual(['train.csv']);
  expect(await readFile(join(folder, 'train.csv'), 'utf8')).toBe('a\n1\n');
});

test('a gzip bomb is refused', async () => {
  const { client } = await aKaggleWith(gzipSync(Buffer.alloc(60_000_000)), '/files/train.csv.gz');
  const folder = await aTarget();

  await expect(downloadTo(client, 'some', folder)).rejects.toMatchObject({
    code: 'kaggle.unsafe_archive',
  });
  await expect(stat(`${folder}.download`)).rejects.toThrow('ENOENT');
});

test('a bomb inside the archive is refused', async () => {
  const inner = await zipOf({ 'train.csv': Buffer.alloc(60_000_000) });
  const { client } = await aKaggleWith(await zipOf({ 'train.csv.zip': inner }));

  await expect(downloadTo(client, 'some', await aTarget())).rejects.toMatchObject({
    code: 'kaggle.unsafe_archive',
  });
});

test('a damaged archive without a checksum may have been cut on its way, so it is fetched again', async () => {
  const { client } = await aKaggleWith(Buffer.from('PK\u0003\u0004 and nothing more'));

  await expect(downloadTo(client, 'some', await aTarget())).rejects.toMatchObject({
    kind: 'transient',
    code: 'kaggle.corrupt_download',
  });
});

test('an archive over the cap is not fetched', async () => {
  const { client } = await aKaggleWith(await zipOf({ 'train.csv': 'a\n1\n' }));

  await expect(downloadTo(client, 'some', await aTarget(), { maxBytes: 10 })).rejects.toMatchObject({
    kind: 'business',
    code: 'kaggle.too_large',
  });
});

test.each([
  'http://169.254.169.254/latest/meta-data',
  'file:///etc/passwd',
  'http://192.168.0.1/archive.zip',
])('data at %s are not fetched', async (location) => {
  const server = await startTinyServer(
    (_request, response) => void response.writeHead(302, { location }).end(),
  );
  const client = createKaggleClient(kaggleOptions(server.url));

  await expect(downloadTo(client, 'some', await aTarget())).rejects.toMatchObject({
    kind: 'system',
    code: 'kaggle.unsafe_target',
  });
});

test('an upload is not sent to an address that we do not follow', async () => {
  const start: Handler = (_request, response) =>
    sendJson(response, 200, { token: 'blob', createUrl: 'http://169.254.169.254/upload' });
  const server = await startTinyServer(start);
  const client = createKaggleClient(kaggleOptions(server.url));
  const path = await aSubmissionFile();
  const session = await client.startUpload('some', { path, fileName: 'a.csv' }, { signal });

  await expect(client.uploadFile(session, path, { signal })).rejects.toMatchObject({
    code: 'kaggle.unsafe_target',
  });
});

test('an upload carries the bytes alone, whole, without credentials or content type', async () => {
  const storage = await startTinyServer((_request, response) => void response.writeHead(200).end());
  const server = await startTinyServer((_request, response) =>
    sendJson(response, 200, { token: 'blob', createUrl: `${storage.url}/upload?upload_id=1` }),
  );
  const client = createKaggleClient(kaggleOptions(server.url));
  const path = await aSubmissionFile();
  const session = await client.startUpload('some', { path, fileName: 'a.csv' }, { signal });

  await client.uploadFile(session, path, { signal });

  const content = await readFile(path);
  expect(JSON.parse(`${server.requests[0]?.body}`)).toMatchObject({
    fileName: 'a.csv',
    contentLength: content.length,
  });
  const [put] = storage.requests;
  expect(put?.method).toBe('PUT');
  expect(put?.body).toEqual(content);
  expect(put?.headers['content-length']).toBe(`${content.length}`);
  for (const name of ['authorization', 'content-type', 'content-range', 'cookie']) {
    expect(put?.headers).not.toHaveProperty(name);
  }
});

test('an upload asks how far it came, and goes on from there', async () => {
  const seen: string[] = [];
  const storage = await startTinyServer((request, response) => {
    seen.push(`${request.headers['content-range'] ?? 'whole'} ${request.body.length}`);
    if (seen.length === 1) response.writeHead(503).end();
    else if (seen.length === 2) response.writeHead(308, { range: 'bytes=0-9' }).end();
    else if (seen.length === 3) response.writeHead(308, { range: 'bytes=0-19' }).end();
    else response.writeHead(201).end();
  });
  const path = await aSubmissionFile();
  const { size } = await stat(path);
  const client = createKaggleClient(kaggleOptions(storage.url));
  const session = { token: 'blob', url: `${storage.url}/upload`, fileName: 'a.csv', sizeBytes: size };

  await client.uploadFile(session, path, { signal });

  expect(seen).toEqual([
    `whole ${size}`,
    `bytes */${size} 0`,
    `bytes 10-${size - 1}/${size} ${size - 10}`,
    `bytes 20-${size - 1}/${size} ${size - 20}`,
  ]);
});

const largeContent = randomBytes(400_000);

/** A Kaggle whose storage answers each of its requests as the next of these says. */
async function aKaggleThat(
  answers: readonly ((request: RecordedRequest, response: ServerResponse) => void)[],
) {
  const bytes = await zipOf({ 'train.csv': largeContent });
  let call = 0;
  const storage = await startTinyServer((request, response) => {
    const answer = answers[call] ?? sendRest(bytes);
    call += 1;
    answer(request, response);
  });
  const server = await startTinyServer((_request, response) => {
    response.writeHead(302, { location: `${storage.url}/bundle/archive.zip?Signature=1` }).end();
  });
  const attempts: string[] = [];
  const onAttempt = ({ name, outcome }: Attempt) => void attempts.push(`${name} ${outcome}`);
  const client = createKaggleClient(kaggleOptions(server.url, { policyOptions: { onAttempt } }));
  return { client, server, storage, bytes, attempts };
}

/** From where the request asks, to the end or for so many bytes, after which the connection is cut. */
function sendRest(bytes: Buffer, cut?: { afterBytes: number; folder: string }) {
  return (request: RecordedRequest, response: ServerResponse): void => {
    const start = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0);
    response.writeHead(start === 0 ? 200 : 206, {
      'content-length': bytes.length - start,
      'last-modified': 'Sun, 22 Nov 2026 10:00:00 GMT',
      ...(start === 0 ? {} : { 'content-range': `bytes ${start}-${bytes.length - 1}/${bytes.length}` }),
    });
    if (cut === undefined) {
      response.end(bytes.subarray(start));
      return;
    }
    const { afterBytes, folder } = cut;
    response.write(bytes.subarray(start, start + afterBytes));
    const size = async () => (await stat(`${folder}.download/archive`)).size;
    void vi
      .waitFor(async () => expect(await size()).toBe(start + afterBytes), { interval: 5, timeout: 20_000 })
      .finally(() => response.socket?.destroy());
  };
}

test('a transfer that is cut again and again comes to its end in one attempt, as long as it comes on', async () => {
  const cuts: ((request: RecordedRequest, response: ServerResponse) => void)[] = [];
  const { client, storage, server, bytes, attempts } = await aKaggleThat(cuts);
  const folder = await aTarget();
  for (let count = 0; count < 4; count++) cuts.push(sendRest(bytes, { afterBytes: 50_000, folder }));

  await downloadTo(client, 'some', folder);

  expect((await readFile(join(folder, 'train.csv'))).equals(largeContent)).toBe(true);
  expect(attempts).toEqual(['DownloadDataFiles ok']);
  expect(storage.requests.slice(1).map(({ headers }) => headers.range?.slice(0, 6))).toEqual(
    Array.from({ length: 4 }, () => 'bytes='),
  );
  expect(server.requests).toHaveLength(1);
});

test('a link that dies in the middle is replaced by a new one, which goes on at the same place', async () => {
  const answers: ((request: RecordedRequest, response: ServerResponse) => void)[] = [];
  const { client, storage, server, bytes } = await aKaggleThat(answers);
  const folder = await aTarget();
  answers.push(sendRest(bytes, { afterBytes: 50_000, folder }), (_request, response) => {
    response.writeHead(400).end('<Error/>');
  });

  const files = await downloadTo(client, 'some', folder);

  expect(files).toMatchObject([{ name: 'train.csv', sizeBytes: largeContent.length }]);
  expect(server.requests).toHaveLength(2);
  expect(storage.requests.map(({ headers }) => headers.range !== undefined)).toEqual([false, true, true]);
});

test('what one process has fetched another goes on with, and asks for nothing that is there', async () => {
  const { client, storage, server, bytes } = await aKaggleThat([]);
  const folder = await aTarget();
  const stopped = new AbortController();
  const onProgress = () => stopped.abort(new Error('killed'));
  const take = async () => {
    throw new Error('the object store is away');
  };

  await expect(downloadTo(client, 'some', folder, { signal: stopped.signal, onProgress })).rejects.toThrow(
    'killed',
  );
  await expect(downloadTo(client, 'some', folder, { take })).rejects.toThrow('the object store is away');
  const asked = [server.requests.length, storage.requests.length];
  const parts: string[] = [];
  const files = await downloadTo(client, 'some', folder, { onProgress: ({ phase }) => parts.push(phase) });

  expect(asked).toEqual([2, 2]);
  expect([server.requests.length, storage.requests.length]).toEqual(asked);
  expect([...new Set(parts)]).toEqual(['unpacking']);
  expect(files).toMatchObject([{ name: 'train.csv', sizeBytes: largeContent.length }]);
  expect(storage.requests[1]?.headers.range).toMatch(/^bytes=\d+-$/);
  expect(bytes.length).toBeGreaterThan(largeContent.length);
});

test('a download that Kaggle refuses for now is left to the caller, who hears when to come again', async () => {
  const server = await startTinyServer((_request, response) =>
    sendJson(response, 429, {
      error: { code: 429, status: 'RESOURCE_EXHAUSTED', message: 'Too many requests' },
    }),
  );
  // The longest wait of the policy as it is in use.
  const policyOptions = { backoff: { firstMs: 10, longestMs: 60_000, jitter: 0.1 } };
  const client = createKaggleClient(kaggleOptions(server.url, { policyOptions }));

  await expect(downloadTo(client, 'some', await aTarget())).rejects.toMatchObject({
    kind: 'transient',
    code: 'kaggle.busy',
    retryAfterMs: 61_000,
  });
  expect(server.requests).toHaveLength(1);
});

test('room is asked for before the first byte of each part, with what is still to come', async () => {
  const { client, storage, bytes } = await aKaggleThat([]);
  const folder = await aTarget();
  const asked: unknown[] = [];
  const requireSpace: DownloadOptions['requireSpace'] = async (need) => void asked.push(need);
  const full = new BusinessFailure('There is no room.', { code: 'data.no_space' });

  await expect(
    downloadTo(client, 'some', folder, { requireSpace: () => Promise.reject(full) }),
  ).rejects.toMatchObject({ code: 'data.no_space' });
  await downloadTo(client, 'some', folder, { requireSpace });

  expect(asked).toEqual([
    { phase: 'transfer', bytes: bytes.length },
    { phase: 'unpacking', bytes: largeContent.length },
  ]);
  expect(storage.requests.map(({ headers }) => headers.range)).toEqual([undefined, undefined]);
});

test('a file that was taken before does not come again', async () => {
  const { client } = await aKaggleWith(
    await zipOf({ 'a.csv': 'a', 'b.csv': 'bb', 'c.csv.zip': await zipOf({ 'c.csv': 'c' }) }),
  );
  const folder = await aTarget();

  const files = await downloadTo(client, 'some', folder, {
    isTaken: ({ name, sizeBytes }) => name !== 'b.csv' && sizeBytes === 1,
  });

  expect(files.map(({ name }) => name)).toEqual(['a.csv', 'b.csv', 'c.csv']);
  expect(await readdir(folder)).toEqual(['b.csv']);
});

test('an archive that is packed in another way is no damaged one, and is not fetched again', async () => {
  const bytes = await zipOf({ 'train.csv': 'a\n1\n' });
  const header = bytes.indexOf(Buffer.from([0x50, 0x4b, 0x01, 0x02]));
  bytes.writeUInt16LE(9, header + 10);
  const { client, storage } = await aKaggleWith(bytes);

  await expect(downloadTo(client, 'some', await aTarget())).rejects.toMatchObject({
    kind: 'business',
    code: 'kaggle.unsupported_archive',
  });
  expect(storage.requests).toHaveLength(1);
});
