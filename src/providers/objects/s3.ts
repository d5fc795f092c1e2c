import type { Readable } from 'node:stream';
import {
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  type HeadObjectCommandOutput,
  ListObjectVersionsCommand,
  PutObjectCommand,
  paginateListObjectsV2,
  type S3Client,
} from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import type { Log } from '../../domain/log.ts';
import { isObjectKey } from '../../domain/object-key.ts';
import type {
  LinkOptions,
  ListedObject,
  ObjectInfo,
  ObjectStore,
  ObjectVersion,
  PutOptions,
} from './contract.ts';
import { missingObject, requireKey } from './put-rules.ts';
import { createS3Client, type S3Place, shortCall } from './s3-client.ts';
import { createDigests, type Digests } from './s3-digest.ts';
import { isNoSuchKey, isUnexplained, s3Failure, statusOf } from './s3-failure.ts';
import { openReading } from './s3-read.ts';
import { digestField, sendBody, usualPartBytes } from './s3-upload.ts';

export type S3StoreOptions = S3Place & {
  /** Of a large upload; at least 5 MiB, as S3 wants it. */
  partBytes?: number;
  now: () => Date;
  log: Log;
};

export type S3Store = ObjectStore & {
  /** Ends its connections. */
  close(): void;
};

/** A link of S3 lives so long at most. Source: Signature Version 4, query parameters, `X-Amz-Expires`. */
const longestLinkSeconds = 7 * 86_400;
/** For all pages of a list together. */
const listTimeoutMs = 300_000;
/** A head whose object is replaced while its digest is made begins anew. */
const headAttempts = 3;

/**
 * Objects in a bucket of Amazon S3, or of a server that speaks its protocol.
 *
 * Its links are presigned by the keys that are valid now, so a link also ends with a session token, and lives seven
 * days at most. What comes by an upload link has no limit in size but S3's own (5 GB).
 */
export function createS3Store(options: S3StoreOptions): S3Store {
  const { bucket, log, partBytes = usualPartBytes } = options;
  const client = createS3Client(options);
  const ground: Ground = {
    client,
    bucket,
    place: options,
    digests: createDigests({ client, bucket, log }),
    partBytes,
    log,
  };
  const translated = async <T>(work: () => Promise<T>): Promise<T> => {
    try {
      return await work();
    } catch (error) {
      throw s3Failure(error, options);
    }
  };
  return {
    put: (key, body, limits = {}) => putObject(ground, key, body, limits),
    get: (key, range) =>
      readObject(ground, { key, version: null, ...(range === undefined ? {} : { range }) }),
    head: (key) => translated(() => headObject(ground, key)),
    list: (prefix) => translated(() => listObjects(ground, prefix)),
    remove: (key) =>
      translated(async () => {
        requireKey(key);
        await client.send(new DeleteObjectCommand({ Bucket: bucket, Key: key }), shortCall());
      }),
    signedUrl: (key, link) => translated(() => presign(ground, key, link, options.now())),
    versions: (key) => translated(() => listVersions(ground, key)),
    getVersion: (key, version) => readObject(ground, { key, version }),
    // The bucket does it by itself, by the rules that `setup storage` gave it.
    prune: async () => ({ objects: 0, versions: 0, uploads: 0, freedBytes: 0 }),
    close: () => client.destroy(),
  };
}

type Ground = {
  client: S3Client;
  bucket: string;
  place: S3Place;
  digests: Digests;
  partBytes: number;
  log: Log;
};

async function putObject(
  ground: Ground,
  key: string,
  body: Buffer | Readable,
  limits: PutOptions,
): Promise<ObjectInfo> {
  // A stream that breaks before anybody reads it would take the whole process down; reading it tells as well.
  if (!Buffer.isBuffer(body)) body.on('error', () => undefined);
  requireKey(key);
  const { signal } = limits;
  try {
    signal?.throwIfAborted();
    const sent = await sendBody({ ...ground, key }, body, limits);
    const { sizeBytes, sha256, etag, version } = sent;
    if (!sent.carriesDigest) await ground.digests.remember({ key, etag, version, sizeBytes }, sha256);
    const { LastModified } = await sendHead(ground, key, version);
    return { sizeBytes, sha256, modifiedAt: LastModified ?? new Date(0) };
  } catch (error) {
    signal?.throwIfAborted();
    // An error of the body itself is its owner's.
    if (!Buffer.isBuffer(body) && error === body.errored) throw error;
    throw s3Failure(error, ground.place);
  }
}

async function readObject(
  { client, bucket, place }: Ground,
  what: { key: string; version: string | null; range?: { start: number; end: number } },
): Promise<Readable> {
  requireKey(what.key);
  const failure = (error: unknown) => s3Failure(error, place);
  try {
    return await openReading({ client, bucket, ...what, failure });
  } catch (error) {
    throw isMissingObject(error, what.version) ? missingObject(what.key, error) : failure(error);
  }
}

