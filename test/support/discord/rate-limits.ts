import { createHash } from 'node:crypto';
import { Refusal } from './refusal.ts';

type Bucket = { used: number; resetsAtMs: number };

const messageBucket = { limit: 5, windowMs: 5000 };
const otherBucket = { limit: 50, windowMs: 1000 };
const globalPerSecond = 50;
const oldMessageMs = 3_600_000;
const oldEdits = { limit: 3, windowMs: 6000 };

/** Buckets by route and channel, as headers on every answer; a refusal where one is used up. */
export function createRateLimits(now: () => number, isOn: boolean) {
  const buckets = new Map<string, Bucket>();
  const take = (key: string, windowMs: number): Bucket => {
    const known = buckets.get(key);
    const bucket =
      known === undefined || known.resetsAtMs <= now() ? { used: 0, resetsAtMs: now() + windowMs } : known;
    bucket.used += 1;
    buckets.set(key, bucket);
    return bucket;
  };

  return {
    /** @returns the headers of the answer. @throws Refusal 429 */
    count(method: string, path: string, isGlobal: boolean): Record<string, string> {
      if (!isOn) return {};
      if (isGlobal && take('global', 1000).used > globalPerSecond) {
        throw tooMany(bucketOf(buckets, 'global'), { 'x-ratelimit-global': 'true' }, 'global', now());
      }
      const route = path.replace(/(?<!^\/channels)\/\d{5,}/g, '/:id').replace(/(webhooks|callback).*/, '$1');
      const { limit, windowMs } = /^\/channels\/\d+\/messages(\/:id)?$/.test(route)
        ? messageBucket
        : otherBucket;
      const key = `${method}:${route}`;
      const bucket = take(key, windowMs);
      const resetAfter = Math.max(0.001, (bucket.resetsAtMs - now()) / 1000);
      const headers = {
        'x-ratelimit-limit': String(limit),
        'x-ratelimit-remaining': String(Math.max(0, limit - bucket.used)),
        'x-ratelimit-reset': String(bucket.resetsAtMs / 1000),
        'x-ratelimit-reset-after': String(resetAfter),
        'x-ratelimit-bucket': createHash('sha1')
          .update(`${method}:${route.replace(/\d{5,}/g, '')}`)
          .digest('hex'),
      };
      if (bucket.used > limit) throw tooMany(bucket, headers, 'user', now());
      return headers;
    },
    /** @throws Refusal 30046 for too many edits of what is older than an hour */
    countEdit(channelId: string, postedAtMs: number): void {
      if (now() - postedAtMs <= oldMessageMs) return;
      const bucket = take(`old:${channelId}`, oldEdits.windowMs);
      if (bucket.used <= oldEdits.limit) return;
      const retryAfter = (bucket.resetsAtMs - now()) / 1000;
      throw new Refusal(
        429,
        30_046,
        'Maximum number of edits to messages older than 1 hour reached. Try again later.',
        {
          headers: { 'retry-after': String(Math.ceil(retryAfter)), 'x-ratelimit-scope': 'shared' },
          extra: { retry_after: retryAfter, global: false },
        },
      );
    },
  };
}

function bucketOf(buckets: Map<string, Bucket>, key: string): Bucket {
  return buckets.get(key) ?? { used: 0, resetsAtMs: 0 };
}

function tooMany(bucket: Bucket, headers: Record<string, string>, scope: string, nowMs: number): Refusal {
  const retryAfter = Math.max(0.05, (bucket.resetsAtMs - nowMs) / 1000);
  return rateLimited(retryAfter, headers, scope);
}

export function rateLimited(retryAfter: number, headers: Record<string, string>, scope: string): Refusal {
  return new Refusal(429, 0, 'You are being rate limited.', {
    headers: { ...headers, 'retry-after': String(retryAfter), 'x-ratelimit-scope': scope },
    extra: { retry_after: retryAfter, global: scope === 'global' },
  });
}
