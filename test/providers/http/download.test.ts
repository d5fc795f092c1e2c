import { createHash } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import type { ServerResponse } from 'node:http';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { crc32c } from '../../../src/providers/crc32c.ts';
import { type DownloadCall, downloadToFile } from '../../../src/providers/download.ts';
import { tempFolder } from '../../support/temp-folder.ts';
import { type RecordedRequest, startTinyServer } from '../../support/tiny-server.ts';

const content = Buffer.from(Array.from({ length: 50_000 }, (_, index) => index % 251));
const md5 = createHash('md5').update(content).digest('base64');

type Quirks = {
  hash?: string;
  etag?: string;
  cut?: { at: number; file: string };
  ignoresRange?: boolean;
  body?: Buffer;
};

/** Answers as a storage service does. */
function serve(request: RecordedRequest, response: ServerResponse, quirks: Quirks = {}): void {
  const {
    hash = `crc32c=AAAAAA==, md5=${md5}`,
    etag = '"one"',
    cut,
    ignoresRange = false,
    body = content,
  } = quirks;
  const from = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0);
  const isPart = from > 0 && !ignoresRange;
  const start = isPart ? from : 0;
  response.writeHead(isPart ? 206 : 200, {
    etag,
    'x-goog-hash': hash,
    'content-length': body.length - start,
    ...(isPart ? { 'content-range': `bytes ${start}-${body.length - 1}/${body.length}` } : {}),
  });
  if (cut === undefined) {
    response.end(body.subarray(start));
    return;
  }
  response.write(body.subarray(start, cut.at));
  void vi
    .waitFor(async () => expect((await stat(cut.file)).size).toBe(cut.at), { interval: 5 })
    .finally(() => response.socket?.destroy());
}

async function aDownload(url: string, options: Partial<DownloadCall> = {}): Promise<DownloadCall> {
  return {
    vendor: 'kaggle',
    fetch,
    url: new URL(url),
    file: join(await tempFolder(), 'archive'),
    userAgent: 'test',
    signal: new AbortController().signal,
    now: () => new Date(),
    maxBytes: 1_000_000,
    stallMs: 2_000,
    ...options,
  };
}

test('a file arrives whole, checked, without any credential, and its progress is told', async () => {
  const server = await startTinyServer((request, response) => serve(request, response));
  const progress: number[] = [];
  const call = await aDownload(server.url, { onProgress: ({ doneBytes }) => progress.push(doneBytes) });

  await expect(downloadToFile(call)).resolves.toEqual({ isVerified: true });

  expect(await readFile(call.file)).toEqual(content);
  expect(progress.at(-1)).toBe(content.length);
  const [request] = server.requests;
  expect(request?.headers.authorization).toBeUndefined();
  expect(request?.headers['content-type']).toBeUndefined();
  expect(request?.headers.cookie).toBeUndefined();
});

test('a download that was cut off goes on where it stopped', async () => {
  let isCut = true;
  let file = '';
  const server = await startTinyServer((request, response) => {
    serve(request, response, isCut ? { cut: { at: 20_000, file } } : {});
    isCut = false;
  });
  const call = await aDownload(server.url);
  file = call.file;

  await expect(downloadToFile(call)).rejects.toMatchObject({ kind: 'transient', code: 'kaggle.unreachable' });
  await downloadToFile(call);

  expect(server.requests[1]?.headers.range).toBe('bytes=20000-');
  expect(await readFile(call.file)).toEqual(content);
});

test('a storage that ignores the range starts the file anew', async () => {
  let isCut = true;
  let file = '';
  const server = await startTinyServer((request, response) => {
    serve(request, response, isCut ? { cut: { at: 20_000, file } } : { ignoresRange: true });
    isCut = false;
  });
  const call = await aDownload(server.url);
  file = call.file;
  await downloadToFile(call).catch(() => undefined);

  await downloadToFile(call);

  expect(await readFile(call.file)).toEqual(content);
});

