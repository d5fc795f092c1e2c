import { z } from 'zod';

/** Where a claim of the research comes from: a playbook, a page, a paper, an earlier round. */
export const sourceSchema = z.object({ title: z.string().min(1), url: z.url().optional() });

/**
 * One ranked way to attack a competition, as research proposes it and code generation implements it.
 * The same form whoever did the research.
 */
export const approachSchema = z.object({
  /** Short and stable within a competition, e.g. `boosting-counts`. */
  name: z.string().regex(/^[a-z0-9][a-z0-9-]{1,47}$/),
  /** One line for people. */
  title: z.string().min(1).max(120),
  /** Model family, so that siblings can differ: boosting, linear, forest, kernel, text-linear, blend … */
  family: z.string().min(1).max(40),
  /** Why it should work here, in one or two sentences. */
  rationale: z.string().min(1).max(600),
  /** Feature recipes by name, in the order of application. */
  features: z.array(z.string()).max(40),
  /** Models by name with their parameters. */
  models: z
    .array(
      z.object({
        kind: z.string().min(1),
        params: z.record(z.string(), z.union([z.number(), z.string(), z.boolean(), z.null()])).default({}),
      }),
    )
    .min(1)
    .max(8),
  /** The validation scheme that the host's folds follow, in words. */
  validation: z.string(),
  risks: z.array(z.string()).max(10),
  /** What an implementation must observe. */
  requirements: z.array(z.string()).max(20),
  /** Python packages beyond the floor (pandas, scikit-learn). */
  packages: z.array(z.string()).max(10),
  /** Expected position among the siblings, 0 (poor) to 1 (best); orders them. */
  expectedGain: z.number().min(0).max(1),
  estimatedMinutes: z.number().positive().max(600),
  sources: z.array(sourceSchema).max(20),
  /** Names of the approaches that this one changes or joins; left out for a draft. */
  basedOn: z.array(z.string()).max(2).optional(),
  /** The one part that it changes in what it is based on. */
  component: z.enum(['data', 'features', 'model', 'ensemble', 'workflow']).optional(),
});

export type Approach = z.output<typeof approachSchema>;
