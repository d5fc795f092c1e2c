import { z } from 'zod';

/** The answers that move a competition that waits for a person. */
export const competitionAnswers = [
  'retry_different_approach',
  'adjust_parameters',
  'skip_competition',
] as const;

/** What a decision is about. */
export const decisionKinds = [
  'uncertainty',
  'failure',
  'stagnation',
  'budget',
  'suggestion',
  'rules',
  'metric',
] as const;

export const decisionOptionSchema = z.object({
  /** Stable within the decision; a competition answer where the decision blocks. */
  id: z.string().regex(/^[a-z][a-z0-9_]{0,39}$/),
  label: z.string().min(1).max(60),
  /** What happens then, and what it costs. */
  consequence: z.string().max(200),
  costUsd: z.number().nonnegative().default(0),
});

/** What a person is asked, with everything needed to answer it well. */
export const decisionDraftSchema = z.object({
  kind: z.enum(decisionKinds),
  /** Blocks its competition until it is answered. */
  blocking: z.boolean(),
  question: z.string().min(1).max(300),
  /** What happened and why it is asked. */
  context: z.string().max(1500),
  options: z.array(decisionOptionSchema).min(1).max(5),
  defaultOption: z.string(),
});

export type DecisionOption = z.output<typeof decisionOptionSchema>;
export type DecisionDraft = z.output<typeof decisionDraftSchema>;