test('parts of two different files are never put together', async () => {
  const newer = Buffer.from(content).reverse();
  const newerMd5 = createHash('md5').update(newer).digest('base64');
  let isCut = true;
  let file = '';
  const server = await startTinyServer((request, response) => {
    serve(
      request,
      response,
      isCut ? { cut: { at: 20_000, file } } : { body: newer, hash: `md5=${newerMd5}`, etag: '"two"' },
    );
    isCut = false;
  });
  const call = await aDownload(server.url);
  file = call.file;
  await downloadToFile(call).catch(() => undefined);

  await downloadToFile(call);

  expect(await readFile(call.file)).toEqual(newer);
  expect(server.requests.map(({ headers }) => headers.range)).toEqual([undefined, 'bytes=20000-', undefined]);
});

test('a file that differs from its checksum is thrown away', async () => {
  const server = await startTinyServer((request, response) =>
    serve(request, response, { hash: 'md5=1B2M2Y8AsgTpgAmY7PhCfg==' }),
  );
  const call = await aDownload(server.url);

  await expect(downloadToFile(call)).rejects.toMatchObject({
    kind: 'transient',
    code: 'kaggle.corrupt_download',
  });
  await expect(stat(call.file)).rejects.toThrow('ENOENT');
});

test('a CRC-32C alone is checked as well', async () => {
  const sum = Buffer.alloc(4);
  sum.writeUInt32BE(crc32c(content));
  const server = await startTinyServer((request, response) =>
    serve(request, response, { hash: `crc32c=${sum.toString('base64')}` }),
  );

  await expect(downloadToFile(await aDownload(server.url))).resolves.toEqual({ isVerified: true });
  expect(crc32c(Buffer.from('123456789'))).toBe(0xe3069283);
});

test.each([400, 401, 403])('a %i from the storage asks for a new link and keeps the part', async (status) => {
  const server = await startTinyServer((_request, response) => {
    response.writeHead(status);
    response.end('<Error><Code>ExpiredToken</Code></Error>');
  });

  await expect(downloadToFile(await aDownload(server.url))).rejects.toMatchObject({
    kind: 'transient',
    code: 'kaggle.link_expired',
  });
});

test.each([
  ['told', true],
  ['not told', false],
])('a file over the cap is refused, its size %s', async (_name, isTold) => {
  const server = await startTinyServer((request, response) => {
    if (isTold) serve(request, response);
    else response.end(content);
  });

  await expect(downloadToFile(await aDownload(server.url, { maxBytes: 1_000 }))).rejects.toMatchObject({
    kind: 'business',
    code: 'kaggle.too_large',
  });
});

test('a transfer that stands still is given up, one that only is slow is not', async () => {
  const still = await startTinyServer((_request, response) => {
    response.writeHead(200, { 'content-length': 10 });
    response.write('ab');
  });
  const slow = await startTinyServer((_request, response) => {
    response.writeHead(200, { 'content-length': 10 });
    let sent = 0;
    const timer = setInterval(() => {
      response.write('x');
      sent += 1;
      if (sent === 10) clearInterval(timer);
    }, 40);
  });

  await expect(downloadToFile(await aDownload(still.url, { stallMs: 100 }))).rejects.toMatchObject({
    code: 'kaggle.stalled',
  });
  await expect(downloadToFile(await aDownload(slow.url, { stallMs: 200 }))).resolves.toEqual({
    isVerified: false,
  });
});

test('an abort ends the transfer with its reason', async () => {
  const server = await startTinyServer((_request, response) => {
    response.writeHead(200, { 'content-length': 10 });
    response.write('ab');
  });
  const controller = new AbortController();
  const call = await aDownload(server.url, {
    signal: controller.signal,
    onProgress: () => controller.abort(new Error('enough')),
  });

  await expect(downloadToFile(call)).rejects.toThrow('enough');
});
