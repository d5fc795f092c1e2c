import { createHash, randomUUID } from 'node:crypto';
import { addAbortSignal, type Readable } from 'node:stream';
import {
  AbortMultipartUploadCommand,
  type CompletedPart,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  HeadObjectCommand,
  PutObjectCommand,
  type S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import type { Log } from '../../domain/log.ts';
import type { PutOptions } from './contract.ts';
import { requireDigest, requireSize } from './put-rules.ts';
import { shortCall } from './s3-client.ts';
import { errorName } from './s3-failure.ts';

/** 10,000 of them, the most that S3 takes, are 160 GB. Source: S3 user guide, "Multipart upload limits". */
export const usualPartBytes = 16 * 1024 * 1024;
/** With the two that are read meanwhile, 80 MB in memory at most, whatever the object's size. */
const partsAtOnce = 3;

/** Names of the metadata of our objects. */
export const digestField = 'sha256';
const uploadField = 'upload';

export type Sent = {
  sizeBytes: number;
  sha256: string;
  etag: string;
  /** Null in a bucket without versioning. */
  version: string | null;
  /** The object itself carries its digest. */
  carriesDigest: boolean;
};

type Target = { client: S3Client; bucket: string; key: string; partBytes: number; log: Log };

/** Sends a whole body, in parts where it is large. The object changes with the last request or not at all. */
export async function sendBody(
  target: Target,
  body: Buffer | Readable,
  { maxBytes = Infinity, sha256, signal }: PutOptions,
): Promise<Sent> {
  if (Buffer.isBuffer(body)) {
    requireSize(body.length, maxBytes);
    return await sendWhole(target, body, sha256, signal);
  }
  const tally = createTally(maxBytes);
  const stop = new AbortController();
  const ended = signal === undefined ? stop.signal : AbortSignal.any([signal, stop.signal]);
  // A body that nobody wants any more is not waited for.
  addAbortSignal(ended, body);
  const pool = createPool(target.partBytes);
  const parts = partsOf(body, pool, tally);
  const next = createNext(parts, ended);
  try {
    const first = (await next()) ?? Buffer.alloc(0);
    if (tally.isEnded) return await sendWhole(target, first, sha256, signal);
    return await sendParts(target, { first, next, pool, tally, expected: sha256, stop, signal: ended });
  } finally {
    // Not waited for: a body that says nothing any more may never end.
    parts.return(undefined).catch(() => undefined);
  }
}

async function sendWhole(
  { client, bucket, key }: Target,
  body: Buffer,
  expected: string | undefined,
  signal: AbortSignal | undefined,
): Promise<Sent> {
  const digest = createHash('sha256').update(body).digest();
  const sha256 = digest.toString('hex');
  requireDigest(key, sha256, expected);
  const command = new PutObjectCommand({
    Bucket: bucket,
    Key: key,
    Body: body,
    ContentLength: body.length,
    ChecksumSHA256: digest.toString('base64'),
    Metadata: { [digestField]: sha256 },
  });
  const { ETag, VersionId } = await client.send(command, signalOf(signal));
  return {
    sizeBytes: body.length,
    sha256,
    etag: ETag ?? '',
    version: VersionId ?? null,
    carriesDigest: true,
  };
}

/**
 * The next part, or null; or the abort, whichever comes first. Not by `Promise.race` against one promise of the whole
 * upload: that would hold on to every part.
 */
function createNext(
  parts: AsyncGenerator<Buffer, undefined>,
  signal: AbortSignal,
): () => Promise<Buffer | null> {
  return () =>
    new Promise((done, failed) => {
      const fail = () => failed(signal.reason);
      if (signal.aborted) return fail();
      signal.addEventListener('abort', fail, { once: true });
      parts
        .next()
        .then(({ value }) => done(value ?? null), failed)
        .finally(() => signal.removeEventListener('abort', fail));
    });
}

type Large = {
  first: Buffer;
  next: () => Promise<Buffer | null>;
  pool: Pool;
  tally: Tally;
  expected: string | undefined;
  /** Ends what is under way once one part has failed. */
  stop: AbortController;
  signal: AbortSignal;
};

async function sendParts(target: Target, large: Large): Promise<Sent> {
  const { client, bucket, key } = target;
  const { tally, expected, signal } = large;
  const upload = randomUUID();
  // Metadata comes before the bytes, so only a digest that is known already can be in it.
  const known = expected === undefined ? {} : { [digestField]: expected };
  const created = await client.send(
    new CreateMultipartUploadCommand({
      Bucket: bucket,
      Key: key,
      ChecksumAlgorithm: 'CRC32',
      Metadata: { ...known, [uploadField]: upload },
    }),
    shortCall(signal),
  );
  const named = { Bucket: bucket, Key: key, UploadId: created.UploadId };
  try {
    const sent = await sendAll(client, named, large);
    const sha256 = tally.digest();
    requireDigest(key, sha256, expected);
    const { etag, version } = await complete(target, { named, parts: sent, upload, signal });
    return { sizeBytes: tally.sizeBytes, sha256, etag, version, carriesDigest: expected !== undefined };
  } catch (error) {
    await giveUp(target, named);
    throw error;
  }
}

type NamedUpload = { Bucket: string; Key: string; UploadId: string | undefined };

async function sendAll(client: S3Client, named: NamedUpload, large: Large): Promise<CompletedPart[]> {
  const { first, next, pool, stop, signal } = large;
  const sent: CompletedPart[] = [];
  const underWay = new Set<Promise<void>>();
  const failures: unknown[] = [];
  const start = (body: Buffer, number: number): void => {
    const sending = sendPart(client, named, { body, number, signal })
      .then((part) => {
        sent.push(part);
        pool.give(body);
      })
      .catch((error: unknown) => {
        failures.push(error);
        stop.abort(error);
      })
      .finally(() => underWay.delete(sending));
    underWay.add(sending);
  };
  try {
    start(first, 1);
    for (let number = 2; failures.length === 0; number += 1) {
      if (underWay.size >= partsAtOnce) await Promise.race(underWay);
      const part = await next();
      if (part === null) break;
      start(part, number);
    }
  } catch (error) {
    failures.push(error);
    stop.abort(error);
  }
  await Promise.all(underWay);
  if (failures.length > 0) throw failures[0];
  return sent.toSorted((a, b) => (a.PartNumber ?? 0) - (b.PartNumber ?? 0));
}

async function sendPart(
  client: S3Client,
  named: NamedUpload,
  { body, number, signal }: { body: Buffer; number: number; signal: AbortSignal },
): Promise<CompletedPart> {
  const answer = await client.send(
    new UploadPartCommand({
      ...named,
      PartNumber: number,
      Body: body,
      ContentLength: body.length,
      ChecksumAlgorithm: 'CRC32',
    }),
    { abortSignal: signal },
  );
  const checksum = answer.ChecksumCRC32 === undefined ? {} : { ChecksumCRC32: answer.ChecksumCRC32 };
  return { PartNumber: number, ETag: answer.ETag, ...checksum };
}

/** The moment in which the object changes. */
async function complete(
  { client, bucket, key }: Target,
  end: { named: NamedUpload; parts: CompletedPart[]; upload: string; signal: AbortSignal | undefined },
): Promise<{ etag: string; version: string | null }> {
  const command = new CompleteMultipartUploadCommand({
    ...end.named,
    MultipartUpload: { Parts: end.parts },
  });
  try {
    const { ETag, VersionId } = await client.send(command, signalOf(end.signal));
    return { etag: ETag ?? '', version: VersionId ?? null };
  } catch (error) {
    // The answer to an earlier attempt was lost, and that attempt had worked.
    if (errorName(error) !== 'NoSuchUpload') throw error;
    const command = new HeadObjectCommand({ Bucket: bucket, Key: key });
    const { Metadata, ETag, VersionId } = await client.send(command, shortCall());
    if (Metadata?.[uploadField] !== end.upload) throw error;
    return { etag: ETag ?? '', version: VersionId ?? null };
  }
}

/** Parts of an upload that did not end cost money; what cannot be removed now, the lifecycle rules remove. */
async function giveUp({ client, key, log }: Target, named: NamedUpload): Promise<void> {
  try {
    await client.send(new AbortMultipartUploadCommand(named), shortCall());
  } catch (error) {
    if (errorName(error) !== 'NoSuchUpload') log.warn({ err: error, key }, 'an unfinished upload was left');
  }
}

/** Buffers of one part each, used again: what was sent is not left to the garbage collector. */
type Pool = { take(): Buffer; give(part: Buffer): void };

function createPool(partBytes: number): Pool {
  const free: Buffer[] = [];
  return {
    take: () => free.pop() ?? Buffer.allocUnsafeSlow(partBytes),
    give(part) {
      if (part.length === partBytes) free.push(part);
    },
  };
}

/** Counts and hashes what passes. */
type Tally = {
  sizeBytes: number;
  /** The body has no more. */
  isEnded: boolean;
  add(bytes: Buffer): void;
  /** Once, at the end. */
  digest(): string;
};

function createTally(maxBytes: number): Tally {
  const hash = createHash('sha256');
  const tally: Tally = {
    sizeBytes: 0,
    isEnded: false,
    add(bytes) {
      tally.sizeBytes += bytes.length;
      requireSize(tally.sizeBytes, maxBytes);
      hash.update(bytes);
    },
    digest: () => hash.digest('hex'),
  };
  return tally;
}

/** Cuts a body into parts of the same size; the last may be shorter. `isEnded` is known with the last one. */
async function* partsOf(body: Readable, pool: Pool, tally: Tally): AsyncGenerator<Buffer, undefined> {
  let part = pool.take();
  let filled = 0;
  for await (const chunk of body) {
    let bytes: Buffer = Buffer.isBuffer(chunk) ? chunk : Buffer.from(chunk);
    tally.add(bytes);
    while (bytes.length > 0) {
      if (filled === part.length) {
        yield part;
        part = pool.take();
        filled = 0;
      }
      const taken = bytes.copy(part, filled);
      filled += taken;
      bytes = bytes.subarray(taken);
    }
  }
  tally.isEnded = true;
  if (filled > 0) yield part.subarray(0, filled);
  return undefined;
}

function signalOf(signal: AbortSignal | undefined): { abortSignal?: AbortSignal } {
  return signal === undefined ? {} : { abortSignal: signal };
}
