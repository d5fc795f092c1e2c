import type { z } from 'zod';

const prefix = 'kaggle-agent.';

/** Something small that the browser remembers; nothing where it may not or cannot. */
export function kept<T>(name: string, schema: z.ZodType<T>): T | null {
  try {
    return schema.safeParse(JSON.parse(localStorage.getItem(prefix + name) ?? 'null')).data ?? null;
  } catch {
    return null;
  }
}

export function keep(name: string, value: unknown): void {
  try {
    localStorage.setItem(prefix + name, JSON.stringify(value));
  } catch {
    // Full or forbidden: it is only forgotten.
  }
}
