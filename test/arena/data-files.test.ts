import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { fromBuffer } from 'yauzl';
import { createCrc32c } from '../../src/arena/crc32c.ts';
import { aCompetitionFolder, anArena, call, competitionName, type TestArena } from './support.ts';

async function locationOf(arena: TestArena, method: string, body: object = {}): Promise<string> {
  const reply = await call(arena, method, { competitionName, ...body });
  expect(reply.status).toBe(302);
  return reply.headers.get('location') ?? '';
}

async function namesInZip(bytes: Buffer): Promise<string[]> {
  const zip = await promisify<Buffer, { lazyEntries: boolean }, import('yauzl').ZipFile>(fromBuffer)(bytes, {
    lazyEntries: false,
  });
  const names: string[] = [];
  zip.on('entry', (entry) => names.push(entry.fileName));
  await new Promise((resolve) => zip.on('end', resolve));
  return names;
}

test('files are listed in pages, with a summary by extension', async () => {
  const arena = await anArena();

  const first = await call(arena, 'ListDataFiles', { competitionName, pageSize: 2 });
  const second = await call(arena, 'ListDataFiles', {
    competitionName,
    pageSize: 2,
    pageToken: first.body.nextPageToken,
  });
  const summary = await call(arena, 'GetCompetitionDataFilesSummary', { competitionName });

  const names = [...first.body.files, ...second.body.files].map(({ name }) => name);
  expect(names).toEqual(['sample_submission.csv', 'test.csv', 'train.csv']);
  expect(first.body.files[0]).toMatchObject({
    totalBytes: expect.any(Number),
    creationDate: expect.stringMatching(/Z$/),
  });
  expect(summary.body.fileSummaryInfo).toMatchObject({
    totalFileCount: 3,
    fileTypes: [{ extension: '.csv', fileCount: 3, totalSize: expect.any(Number) }],
  });
});

test('everything comes as one zip from another origin', async () => {
  const arena = await anArena();

  const location = await locationOf(arena, 'DownloadDataFiles');
  const response = await fetch(location);
  const bytes = Buffer.from(await response.arrayBuffer());

  expect(new URL(location).origin).toBe(arena.storageUrl);
  expect(new URL(location).origin).not.toBe(arena.apiUrl);
  expect(location).toContain('/archive.zip?');
  expect(response.status).toBe(200);
  expect(Number(response.headers.get('content-length'))).toBe(bytes.length);
  expect(response.headers.get('accept-ranges')).toBe('bytes');
  expect(response.headers.get('last-modified')).toMatch(/ GMT$/);
  expect(response.headers.get('x-goog-hash')).toContain(
    `md5=${createHash('md5').update(bytes).digest('base64')}`,
  );
  expect(await namesInZip(bytes)).toEqual(['sample_submission.csv', 'test.csv', 'train.csv']);
});

test('the archive holds nothing of the hidden labels', async () => {
  const arena = await anArena();

  const listed = await call(arena, 'ListDataFiles', { competitionName });
  const asked = await call(arena, 'DownloadDataFile', {
    competitionName,
    fileName: '../private/solution.csv',
  });

  expect(listed.text).not.toContain('solution');
  expect(asked.status).toBe(404);
});

test('a single file comes as it is, or zipped under its name where the storage keeps it so', async () => {
  const arena = await anArena();

  const plain = await locationOf(arena, 'DownloadDataFile', { fileName: 'test.csv' });
  const zipped = await locationOf(arena, 'DownloadDataFile', { fileName: 'train.csv' });

  const [folder = ''] = arena.options.folders;
  expect(new URL(plain).pathname).toMatch(/\/test\.csv$/);
  expect(await (await fetch(plain)).text()).toBe(await readFile(join(folder, 'public/test.csv'), 'utf8'));
  expect(new URL(zipped).pathname).toMatch(/\/train\.csv\.zip$/);
  expect(await namesInZip(Buffer.from(await (await fetch(zipped)).arrayBuffer()))).toEqual(['train.csv']);
});

test('files in folders and with odd names can be fetched', async () => {
  const name = 'images/a b#1.csv';
  const arena = await anArena({
    folders: [await aCompetitionFolder({ files: { [`public/${name}`]: 'x\n1\n' } })],
  });

  const location = await locationOf(arena, 'DownloadDataFile', { fileName: name });

  expect(await (await fetch(location)).text()).toBe('x\n1\n');
});

