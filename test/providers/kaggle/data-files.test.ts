import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { ZipFile } from 'yazl';
import { createKaggleClient } from '../../../src/providers/kaggle/client.ts';
import { aSubmissionFile, kaggleOptions } from '../../support/kaggle.ts';
import { tempFolder } from '../../support/temp-folder.ts';
import { type Handler, sendJson, startTinyServer } from '../../support/tiny-server.ts';

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

  const files = await client.downloadAll('some', folder, { signal });

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

  const files = await client.downloadAll('some', folder, { signal });

  expect(files.map(({ name }) => name)).toEqual(['train.csv']);
  expect(await readFile(join(folder, 'train.csv'), 'utf8')).toBe('a\n1\n');
});

test('a gzip bomb is refused', async () => {
  const { client } = await aKaggleWith(gzipSync(Buffer.alloc(60_000_000)), '/files/train.csv.gz');
  const folder = await aTarget();

  await expect(client.downloadAll('some', folder, { signal })).rejects.toMatchObject({
    code: 'kaggle.unsafe_archive',
  });
  await expect(stat(folder)).rejects.toThrow('ENOENT');
  await expect(stat(`${folder}.download`)).rejects.toThrow('ENOENT');
});

test('a bomb inside the archive is refused', async () => {
  const inner = await zipOf({ 'train.csv': Buffer.alloc(60_000_000) });
  const { client } = await aKaggleWith(await zipOf({ 'train.csv.zip': inner }));

  await expect(client.downloadAll('some', await aTarget(), { signal })).rejects.toMatchObject({
    code: 'kaggle.unsafe_archive',
  });
});

test('a damaged archive without a checksum may have been cut on its way, so it is fetched again', async () => {
  const { client } = await aKaggleWith(Buffer.from('PK\u0003\u0004 and nothing more'));

  await expect(client.downloadAll('some', await aTarget(), { signal })).rejects.toMatchObject({
    kind: 'transient',
    code: 'kaggle.corrupt_download',
  });
});

test('an archive over the cap is not fetched', async () => {
  const { client } = await aKaggleWith(await zipOf({ 'train.csv': 'a\n1\n' }));

  await expect(client.downloadAll('some', await aTarget(), { signal, maxBytes: 10 })).rejects.toMatchObject({
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

  await expect(client.downloadAll('some', await aTarget(), { signal })).rejects.toMatchObject({
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
