import { randomUUID } from 'node:crypto';
import { pipeline } from 'node:stream/promises';
import {
  add,
  type Bucket,
  etagOfParts,
  find,
  partsInOrder,
  readState,
  remove,
  removeFiles,
  type State,
  type Upload,
} from './bucket.ts';
import {
  allow,
  answer,
  answerXml,
  bucketOf,
  type Call,
  need,
  readSettings,
  readSmall,
  store,
} from './call.ts';
import { Refusal } from './refusal.ts';
import { documentOf } from './settings.ts';
import { all, textOf } from './xml.ts';

/** Answers what concerns one object. @throws Refusal */
export async function answerObject(call: Call, bucketName: string, key: string): Promise<void> {
  const { url, request } = call;
  const bucket = bucketOf(call, bucketName);
  const uploadId = url.searchParams.get('uploadId');
  if (url.searchParams.has('tagging')) return await tagging(call, bucket, key);
  if (request.method === 'POST' && url.searchParams.has('uploads')) return startUpload(call, bucket, key);
  if (uploadId !== null) return await withUpload(call, bucket, key, uploadId);
  if (request.method === 'PUT') return await put(call, bucket, key);
  if (request.method === 'GET' || request.method === 'HEAD') return await read(call, bucket, key);
  if (request.method === 'DELETE') {
    allow(call, 'DeleteObject');
    const marker = await remove(bucket, key, call.now());
    return answer(call, 204, marker === null ? {} : versionHeader(bucket, marker));
  }
  throw new Refusal(405, 'MethodNotAllowed', 'The specified method is not allowed against this resource.');
}

async function put(call: Call, bucket: Bucket, key: string): Promise<void> {
  allow(call, 'PutObject');
  const stored = await store(call);
  const state = await add(bucket, key, {
    files: [stored],
    etag: stored.md5,
    metadata: metadataOf(call),
    modifiedAt: call.now(),
  });
  answer(call, 200, { etag: `"${state.etag}"`, ...versionHeader(bucket, state) });
}

async function read(call: Call, bucket: Bucket, key: string): Promise<void> {
  const { request, response, url } = call;
  allow(call, 'GetObject');
  const state = find(bucket, key, url.searchParams.get('versionId'));
  if (state.isMarker) throw new Refusal(405, 'MethodNotAllowed', 'This is a delete marker.');
  const condition = request.headers['if-match'];
  if (condition !== undefined && condition.replaceAll('"', '') !== state.etag) {
    throw new Refusal(
      412,
      'PreconditionFailed',
      'At least one of the pre-conditions you specified did not hold',
    );
  }
  const range = rangeOf(request.headers.range, state.sizeBytes);
  response.writeHead(range === null ? 200 : 206, {
    'accept-ranges': 'bytes',
    'content-length': range === null ? state.sizeBytes : range.end - range.start + 1,
    'content-type': 'application/octet-stream',
    etag: `"${state.etag}"`,
    'last-modified': state.modifiedAt.toUTCString(),
    ...(range === null ? {} : { 'content-range': `bytes ${range.start}-${range.end}/${state.sizeBytes}` }),
    ...Object.fromEntries(
      Object.entries(state.metadata).map(([name, value]) => [`x-amz-meta-${name}`, value]),
    ),
    ...versionHeader(bucket, state),
  });
  if (request.method === 'HEAD') return void response.end();
  const { start, end } = range ?? { start: 0, end: state.sizeBytes - 1 };
  // Who hangs up in the middle is no trouble of the server.
  await pipeline(readState(state, start, end), response).catch(() => undefined);
}

function rangeOf(header: string | undefined, sizeBytes: number): { start: number; end: number } | null {
  const [whole, from = '', to = ''] = /^bytes=(\d*)-(\d*)$/.exec(header ?? '') ?? [];
  if (whole === undefined || (from === '' && to === '')) return null;
  const start = from === '' ? Math.max(0, sizeBytes - Number(to)) : Number(from);
  const end = from === '' || to === '' ? sizeBytes - 1 : Math.min(Number(to), sizeBytes - 1);
  if (start > end) throw new Refusal(416, 'InvalidRange', 'The requested range is not satisfiable');
  return { start, end };
}