test('an unknown file is not found', async () => {
  const arena = await anArena();

  expect((await call(arena, 'DownloadDataFile', { competitionName, fileName: 'none.csv' })).status).toBe(404);
});

test('a part of a file can be asked for', async () => {
  const arena = await anArena();
  const location = await locationOf(arena, 'DownloadDataFile', { fileName: 'test.csv' });
  const whole = await (await fetch(location)).text();
  const get = (range: string) => fetch(location, { headers: { range } });

  const rest = await get('bytes=5-');
  const middle = await get('bytes=2-4');
  const end = await get('bytes=-3');
  const beyond = await get(`bytes=${whole.length}-`);

  expect([rest.status, middle.status, end.status, beyond.status]).toEqual([206, 206, 206, 416]);
  expect(rest.headers.get('content-range')).toBe(`bytes 5-${whole.length - 1}/${whole.length}`);
  expect(await rest.text()).toBe(whole.slice(5));
  expect(await middle.text()).toBe(whole.slice(2, 5));
  expect(await end.text()).toBe(whole.slice(-3));
});

test('a storage that ignores ranges sends everything', async () => {
  const arena = await anArena({ behaviour: { ignoresRange: true } });
  const location = await locationOf(arena, 'DownloadDataFile', { fileName: 'test.csv' });

  expect((await fetch(location, { headers: { range: 'bytes=5-' } })).status).toBe(200);
});

test.each([
  ['a credential', { authorization: 'Bearer x' }, 401],
  ['a cookie', { cookie: 'ka_sessionid=x' }, 401],
  ['a content type', { 'content-type': 'application/json' }, 403],
])('the storage refuses a download that carries %s', async (_what, headers, status) => {
  const arena = await anArena();
  const location = await locationOf(arena, 'DownloadDataFiles');

  const response = await fetch(location, { headers: new Headers(headers) });

  expect(response.status).toBe(status);
  expect(await response.text()).toContain('<Error><Code>');
});

test('a link works until it expires, and only for its own file', async () => {
  const arena = await anArena();
  const location = await locationOf(arena, 'DownloadDataFile', { fileName: 'test.csv' });

  const other = await fetch(location.replace('test.csv', 'sample_submission.csv'));
  const longer = await fetch(location.replace(/Expires=\d+/, 'Expires=9999999999'));
  const bare = await fetch(location.split('?')[0] ?? '');
  arena.clock.now = new Date(arena.clock.now.getTime() + 301_000);
  const late = await fetch(location);

  expect([other.status, longer.status, bare.status]).toEqual([403, 403, 403]);
  expect(await other.text()).toContain('SignatureDoesNotMatch');
  expect(late.status).toBe(400);
  expect(await late.text()).toContain('ExpiredToken');
});

test('a download that is cut off can be taken up again', async () => {
  const arena = await anArena({
    faults: [{ method: 'storage.GET', action: { kind: 'drop', afterBytes: 7 } }],
  });
  const location = await locationOf(arena, 'DownloadDataFile', { fileName: 'test.csv' });

  const cut = await fetch(location);
  const reader = cut.body?.getReader();
  const part = await reader?.read();
  await expect(reader?.read()).rejects.toThrow();
  const rest = await fetch(location, { headers: { range: 'bytes=7-' } });

  const [folder = ''] = arena.options.folders;
  const text = Buffer.from(part?.value ?? []).toString() + (await rest.text());
  expect(text).toBe(await readFile(join(folder, 'public/test.csv'), 'utf8'));
});

test('the bytes can also come at once, without a redirect', async () => {
  const arena = await anArena({ behaviour: { hasDirectDownloads: true } });

  const reply = await call(arena, 'DownloadDataFile', { competitionName, fileName: 'test.csv' });

  expect(reply.status).toBe(200);
  expect(reply.text).toMatch(/^id,x\n/);
});

test('CRC32C gives the check value of its definition', () => {
  const crc = createCrc32c();

  crc.update(Buffer.from('123456789'));

  expect(crc.digest().toString('hex')).toBe('e3069283');
});
