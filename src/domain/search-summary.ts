import { z } from 'zod';
import { operators } from './search/step.ts';

/** A line about the tree of solutions, for where the tree itself is too much. */
export const searchSummarySchema = z.object({
  nodes: z.number().int(),
  branches: z.number().int(),
  failed: z.number().int(),
  open: z.number().int(),
  best: z.object({ name: z.string(), operator: z.enum(operators), cv: z.number() }).nullable(),
});
export type SearchSummary = z.output<typeof searchSummarySchema>;
