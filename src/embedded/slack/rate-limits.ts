/** Calls per minute of a tier. Source: Slack, rate limits; the numbers are what is guaranteed at least. */
const perMinute = { 1: 1, 2: 20, 3: 50, 4: 100, special: 600 } as const;
export type Tier = keyof typeof perMinute;

/** One message a second in a channel, with short bursts. */
const postingPerMinute = 60;
const postingBurst = 3;

export type RateLimits = {
  /** @returns whole seconds to wait, or null where the call may go on */
  take(method: string, tier: Tier): number | null;
  /** The same for a message into a channel. */
  takePost(channel: string): number | null;
};

type Bucket = { tokens: number; filledAtMs: number };

/** A token bucket per method, and one per channel for new messages. @param multiplier 0: no limits */
export function createRateLimits(multiplier: number, now: () => Date): RateLimits {
  const buckets = new Map<string, Bucket>();

  const takeFrom = (name: string, ratePerMinute: number, burst: number): number | null => {
    if (multiplier === 0) return null;
    const perMs = (ratePerMinute * multiplier) / 60_000;
    const capacity = Math.max(1, burst * multiplier);
    const nowMs = now().getTime();
    const bucket = buckets.get(name) ?? { tokens: capacity, filledAtMs: nowMs };
    const tokens = Math.min(capacity, bucket.tokens + Math.max(0, nowMs - bucket.filledAtMs) * perMs);
    const isFree = tokens >= 1;
    buckets.set(name, { tokens: isFree ? tokens - 1 : tokens, filledAtMs: nowMs });
    return isFree ? null : Math.max(1, Math.ceil((1 - tokens) / perMs / 1000));
  };

  return {
    take: (method, tier) => takeFrom(`method ${method}`, perMinute[tier], perMinute[tier]),
    takePost: (channel) => takeFrom(`post ${channel}`, postingPerMinute, postingBurst),
  };
}
