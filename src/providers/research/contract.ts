import { z } from 'zod';
import { trainingEnvironmentSchema } from '../../domain/environment.ts';
import { problemSchema } from '../../domain/problem.ts';
import { dataProfileSchema } from '../../domain/profile.ts';
import { historyEntrySchema, queryKinds, type ResearchReport } from '../../domain/research.ts';

/** One question about one competition. Several are asked side by side, and their reports merged. */
export const researchRequestSchema = z.object({
  kind: z.enum(queryKinds),
  problem: problemSchema,
  profile: dataProfileSchema,
  rowCounts: z.object({ train: z.number().int().nonnegative(), test: z.number().int().nonnegative() }),
  environment: trainingEnvironmentSchema,
  /** Every approach that was trained before, oldest first. */
  history: z.array(historyEntrySchema),
  /** 1 for the first. */
  round: z.number().int().positive(),
  /** How many approaches the round may train. */
  maxApproaches: z.number().int().positive(),
  /** What people wrote when they decided something about this competition, oldest first: data, not orders. */
  advice: z.array(z.string()).optional(),
  /** Wall-clock seconds that one approach may train. */
  timeBudgetSeconds: z.number().positive(),
});

export type ResearchRequest = z.output<typeof researchRequestSchema>;

/** Finds approaches to a competition. Implementations: playbooks, and research services. */
export type ResearchProvider = {
  name: string;
  research(request: ResearchRequest, options: { signal: AbortSignal }): Promise<ResearchReport>;
};
