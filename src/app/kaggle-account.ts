import type { KaggleAccess } from '../config/load.ts';
import { createLocalSemaphore, vendorLimits } from '../infra/semaphore.ts';
import { createKaggleClient } from '../providers/kaggle/client.ts';
import { createPolicy } from '../providers/policy.ts';
import { readVersion } from './version.ts';

const callTimeoutMs = 10_000;

/** Asks Kaggle once whose credentials these are. @throws Failure `kaggle.unauthorized`, … */
export async function readKaggleAccount(
  { baseUrl, access }: { baseUrl: string; access: KaggleAccess },
  signal: AbortSignal,
): Promise<string> {
  const client = createKaggleClient({
    baseUrl,
    credentials: access,
    policy: createPolicy({
      vendor: 'kaggle',
      limit: createLocalSemaphore(vendorLimits.kaggle),
      timeoutMs: callTimeoutMs,
      now: () => new Date(),
      random: Math.random,
      maxAttempts: 1,
    }),
    fetch,
    userAgent: `kaggle-agent/${readVersion()}`,
    now: () => new Date(),
  });
  return (await client.whoAmI({ signal })).username;
}
