import { createSecret } from '../../../src/config/secret.ts';
import { createLocalSemaphore } from '../../../src/infra/semaphore.ts';
import type { ComputeProvider, OfferRequest, StartSpec } from '../../../src/providers/compute/contract.ts';
import { createVastCompute, type VastOptions } from '../../../src/providers/compute/vast.ts';
import { createPolicy } from '../../../src/providers/policy.ts';
import type { VastEmulator } from './start-vast.ts';

export const labelPrefix = 'ka-0123abcd-';

/** Our real client against the emulator. Retries and looks come almost without waiting. */
export function vastAt(
  emulator: Pick<VastEmulator, 'url' | 'apiKey'>,
  changes: Partial<VastOptions> & { key?: string } = {},
): Required<ComputeProvider> {
  const { key = emulator.apiKey, ...rest } = changes;
  const now = changes.now ?? (() => new Date());
  return createVastCompute({
    baseUrl: emulator.url,
    apiKey: createSecret(key),
    labelPrefix,
    fetch,
    policy: createPolicy({
      vendor: 'vast',
      limit: createLocalSemaphore(4),
      timeoutMs: 10_000,
      now,
      random: () => 0,
      backoff: { firstMs: 1, longestMs: 1_000, jitter: 0 },
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
    random: () => 0,
    paceScale: 0,
    lookGapMs: 15,
    ...rest,
  });
}

export const within = () => ({ signal: AbortSignal.timeout(20_000) });

/** A job that any card of 12 GB does. */
export function aGpuJob(changes: Partial<OfferRequest> = {}): OfferRequest {
  return {
    minMemoryBytes: 8e9,
    minCpuCores: 2,
    minDiskBytes: 20e9,
    gpu: { minMemoryBytes: 8e9 },
    maxPricePerHourUsd: 0.15,
    seconds: 3_600,
    downloadBytes: 1e9,
    uploadBytes: 1e8,
    ...changes,
  };
}

/** A start of the cheapest offer that there is. */
export async function aStart(
  vast: ComputeProvider,
  changes: Partial<StartSpec> = {},
  job: OfferRequest = aGpuJob(),
): Promise<StartSpec> {
  const [offer] = await vast.offers(job, within());
  if (offer === undefined) throw new Error('unreachable: the emulator has hosts');
  return {
    key: `${labelPrefix}gpu-${'0'.repeat(32)}-1`,
    offer,
    jobSheetUrl: 'http://127.0.0.1:9/sheet.json',
    runnerUrl: 'http://127.0.0.1:9/runner.tar.gz',
    image: 'python:3.12-slim',
    diskBytes: job.minDiskBytes,
    maxLifeSeconds: 600,
    ...changes,
  };
}
