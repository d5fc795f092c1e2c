import { createSecret, type Secret } from '../../../src/config/secret.ts';
import { createLocalSemaphore } from '../../../src/infra/semaphore.ts';
import { createPolicy, type PolicyOptions } from '../../../src/providers/policy.ts';
import type { RunTracker } from '../../../src/providers/tracking/contract.ts';
import { createWandbTracker } from '../../../src/providers/tracking/wandb.ts';
import type { WandbEmulator } from './start-wandb.ts';

/** Our real client against the emulator. Retries come without waiting. */
export function trackerAt(
  emulator: Pick<WandbEmulator, 'url' | 'apiKey'>,
  changes: {
    apiKey?: Secret;
    entity?: string | null;
    project?: string;
    breaker?: PolicyOptions['breaker'];
    now?: () => Date;
  } = {},
): RunTracker {
  const now = changes.now ?? (() => new Date());
  return createWandbTracker({
    baseUrl: emulator.url,
    appUrl: 'https://wandb.ai',
    entity: changes.entity ?? null,
    project: changes.project ?? 'kaggle-agent',
    apiKey: changes.apiKey ?? createSecret(emulator.apiKey),
    fetch,
    policy: createPolicy({
      vendor: 'wandb',
      limit: createLocalSemaphore(2),
      timeoutMs: 10_000,
      now,
      random: () => 0,
      backoff: { firstMs: 1, longestMs: 20, jitter: 0 },
      breaker: changes.breaker ?? {
        failureShare: 1,
        windowMs: 1_000,
        minimumCalls: 1_000,
        halfOpenAfterMs: 10,
        retryEveryMs: 10,
      },
    }),
    userAgent: 'kaggle-agent/test',
    now,
  });
}
