import { ApiError } from './api-error.ts';

/** At most `calls` calls in any `windowSeconds`; what a refusal says about the wait. */
export type RateLimit = {
  calls: number;
  windowSeconds: number;
  /** Form of Retry-After: whole seconds, a fraction, a date, or no header at all. */
  retryAfter: 'seconds' | 'fraction' | 'date' | 'none';
};

/** @returns a check to make before each call. It throws the vendor's 429 when the limit is reached. */
export function createRateLimiter(limit: RateLimit | null, now: () => Date): () => void {
  let recent: number[] = [];
  return () => {
    if (limit === null) return;
    const time = now().getTime();
    const windowMs = limit.windowSeconds * 1000;
    recent = recent.filter((call) => call > time - windowMs);
    const oldest = recent[0];
    if (recent.length >= limit.calls && oldest !== undefined) {
      throw new ApiError(429, 'Too many requests', { headers: retryAfter(limit, time, oldest + windowMs) });
    }
    recent.push(time);
  };
}

function retryAfter(limit: RateLimit, time: number, freeAt: number): Record<string, string> {
  const seconds = (freeAt - time) / 1000;
  switch (limit.retryAfter) {
    case 'none':
      return {};
    case 'seconds':
      return { 'retry-after': String(Math.ceil(seconds)) };
    case 'fraction':
      return { 'retry-after': seconds.toFixed(3) };
    case 'date':
      return { 'retry-after': new Date(freeAt).toUTCString() };
  }
}
