/** A process of its own for the benchmark of downloads: fetches a competition's data one way, and tells what it took. */
import { createWriteStream } from 'node:fs';
import { mkdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { z } from 'zod';
import { createSecret } from '../../src/config/secret.ts';
import { createLocalSemaphore } from '../../src/infra/semaphore.ts';
import { createKaggleClient } from '../../src/providers/kaggle/client.ts';
import { createFolderStore } from '../../src/providers/objects/folder.ts';
import { createPolicy } from '../../src/providers/policy.ts';

const orderSchema = z.object({
  apiUrl: z.string(),
  token: z.string(),
  slug: z.string(),
  way: z.enum(['warm', 'plain', 'client']),
  folder: z.string(),
});

const order = orderSchema.parse(JSON.parse(process.argv[2] ?? '{}'));
const sampleEveryMs = 20;
const patienceMs = 300_000;
const signal = new AbortController().signal;

type Taken = { bytes: number; transferSeconds: number };

async function askForLink(): Promise<string> {
  const response = await fetch(`${order.apiUrl}/v1/competitions.CompetitionApiService/DownloadDataFiles`, {
    method: 'POST',
    redirect: 'manual',
    headers: { authorization: `Bearer ${order.token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ competitionName: order.slug }),
  });
  await response.body?.cancel();
  const link = response.headers.get('location');
  if (link === null) throw new Error(`no link: HTTP ${response.status}`);
  return link;
}

/** Its first byte alone. */
async function warm(): Promise<Taken> {
  const headers = { range: 'bytes=0-0' };
  const response = await fetch(await askForLink(), { headers, signal: AbortSignal.timeout(patienceMs) });
  await response.arrayBuffer();
  return { bytes: 1, transferSeconds: 0 };
}

async function plain(): Promise<Taken> {
  const startedMs = performance.now();
  const file = join(order.folder, 'archive');
  const response = await fetch(await askForLink());
  if (response.body === null) throw new Error('no body');
  await pipeline(Readable.fromWeb(response.body), createWriteStream(file));
  return { bytes: (await stat(file)).size, transferSeconds: (performance.now() - startedMs) / 1_000 };
}

async function client(): Promise<Taken> {
  const now = () => new Date();
  const policy = createPolicy({
    vendor: 'kaggle',
    limit: createLocalSemaphore(3),
    timeoutMs: patienceMs,
    now,
    random: Math.random,
  });
  const kaggle = createKaggleClient({
    baseUrl: order.apiUrl,
    credentials: { kind: 'bearer', token: createSecret(order.token) },
    policy,
    fetch,
    userAgent: 'kaggle-agent/bench',
    now,
  });
  const objects = createFolderStore({
    folder: join(order.folder, 'objects'),
    ownUrl: () => 'http://127.0.0.1',
    linkSecret: 'none',
    now,
  });
  const startedMs = performance.now();
  let transferSeconds = 0;
  let bytes = 0;
  await kaggle.downloadData(order.slug, {
    folder: join(order.folder, 'download'),
    signal,
    async take({ name }, body) {
      await objects.put(`data/${name}`, body);
    },
    async requireSpace({ phase, bytes: wanted }) {
      if (phase === 'transfer') bytes = wanted;
      else transferSeconds = (performance.now() - startedMs) / 1_000;
    },
  });
  return { bytes, transferSeconds };
}

async function measured(work: () => Promise<Taken>) {
  const before = process.memoryUsage.rss();
  let most = before;
  const timer = setInterval(() => {
    most = Math.max(most, process.memoryUsage.rss());
  }, sampleEveryMs);
  const startedMs = performance.now();
  const taken = await work();
  const seconds = (performance.now() - startedMs) / 1_000;
  clearInterval(timer);
  return { ...taken, seconds, grownBytes: most - before };
}

await rm(order.way === 'warm' ? join(order.folder, 'nothing') : order.folder, {
  recursive: true,
  force: true,
});
await mkdir(order.folder, { recursive: true });
process.stdout.write(JSON.stringify(await measured({ warm, plain, client }[order.way])));
if (order.way !== 'warm') await rm(order.folder, { recursive: true, force: true });
