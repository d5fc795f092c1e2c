/** A process of its own for the benchmark of objects: streams one in and out, and tells what memory that took. */
import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { z } from 'zod';
import { createSecret } from '../../src/config/secret.ts';
import type { ObjectStore } from '../../src/providers/objects/contract.ts';
import { createFolderStore } from '../../src/providers/objects/folder.ts';
import { createS3Store } from '../../src/providers/objects/s3.ts';
import { silentLog } from '../../test/support/silent-log.ts';

const orderSchema = z.object({
  way: z.enum(['put', 'get']),
  sizeBytes: z.number(),
  folder: z.string().optional(),
  endpoint: z.string().optional(),
  id: z.string().optional(),
  secret: z.string().optional(),
});
type Order = z.output<typeof orderSchema>;

const key = 'competitions/bench/data/large.bin';
const warmKey = 'competitions/bench/data/small.bin';
const chunkBytes = 65_536;
const sampleEveryMs = 20;
const warmBytes = 1_000_000;

const order = orderSchema.parse(JSON.parse(process.argv[2] ?? '{}'));
const store = openStore(order);
// Code and connections are there before anything is measured.
await store.put(warmKey, bytes(warmBytes));
await count(await store.get(warmKey));
const work = { put, get }[order.way];
process.stdout.write(JSON.stringify(await measured(work)));

async function put(): Promise<void> {
  await store.put(key, bytes(order.sizeBytes));
}

async function get(): Promise<void> {
  const read = await count(await store.get(key));
  if (read.sizeBytes === order.sizeBytes && read.sha256 === (await store.head(key))?.sha256) return;
  throw new Error('the object came back as another');
}

function openStore({ folder, endpoint, id = '', secret = '' }: Order): ObjectStore {
  const now = () => new Date();
  if (folder !== undefined) {
    return createFolderStore({ folder, ownUrl: () => 'http://127.0.0.1', linkSecret: 'none', now });
  }
  const keys = { accessKeyId: createSecret(id), secretAccessKey: createSecret(secret), sessionToken: null };
  return createS3Store({
    bucket: 'bench',
    region: 'us-east-1',
    endpoint: endpoint ?? '',
    forcePathStyle: true,
    credentials: () => keys,
    now,
    log: silentLog,
  });
}

/** Each chunk has memory of its own, as what comes from a network or a disk has. */
function bytes(sizeBytes: number): Readable {
  return Readable.from(
    (function* () {
      for (let sent = 0; sent < sizeBytes; sent += chunkBytes) {
        yield Buffer.alloc(Math.min(chunkBytes, sizeBytes - sent), sent % 251);
      }
    })(),
  );
}

async function count(body: Readable): Promise<{ sizeBytes: number; sha256: string }> {
  const hash = createHash('sha256');
  let sizeBytes = 0;
  for await (const chunk of body) {
    hash.update(chunk);
    sizeBytes += chunk.length;
  }
  return { sizeBytes, sha256: hash.digest('hex') };
}

async function measured(work: () => Promise<unknown>): Promise<{ grownBytes: number; seconds: number }> {
  const before = process.memoryUsage.rss();
  let most = before;
  const timer = setInterval(() => {
    most = Math.max(most, process.memoryUsage.rss());
  }, sampleEveryMs);
  const startedMs = performance.now();
  await work();
  const seconds = (performance.now() - startedMs) / 1000;
  clearInterval(timer);
  return { grownBytes: most - before, seconds };
}
