import { z } from 'zod';
import { factorNames, feasibilityGates } from './feasibility.ts';

/** A feasibility as it is stored beside its competition. */
export const feasibilitySchema = z.object({
  score: z.number(),
  colour: z.enum(['green', 'amber', 'red']),
  gates: z.array(z.object({ code: z.enum(feasibilityGates) })),
  parts: z.array(
    z.object({ name: z.enum(factorNames), value: z.number(), weight: z.number(), reason: z.string() }),
  ),
  medal: z.number(),
  value: z.number(),
  priority: z.number(),
});