/** An unknown version is answered with 404, one in an impossible form with 400. */
function isMissingObject(error: unknown, version: string | null): boolean {
  return isNoSuchKey(error) || (version !== null && statusOf(error) === 400);
}

async function headObject(ground: Ground, key: string): Promise<ObjectInfo | null> {
  requireKey(key);
  for (let attempt = 1; ; attempt += 1) {
    const found = await sendHead(ground, key, null).catch((error: unknown) => {
      if (isNoSuchKey(error)) return null;
      throw error;
    });
    if (found === null) return null;
    try {
      return await describe(ground, key, found);
    } catch (error) {
      const isReplaced = isNoSuchKey(error) || statusOf(error) === 412;
      if (!isReplaced || attempt >= headAttempts) throw error;
    }
  }
}

async function describe(
  { client, bucket, place, digests }: Ground,
  key: string,
  found: HeadObjectCommandOutput,
): Promise<ObjectInfo> {
  const { Metadata = {}, ContentLength: sizeBytes = 0, LastModified: modifiedAt = new Date(0) } = found;
  const carried = Metadata[digestField] ?? '';
  if (/^[0-9a-f]{64}$/.test(carried)) return { sizeBytes, sha256: carried, modifiedAt };
  const version = found.VersionId ?? null;
  const etag = found.ETag ?? '';
  const failure = (error: unknown) => s3Failure(error, place);
  const sha256 = await digests.of(
    { key, etag, version, sizeBytes },
    async () => await openReading({ client, bucket, key, version, ifMatch: etag, failure }),
  );
  return { sizeBytes, sha256, modifiedAt };
}

/** The answer to HEAD; where it was refused without a word, the reason that GET gives. */
async function sendHead({ client, bucket }: Ground, key: string, version: string | null) {
  const named = { Bucket: bucket, Key: key, ...(version === null ? {} : { VersionId: version }) };
  try {
    return await client.send(new HeadObjectCommand(named), shortCall());
  } catch (error) {
    if (!isUnexplained(error)) throw error;
    const { Body } = await client.send(new GetObjectCommand({ ...named, Range: 'bytes=0-0' }), shortCall());
    await Body?.transformToByteArray();
    throw error;
  }
}

async function listObjects({ client, bucket }: Ground, prefix: string): Promise<ListedObject[]> {
  const folder = prefix.replace(/\/$/, '');
  if (folder !== '') requireKey(folder);
  const pages = paginateListObjectsV2(
    { client },
    { Bucket: bucket, ...(folder === '' ? {} : { Prefix: `${folder}/` }) },
    { abortSignal: AbortSignal.timeout(listTimeoutMs) },
  );
  const found: ListedObject[] = [];
  for await (const { Contents = [] } of pages) {
    for (const { Key = '', Size = 0, LastModified = new Date(0) } of Contents) {
      // What others put there, such as a console's markers of folders, is none of ours.
      if (isObjectKey(Key)) found.push({ key: Key, sizeBytes: Size, modifiedAt: LastModified });
    }
  }
  return found.sort((a, b) => (a.key < b.key ? -1 : 1));
}

async function listVersions({ client, bucket }: Ground, key: string): Promise<ObjectVersion[]> {
  requireKey(key);
  const found: ObjectVersion[] = [];
  let marker: { KeyMarker?: string | undefined; VersionIdMarker?: string | undefined } | null = {};
  while (marker !== null) {
    const command: ListObjectVersionsCommand = new ListObjectVersionsCommand({
      Bucket: bucket,
      Prefix: key,
      ...marker,
    });
    const page = await client.send(command, shortCall());
    const own = (page.Versions ?? []).filter(({ Key }) => Key === key);
    for (const { IsLatest, VersionId, Size = 0, LastModified = new Date(0) } of own) {
      if (IsLatest || VersionId === undefined) continue;
      found.push({ version: VersionId, sizeBytes: Size, modifiedAt: LastModified });
    }
    // The keys come in their order: what lies behind another key is none of this one.
    const isOver = !page.IsTruncated || page.NextKeyMarker !== key;
    marker = isOver ? null : { KeyMarker: page.NextKeyMarker, VersionIdMarker: page.NextVersionIdMarker };
  }
  return found;
}

async function presign(
  { client, bucket }: Ground,
  key: string,
  link: LinkOptions,
  now: Date,
): Promise<string> {
  requireKey(key);
  const named = { Bucket: bucket, Key: key };
  const command = link.method === 'GET' ? new GetObjectCommand(named) : new PutObjectCommand(named);
  const expiresIn = Math.min(link.expiresInSeconds, longestLinkSeconds);
  return await getSignedUrl(client, command, { expiresIn, signingDate: now });
}
