import { vi } from 'vitest';

/** Waits for a condition, with patience for a machine that is busy. @returns what it gives at last */
export async function eventually<T>(check: () => T | Promise<T>): Promise<T> {
  return await vi.waitFor(check, { timeout: 20_000 });
}
