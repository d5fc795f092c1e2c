import { z } from 'zod';

function camelCase(key: string): string {
  return key.replaceAll(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

/** A database row: its column names become camelCase, what lies inside jsonb columns stays as it was stored. */
export function row<Shape extends z.ZodRawShape>(shape: Shape) {
  return z.preprocess((value) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
    return Object.fromEntries(Object.entries(value).map(([key, cell]) => [camelCase(key), cell]));
  }, z.object(shape));
}

/** A timestamp column as the database prints it in JSON. */
export const timestamp = z.iso.datetime({ offset: true, local: false }).transform((text) => new Date(text));
