import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { startS3 } from '../test/support/s3/server.ts';
import type { Benchmark, Figure } from './figure.ts';

const megabyte = 1_048_576;
const sizeBytes = 1024 * megabyte;

const toldSchema = z.object({
  /** Above what the process had before. */
  grownBytes: z.number(),
  seconds: z.number(),
});

/**
 * How much memory a process needs while it streams an object of 1 GB into the store and out of it again: the largest
 * resident set of a process of its own, less what it had before the first byte.
 */
export const objectsBenchmark: Benchmark = {
  name: 'objects',
  async measure(signal) {
    const figures: Figure[] = [];
    for (const variant of ['folder', 's3'] as const) {
      const folder = await mkdtemp(join(tmpdir(), 'kaggle-agent-bench-'));
      const key = { id: 'AKIABENCH', secret: 'a secret of this benchmark alone' };
      const server =
        variant === 's3'
          ? await startS3({ folder, keys: { [key.id]: { secret: key.secret } }, buckets: ['bench'] })
          : null;
      try {
        const place = server === null ? { folder } : { endpoint: server.url, ...key };
        for (const way of ['put', 'get'] as const) {
          const told = await stream({ ...place, sizeBytes, way }, signal);
          figures.push(...figuresOf(way, variant, told));
        }
      } finally {
        await server?.close();
        await rm(folder, { recursive: true, force: true });
      }
    }
    return { figures, notes: ['objects: S3 is the stand-in of the tests, on the same machine'] };
  },
};

function figuresOf(
  way: string,
  variant: string,
  { grownBytes, seconds }: z.output<typeof toldSchema>,
): Figure[] {
  const one = { variant, samples: 1, statistic: 'value' } as const;
  return [
    { ...one, name: `objects.${way}1GbMemory`, value: grownBytes / megabyte, unit: 'MB' },
    { ...one, name: `objects.${way}1Gb`, value: seconds, unit: 's' },
  ];
}

async function stream(order: object, signal: AbortSignal): Promise<z.output<typeof toldSchema>> {
  const script = join(import.meta.dirname, 'support', 'stream-object.ts');
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
  if (code !== 0) throw new Error(`the process that streams ended with ${code}`);
  return toldSchema.parse(JSON.parse(answer));
}
