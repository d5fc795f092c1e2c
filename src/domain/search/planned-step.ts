import { z } from 'zod';
import { complexities, operators } from './step.ts';

/** One step that the policy chose for a round, as it is stored. */
export const plannedStepSchema = z.object({
  operator: z.enum(operators),
  /** Ids of the nodes that it starts from. */
  parents: z.array(z.uuid()).max(2),
  /** An improvement aimed at the part that matters most, which the host measures first. */
  isAblationGuided: z.boolean(),
  complexity: z.enum(complexities),
  /** Why this step, in one sentence for people. */
  reason: z.string(),
});
export type PlannedStep = z.output<typeof plannedStepSchema>;
