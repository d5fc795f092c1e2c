import { Readable } from 'node:stream';
import { setTimeout as wait } from 'node:timers/promises';
import { GetObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { TransientFailure } from '../../domain/errors.ts';
import { shortCallTimeoutMs } from './s3-client.ts';
import { errorName, statusOf } from './s3-failure.ts';

/** Breaks in a row without a byte between them. */
const maxBreaks = 3;
const firstWaitMs = 200;

export type Reading = {
  client: S3Client;
  bucket: string;
  key: string;
  /** One state of the object; null: what is there now. */
  version: string | null;
  /** Inclusive at both ends. */
  range?: { start: number; end: number };
  /** Only this state, by its ETag. */
  ifMatch?: string;
  /** What an error of the SDK means to our callers. */
  failure: (error: unknown) => Error;
};

/** A stretch of one state of an object. */
type Piece = { body: Readable; etag: string | null; version: string | null; sizeBytes: number };

/**
 * An object's bytes as they come. A connection that breaks is taken up where it broke, on the very same state of the
 * object.
 * @throws what the SDK throws for the first request; later ones fail the stream
 */
export async function openReading(reading: Reading): Promise<Readable> {
  const { range } = reading;
  const start = range?.start ?? 0;
  try {
    const first = await fetchPiece(reading, range ?? null, reading.ifMatch ?? null);
    const stream = Readable.from(resumed(reading, first, start), { objectMode: false });
    // Whoever leaves before the first byte would else keep a connection until it is found to be silent.
    stream.once('close', () => first.body.destroy());
    return stream;
  } catch (error) {
    // What begins behind the end is nothing.
    if (errorName(error) === 'InvalidRange' || statusOf(error) === 416) return Readable.from([]);
    throw error;
  }
}

async function* resumed(reading: Reading, first: Piece, start: number): AsyncGenerator<Buffer> {
  const end = start + first.sizeBytes;
  let at = start;
  let { body } = first;
  for (let breaks = 0; ; ) {
    try {
      for await (const chunk of body) {
        const bytes: Buffer = Buffer.isBuffer(chunk) ? chunk : Buffer.from(chunk);
        at += bytes.length;
        breaks = 0;
        yield bytes;
      }
      if (at < end) throw brokenOff(reading.key);
      return;
    } catch (error) {
      breaks += 1;
      if (at >= end && end > start) return;
      if (breaks > maxBreaks) throw reading.failure(error);
      await wait(firstWaitMs * 2 ** (breaks - 1));
      body = await again(reading, first, { start: at, end: end - 1 });
    }
  }
}

async function again(
  reading: Reading,
  first: Piece,
  range: { start: number; end: number },
): Promise<Readable> {
  try {
    const { body } = await fetchPiece({ ...reading, version: first.version }, range, first.etag);
    return body;
  } catch (error) {
    // Without versioning the rest is gone when the object was replaced.
    if (statusOf(error) === 412) throw brokenOff(reading.key);
    throw reading.failure(error);
  }
}

async function fetchPiece(
  { client, bucket, key, version }: Reading,
  range: { start: number; end: number } | null,
  etag: string | null,
): Promise<Piece> {
  const command = new GetObjectCommand({
    Bucket: bucket,
    Key: key,
    ...(version === null ? {} : { VersionId: version }),
    ...(range === null ? {} : { Range: `bytes=${range.start}-${range.end}` }),
    ...(etag === null ? {} : { IfMatch: etag }),
  });
  // Bounds the wait for the answer; the body that follows has the socket's own limit on silence.
  const timeout = new AbortController();
  const timer = setTimeout(() => timeout.abort(), shortCallTimeoutMs);
  try {
    const { Body, ETag, VersionId, ContentLength } = await client.send(command, {
      abortSignal: timeout.signal,
    });
    if (!(Body instanceof Readable)) throw brokenOff(key);
    // A body whose reader left has nobody else to tell its errors to.
    Body.on('error', () => undefined);
    return { body: Body, etag: ETag ?? null, version: VersionId ?? null, sizeBytes: ContentLength ?? 0 };
  } finally {
    clearTimeout(timer);
  }
}

function brokenOff(key: string): TransientFailure {
  return new TransientFailure(`${key} broke off on its way from the object storage.`, {
    code: 'objects.unreachable',
  });
}
