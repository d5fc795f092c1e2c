import { createSecret, type Secret } from '../../../src/config/secret.ts';
import { createLocalSemaphore } from '../../../src/infra/semaphore.ts';
import type { ComputeProvider } from '../../../src/providers/compute/contract.ts';
import {
  createSaladcloudCompute,
  type SaladcloudComputeOptions,
} from '../../../src/providers/compute/saladcloud.ts';
import { createPolicy } from '../../../src/providers/policy.ts';
import type { SaladcloudEmulator } from './start-saladcloud.ts';

export const ourPrefix = 'ka-0123abcd-';

/** A key of this installation, as the database makes them. */
export function aKey(job: string, token = 1): string {
  return `${ourPrefix}gpu-${job.padEnd(32, '0')}-${token}`;
}

/** Our real client against the emulator. Retries and polls come fast. */
export function saladcloudAt(
  emulator: Pick<SaladcloudEmulator, 'url' | 'apiKey' | 'settings'>,
  changes: Partial<Omit<SaladcloudComputeOptions, 'apiKey' | 'policy'>> & {
    apiKey?: Secret;
    timeoutMs?: number;
  } = {},
): ComputeProvider {
  const { timeoutMs = 10_000, ...options } = changes;
  const now = changes.now ?? (() => new Date());
  return createSaladcloudCompute({
    baseUrl: emulator.url,
    organization: emulator.settings.organization,
    project: emulator.settings.project,
    apiKey: createSecret(emulator.apiKey),
    labelPrefix: ourPrefix,
    fetch,
    policy: createPolicy({
      vendor: 'saladcloud',
      limit: createLocalSemaphore(2),
      timeoutMs,
      now,
      random: () => 0,
      backoff: { firstMs: 1, longestMs: 20, jitter: 0 },
      breaker: {
        failureShare: 1,
        windowMs: 1_000,
        minimumCalls: 1_000,
        halfOpenAfterMs: 10,
        retryEveryMs: 10,
      },
    }),
    userAgent: 'kaggle-agent/test',
    now,
    callsPerMinute: 1_000_000,
    stopPollMs: 10,
    stopPatienceMs: 20_000,
    ...options,
  });
}
