import type { ArenaOptions } from '../../src/arena/server.ts';
import { createSecret } from '../../src/config/secret.ts';
import { createLocalSemaphore } from '../../src/infra/semaphore.ts';
import type { KaggleOptions } from '../../src/providers/kaggle/calls.ts';
import { createPolicy, type PolicyOptions } from '../../src/providers/policy.ts';

export const testToken = 'KGAT_canary-token-123456';
export const testKey = 'canary-key-0123456789abcdef';
export const testUsername = 'alice';

type Overrides = Partial<KaggleOptions> & { policyOptions?: Partial<PolicyOptions> };

/** A breaker that is out of the way of what is about something else. */
export const quietBreaker = {
  failureShare: 0.5,
  windowMs: 300_000,
  minimumCalls: 1_000,
  halfOpenAfterMs: 60_000,
  retryEveryMs: 30_000,
};

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
      breaker: quietBreaker,
      ...policyOptions,
    }),
    fetch,
    userAgent: 'kaggle-agent/test',
    now,
    ...overrides,
  };
}

const log = { info: () => undefined, warn: () => undefined, error: () => undefined };

/** Options of an arena on free ports. */
export function arenaOptions(
  options: Partial<ArenaOptions> & Pick<ArenaOptions, 'folders' | 'stateFolder'>,
): ArenaOptions {
  return {
    host: '127.0.0.1',
    port: 0,
    storagePort: 0,
    token: testToken,
    username: testUsername,
    key: testKey,
    now: () => new Date(),
    log,
    ...options,
  };
}

/** competition.json of a small binary competition whose target is `y`. */
export function binaryCompetition(
  fields: Record<string, unknown> = {},
): Record<string, unknown> & { slug: unknown } {
  return {
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
}
