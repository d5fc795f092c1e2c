import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { type Bucket, createBucket } from './bucket.ts';
import { answerBucket } from './bucket-calls.ts';
import { answerText, type Feature } from './call.ts';
import { answerObject } from './object-calls.ts';
import { Refusal } from './refusal.ts';
import { checkSignature, type Key } from './signature.ts';
import { writeXml } from './xml.ts';

export type S3Options = {
  /** For the bodies. */
  folder: string;
  keys: Readonly<Record<string, Key>>;
  region?: string;
  buckets?: readonly string[];
  lacks?: readonly Feature[];
  now?: () => Date;
};

/**
 * What befalls a request in place of its answer, or of its body:
 * a status with a code of S3; its effect without an answer; an answer whose body breaks off after so many bytes.
 */
export type Fault = { status: number; code: string } | { lose: 'answer' } | { cutAfterBytes: number };

export type SeenRequest = { method: string; path: string; query: URLSearchParams };

export type S3Server = {
  url: string;
  keys: Map<string, Key>;
  buckets: Map<string, Bucket>;
  requests: SeenRequest[];
  /** Asked for each request; the first one that is not null is what befalls it. */
  faults: ((request: SeenRequest) => Fault | null)[];
  close(): Promise<void>;
};

/**
 * A strict stand-in for S3, with the operations that the product uses: it checks every signature, every checksum and
 * every right, keeps versions, and refuses what S3 refuses.
 */
export async function startS3(options: S3Options): Promise<S3Server> {
  const { region = 'us-east-1', now = () => new Date() } = options;
  const keys = new Map(Object.entries(options.keys));
  const buckets = new Map((options.buckets ?? []).map((name) => [name, createBucket(name)]));
  const lacks = new Set(options.lacks ?? []);
  const requests: SeenRequest[] = [];
  const faults: S3Server['faults'] = [];

  async function answerRequest(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://s3');
    const seen = { method: request.method ?? '', path: url.pathname, query: url.searchParams };
    requests.push(seen);
    const fault = faults.map((one) => one(seen)).find((one) => one !== null);
    if (fault !== undefined && 'status' in fault)
      throw new Refusal(fault.status, fault.code, 'As the test says.');
    if (fault !== undefined && 'lose' in fault) loseAnswer(response);
    if (fault !== undefined && 'cutAfterBytes' in fault) cutAnswer(response, fault.cutAfterBytes);
    const signed = checkSignature(request, url, { keys, region, now });
    const { folder } = options;
    const call = { request, response, url, signed, region, folder, buckets, lacks, now };
    const [, bucket = '', ...key] = decodeURIComponent(url.pathname).split('/');
    if (key.join('/') === '') await answerBucket(call, bucket);
    else await answerObject(call, bucket, key.join('/'));
  }

  const server = createServer((request, response) => {
    response.on('error', () => undefined);
    answerRequest(request, response).catch((error: unknown) => refuse(request, response, error));
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return {
    url: `http://127.0.0.1:${port}`,
    keys,
    buckets,
    requests,
    faults,
    close: () =>
      new Promise((done) => {
        server.close(() => done());
        server.closeAllConnections();
      }),
  };
}

function refuse(request: IncomingMessage, response: ServerResponse, error: unknown): void {
  if (response.headersSent || response.destroyed) return void response.destroy();
  const refusal =
    error instanceof Refusal
      ? error
      : new Refusal(500, 'InternalError', error instanceof Error ? error.message : '');
  // What is left of the body is not read, so the connection ends with the answer.
  if (!request.complete) response.setHeader('connection', 'close');
  const region = refusal.more.Region;
  if (region !== undefined) response.setHeader('x-amz-bucket-region', region);
  if (request.method === 'HEAD') return void response.writeHead(refusal.status).end();
  const { code, message, more } = refusal;
  answerText(response, refusal.status, writeXml('Error', { Code: code, Message: message, ...more }));
}

function loseAnswer(response: ServerResponse): void {
  response.writeHead = () => {
    response.destroy();
    return response;
  };
}

function cutAnswer(response: ServerResponse, bytes: number): void {
  let left = bytes;
  const write = response.write.bind(response);
  response.write = (chunk: Buffer, ...rest: unknown[]) => {
    const done = rest.find((one): one is () => void => typeof one === 'function');
    if (chunk.length <= left) {
      left -= chunk.length;
      return write(chunk, done);
    }
    write(chunk.subarray(0, left), () => response.destroy());
    return false;
  };
}
