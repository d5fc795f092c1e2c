/** @returns the value, or null where it could not be had in time */
export type Reading<T> = () => Promise<T | null>;

/**
 * Reads something that may hang or fail, for pages that must do neither. Everybody who asks at the same time
 * shares one attempt, one that is late goes on by itself, and its value is kept for a while.
 */
export function createReading<T>(options: {
  read: () => Promise<T>;
  freshMs: number;
  deadlineMs: number;
  onFailure?: (error: unknown) => void;
}): Reading<T> {
  let kept: { value: T; untilMs: number } | null = null;
  let underWay: Promise<T | null> | null = null;

  const start = async (): Promise<T | null> => {
    try {
      const value = await options.read();
      kept = { value, untilMs: performance.now() + options.freshMs };
      return value;
    } catch (error) {
      options.onFailure?.(error);
      return null;
    } finally {
      underWay = null;
    }
  };

  return async () => {
    if (kept !== null && performance.now() < kept.untilMs) return kept.value;
    underWay ??= start();
    return await within(underWay, options.deadlineMs);
  };
}

async function within<T>(promise: Promise<T | null>, deadlineMs: number): Promise<T | null> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<null>((resolve) => {
    timer = setTimeout(resolve, deadlineMs, null);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
