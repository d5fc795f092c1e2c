import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { type Arena, type ArenaOptions, startArena } from '../../src/arena/server.ts';
import { createSecret } from '../../src/config/secret.ts';
import { createLocalSemaphore } from '../../src/infra/semaphore.ts';
import type { KaggleOptions } from '../../src/providers/kaggle/calls.ts';
import { createPolicy, type PolicyOptions } from '../../src/providers/policy.ts';
import { tempFolder } from './temp-folder.ts';

export const testToken = 'KGAT_canary-token-123456';
export const testKey = 'canary-key-0123456789abcdef';
export const testUsername = 'alice';

type Overrides = Partial<KaggleOptions> & { policyOptions?: Partial<PolicyOptions> };

/** Options of a client that gives up fast. */
export function kaggleOptions(
  baseUrl: string,
  { policyOptions, ...overrides }: Overrides = {},
): KaggleOptions {
  const now = overrides.now ?? (() => new Date());
  return {
    baseUrl,
    credentials: { kind: 'bearer', token: createSecret(testToken) },
    policy: createPolicy({
      vendor: 'kaggle',
      limit: createLocalSemaphore(3),
      timeoutMs: 15_000,
      now,
      random: () => 0.5,
      backoff: { firstMs: 10, longestMs: 300, jitter: 0.1 },
      breaker: {
        failureShare: 0.5,
        windowMs: 300_000,
        // Out of the way: these tests are about something else.
        minimumCalls: 1_000,
        halfOpenAfterMs: 60_000,
        retryEveryMs: 30_000,
      },
      ...policyOptions,
    }),
    fetch,
    userAgent: 'kaggle-agent/test',
    now,
    ...overrides,
  };
}

const log = { info: () => undefined, warn: () => undefined, error: () => undefined };

/** A practice arena of its own, closed when the test ends. */
export async function aPracticeArena(
  options: Partial<ArenaOptions> & Pick<ArenaOptions, 'folders'>,
): Promise<Arena> {
  const arena = await startArena({
    stateFolder: await tempFolder(),
    host: '127.0.0.1',
    port: 0,
    storagePort: 0,
    token: testToken,
    username: testUsername,
    key: testKey,
    now: () => new Date(),
    log,
    ...options,
  });
  onTestFinished(() => arena.close());
  return arena;
}

const testRows = 40;

/** A small binary competition: `y` is 1 where the id is odd; half of the hidden rows are public. */
export async function aCompetitionFolder(fields: Record<string, unknown> = {}): Promise<string> {
  const folder = join(await tempFolder(), 'odd-or-even');
  await mkdir(join(folder, 'public'), { recursive: true });
  await mkdir(join(folder, 'private'));
  const file = {
    slug: 'odd-or-even',
    title: 'Odd or even',
    description: 'Say whether a number is odd.',
    modality: 'tabular',
    task: 'binary',
    metric: { name: 'accuracy', direction: 'maximize' },
    idColumn: 'id',
    targetColumns: ['y'],
    submissionColumns: ['y'],
    deadline: null,
    dailySubmissions: 3,
    ...fields,
  };
  await writeFile(join(folder, 'competition.json'), JSON.stringify(file));
  const trainIds = Array.from({ length: 60 }, (_, index) => index);
  const testIds = Array.from({ length: testRows }, (_, index) => 1_000 + index);
  await writeCsv(join(folder, 'public/train.csv'), [
    'id,x,y',
    ...trainIds.map((id) => `${id},${id % 7},${id % 2}`),
  ]);
  await writeCsv(join(folder, 'public/test.csv'), ['id,x', ...testIds.map((id) => `${id},${id % 7}`)]);
  await writeCsv(join(folder, 'public/sample_submission.csv'), ['id,y', ...testIds.map((id) => `${id},0`)]);
  await writeCsv(join(folder, 'private/solution.csv'), [
    'id,y,Usage',
    ...testIds.map((id) => `${id},${id % 2},${id % 4 < 2 ? 'Public' : 'Private'}`),
  ]);
  return folder;
}

/** A submission whose first `wrong` answers are wrong. */
export async function aSubmissionFile(wrong = 0): Promise<string> {
  const path = join(await tempFolder(), 'submission.csv');
  const rows = Array.from({ length: testRows }, (_, index) => {
    const id = 1_000 + index;
    return `${id},${index < wrong ? 1 - (id % 2) : id % 2}`;
  });
  await writeCsv(path, ['id,y', ...rows]);
  return path;
}

async function writeCsv(path: string, lines: readonly string[]): Promise<void> {
  await writeFile(path, `${lines.join('\n')}\n`);
}