function startUpload(call: Call, bucket: Bucket, key: string): void {
  need(call, 'multipart');
  allow(call, 'PutObject');
  const id = randomUUID();
  bucket.uploads.set(id, { key, metadata: metadataOf(call), parts: new Map(), startedAt: call.now() });
  answerXml(call, 'InitiateMultipartUploadResult', { Bucket: bucket.name, Key: key, UploadId: id });
}

async function withUpload(call: Call, bucket: Bucket, key: string, id: string): Promise<void> {
  const upload = bucket.uploads.get(id);
  if (upload === undefined || upload.key !== key) {
    throw new Refusal(404, 'NoSuchUpload', 'The specified upload does not exist.');
  }
  if (call.request.method === 'PUT') return await putPart(call, upload);
  if (call.request.method === 'POST') return await complete(call, { bucket, key, id, upload });
  allow(call, 'AbortMultipartUpload');
  bucket.uploads.delete(id);
  await removeFiles([...upload.parts.values()]);
  answer(call, 204);
}

async function putPart(call: Call, upload: Upload): Promise<void> {
  allow(call, 'PutObject');
  const number = Number(call.url.searchParams.get('partNumber'));
  if (!(number >= 1 && number <= 10_000)) throw new Refusal(400, 'InvalidArgument', 'Part number');
  const stored = await store(call);
  upload.parts.set(number, stored);
  answer(call, 200, { etag: `"${stored.md5}"`, 'x-amz-checksum-crc32': stored.crc32 });
}

async function complete(
  call: Call,
  { bucket, key, id, upload }: { bucket: Bucket; key: string; id: string; upload: Upload },
): Promise<void> {
  allow(call, 'PutObject');
  const document = documentOf(await readSmall(call), 'CompleteMultipartUpload');
  const files = partsInOrder(
    upload,
    all(document, 'Part').map((part) => ({
      number: Number(textOf(part, 'PartNumber')),
      etag: textOf(part, 'ETag') ?? '',
      crc32: textOf(part, 'ChecksumCRC32'),
    })),
  );
  bucket.uploads.delete(id);
  const state = await add(bucket, key, {
    files,
    etag: etagOfParts(files),
    metadata: upload.metadata,
    modifiedAt: call.now(),
  });
  call.response.setHeaders(new Map(Object.entries(versionHeader(bucket, state))));
  answerXml(call, 'CompleteMultipartUploadResult', {
    Bucket: bucket.name,
    Key: key,
    ETag: `"${state.etag}"`,
  });
}

async function tagging(call: Call, bucket: Bucket, key: string): Promise<void> {
  need(call, 'tagging');
  allow(call, call.request.method === 'PUT' ? 'PutObjectTagging' : 'GetObjectTagging');
  const state = find(bucket, key, call.url.searchParams.get('versionId'));
  if (call.request.method !== 'PUT') {
    const TagSet = { Tag: state.tags.map(([Key, Value]) => ({ Key, Value })) };
    return answerXml(call, 'Tagging', { TagSet });
  }
  const document = documentOf(await readSettings(call), 'Tagging');
  const tags = all(document, 'TagSet').flatMap((set) => all(set, 'Tag'));
  state.tags = tags.map((tag) => [textOf(tag, 'Key') ?? '', textOf(tag, 'Value') ?? '']);
  const isValid = state.tags.every(
    ([name, value]) => /^[\w .:/=+@-]{1,128}$/.test(name) && /^[\w .:/=+@-]{0,256}$/.test(value),
  );
  if (!isValid || state.tags.length > 10)
    throw new Refusal(400, 'InvalidTag', 'The tag provided was not a valid tag.');
  answer(call, 200, versionHeader(bucket, state));
}

function metadataOf({ request }: Call): Record<string, string> {
  const prefix = 'x-amz-meta-';
  const own = Object.entries(request.headers).filter(([name]) => name.startsWith(prefix));
  return Object.fromEntries(own.map(([name, value]) => [name.slice(prefix.length), String(value)]));
}

function versionHeader(bucket: Bucket, state: State): Record<string, string> {
  return bucket.isVersioned || state.id !== 'null' ? { 'x-amz-version-id': state.id } : {};
}
