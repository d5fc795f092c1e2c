import { createHash, randomUUID } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { crc32 } from 'node:zlib';
import type { Bucket, Stored } from './bucket.ts';
import { Refusal } from './refusal.ts';
import type { Signed } from './signature.ts';
import { type Document, writeXml } from './xml.ts';

/** A part of the protocol that a server may lack. */
export type Feature =
  | 'versioning'
  | 'lifecycle'
  | 'encryption'
  | 'publicAccessBlock'
  | 'tagging'
  | 'multipart';

/** Everything that the answer to one request hangs on. */
export type Call = {
  request: IncomingMessage;
  response: ServerResponse;
  url: URL;
  signed: Signed;
  region: string;
  folder: string;
  buckets: Map<string, Bucket>;
  lacks: ReadonlySet<Feature>;
  now: () => Date;
};

/** @throws Refusal `AccessDenied` */
export function allow({ signed }: Call, action: string): void {
  if (signed.key.may?.(action) ?? true) return;
  throw new Refusal(403, 'AccessDenied', `User is not authorized to perform: s3:${action}`);
}

/** @throws Refusal `NotImplemented` */
export function need({ lacks }: Call, feature: Feature): void {
  if (!lacks.has(feature)) return;
  throw new Refusal(
    501,
    'NotImplemented',
    'A header you provided implies functionality that is not implemented.',
  );
}

/** @throws Refusal `NoSuchBucket` */
export function bucketOf({ buckets }: Call, name: string): Bucket {
  const bucket = buckets.get(name);
  if (bucket === undefined) throw new Refusal(404, 'NoSuchBucket', 'The specified bucket does not exist');
  return bucket;
}

/** A small body, checked as a large one. */
export async function readSmall(call: Call): Promise<Buffer> {
  const body = await buffer(call.request);
  const digests = digester();
  digests.add(body);
  checkBody(call, digests.end());
  return body;
}

/** Settings of a bucket are taken only with a checksum. */
export async function readSettings(call: Call): Promise<Buffer> {
  const { headers } = call.request;
  const names = Object.keys(headers);
  if (headers['content-md5'] === undefined && !names.some((name) => /^x-amz-checksum-/.test(name))) {
    throw new Refusal(
      400,
      'InvalidRequest',
      'Missing required header for this request: Content-MD5 OR x-amz-checksum-*',
    );
  }
  return await readSmall(call);
}

/** Writes a body to disk. What does not match its checksums is refused. */
export async function store(call: Call): Promise<Stored> {
  const length = call.request.headers['content-length'];
  if (length === undefined)
    throw new Refusal(411, 'MissingContentLength', 'You must provide the Content-Length HTTP header.');
  const file = join(call.folder, randomUUID());
  const digests = digester();
  const target = createWriteStream(file);
  await pipeline(
    call.request,
    new Writable({
      write(chunk: Buffer, _encoding, done) {
        digests.add(chunk);
        if (target.write(chunk)) done();
        else target.once('drain', done);
      },
      final: (done) => void target.end(done),
    }),
  );
  const ended = digests.end();
  checkBody(call, ended);
  return { file, ...ended };
}

type Digests = Omit<Stored, 'file'>;

function digester() {
  const md5 = createHash('md5');
  const sha256 = createHash('sha256');
  let crc = 0;
  let sizeBytes = 0;
  return {
    add(chunk: Buffer) {
      md5.update(chunk);
      sha256.update(chunk);
      crc = crc32(chunk, crc);
      sizeBytes += chunk.length;
    },
    end(): Digests {
      const crcBytes = Buffer.alloc(4);
      crcBytes.writeUInt32BE(crc);
      return {
        sizeBytes,
        md5: md5.digest('hex'),
        sha256: sha256.digest('hex'),
        crc32: crcBytes.toString('base64'),
      };
    },
  };
}

function checkBody({ request, signed }: Call, { md5, sha256, crc32 }: Digests): void {
  if (signed.bodySha256 !== null && signed.bodySha256 !== sha256) {
    throw new Refusal(
      400,
      'XAmzContentSHA256Mismatch',
      'The provided x-amz-content-sha256 header does not match what was computed.',
    );
  }
  const base64 = (hex: string) => Buffer.from(hex, 'hex').toString('base64');
  const given: [string, string][] = [
    ['content-md5', base64(md5)],
    ['x-amz-checksum-sha256', base64(sha256)],
    ['x-amz-checksum-crc32', crc32],
  ];
  for (const [name, right] of given) {
    const value = request.headers[name];
    if (value !== undefined && value !== right) {
      throw new Refusal(400, 'BadDigest', `The ${name} you specified did not match the calculated checksum.`);
    }
  }
}

export function answer(
  { response }: Call,
  status: number,
  headers: Record<string, string | number> = {},
): void {
  response.writeHead(status, headers);
  response.end();
}

export function answerXml({ response }: Call, name: string, document: Document): void {
  answerText(response, 200, writeXml(name, document));
}

export function answerText(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, {
    'content-type': 'application/xml',
    'content-length': Buffer.byteLength(text),
  });
  response.end(text);
}
