import { spawn } from 'node:child_process';
import { createCipheriv, randomBytes } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { z } from 'zod';
import { startArena } from '../src/arena/server.ts';
import { arenaOptions, binaryCompetition, testToken } from '../test/support/arena-kit.ts';
import type { Benchmark, Figure } from './figure.ts';
import { median } from './figure.ts';

const megabyte = 1_048_576;
const sizeBytes = 1024 * megabyte;
const slug = 'one-gigabyte';
/** Each of both ways in turn; the median of the ratios is what is told. */
const pairs = 3;

const toldSchema = z.object({
  bytes: z.number(),
  seconds: z.number(),
  /** Until the last byte had come; the rest is unpacking. */
  transferSeconds: z.number(),
  /** Above what the process had before. */
  grownBytes: z.number(),
});
type Told = z.output<typeof toldSchema>;

/**
 * The data of a competition, an archive of 1 GB, from the storage of the practice arena: by the client, checked and
 * unpacked into the object store, beside a plain fetch of the same archive to the same disk. Each download in a
 * process of its own.
 */
export const downloadBenchmark: Benchmark = {
  name: 'download',
  async measure(signal) {
    const folder = await mkdtemp(join(tmpdir(), 'kaggle-agent-bench-'));
    await writeCompetition(join(folder, slug));
    const place = { folders: [join(folder, slug)], stateFolder: join(folder, 'arena') };
    const arena = await startArena(arenaOptions(place));
    try {
      const order = { apiUrl: arena.apiUrl, token: testToken, slug };
      const measured: { plain: Told; client: Told }[] = [];
      // The arena packs and sums up its archive when it is asked for the first time.
      await download({ ...order, way: 'warm', folder }, signal);
      for (let pair = 0; pair < pairs; pair++) {
        const plain = await download({ ...order, way: 'plain', folder: join(folder, 'plain') }, signal);
        const client = await download({ ...order, way: 'client', folder: join(folder, 'client') }, signal);
        measured.push({ plain, client });
      }
      return { figures: figuresOf(measured), notes: ['download: arena and downloads share the machine'] };
    } finally {
      await arena.close();
      await rm(folder, { recursive: true, force: true });
    }
  },
};

function figuresOf(measured: readonly { plain: Told; client: Told }[]): Figure[] {
  const of = (
    name: string,
    unit: Figure['unit'],
    value: (pair: { plain: Told; client: Told }) => number,
  ): Figure => ({
    name: `download.${name}`,
    variant: 'arena',
    value: median(measured.map(value)),
    unit,
    samples: measured.length,
    statistic: 'median',
  });
  const speed = (bytes: number, seconds: number) => bytes / megabyte / seconds;
  return [
    of('throughputRatio', 'ratio', ({ plain, client }) => plain.seconds / client.transferSeconds),
    of('clientMbPerSecond', 'per s', ({ client }) => speed(client.bytes, client.transferSeconds)),
    of('plainMbPerSecond', 'per s', ({ plain }) => speed(plain.bytes, plain.seconds)),
    of('transfer1Gb', 's', ({ client }) => client.transferSeconds),
    of('unpack1Gb', 's', ({ client }) => client.seconds - client.transferSeconds),
    of('memory', 'MB', ({ client }) => client.grownBytes / megabyte),
    of('plainMemory', 'MB', ({ plain }) => plain.grownBytes / megabyte),
  ];
}

/** A competition as small as can be, with one large file that no packing makes smaller. */
async function writeCompetition(folder: string): Promise<void> {
  await mkdir(join(folder, 'public'), { recursive: true });
  await mkdir(join(folder, 'private'));
  const competition = binaryCompetition({ slug, title: 'One gigabyte', description: 'For a benchmark.' });
  await writeFile(join(folder, 'competition.json'), JSON.stringify(competition));
  await writeFile(join(folder, 'public/train.csv'), 'id,x,y\n1,1,0\n2,2,1\n');
  await writeFile(join(folder, 'public/test.csv'), 'id,x\n3,1\n4,2\n');
  await writeFile(join(folder, 'public/sample_submission.csv'), 'id,y\n3,0\n4,0\n');
  await writeFile(join(folder, 'private/solution.csv'), 'id,y,Usage\n3,0,Public\n4,1,Private\n');
  const noise = createCipheriv('aes-128-ctr', randomBytes(16), randomBytes(16));
  const zeros = Buffer.alloc(megabyte);
  const pieces = Array.from({ length: sizeBytes / megabyte }, () => zeros);
  await pipeline(Readable.from(pieces), noise, createWriteStream(join(folder, 'public/images.bin')));
}

async function download(order: Record<string, unknown>, signal: AbortSignal): Promise<Told> {
  const script = join(import.meta.dirname, 'support', 'download-process.ts');
  const child = spawn(process.execPath, [script, JSON.stringify(order)], {
    stdio: ['ignore', 'pipe', 'inherit'],
    signal,
  });
  let answer = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    answer += text;
  });
  const code = await new Promise<number | null>((done, failed) => {
    child.once('error', failed);
    child.once('close', done);
  });
  if (code !== 0) throw new Error(`the process that downloads ended with ${code}`);
  return toldSchema.parse(JSON.parse(answer));
}
