import { z } from 'zod';
import { approachSchema, sourceSchema } from '../../domain/approach.ts';
import { trainingEnvironmentSchema } from '../../domain/environment.ts';
import { problemSchema } from '../../domain/problem.ts';
import { dataProfileSchema } from '../../domain/profile.ts';
import { researchQueryKindSchema, triedApproachSchema } from '../../domain/research.ts';

/** What a research provider is asked: one question about one competition. */
export const researchRequestSchema = z.object({
  kind: researchQueryKindSchema,
  problem: problemSchema,
  profile: dataProfileSchema,
  environment: trainingEnvironmentSchema,
  /** What earlier rounds tried, oldest first. */
  history: z.array(triedApproachSchema),
  round: z.number().int().positive(),
  maxApproaches: z.number().int().positive(),
  /** Wall-clock seconds that one training run may take. */
  timeBudgetSeconds: z.number().positive(),
});
export type ResearchRequest = z.output<typeof researchRequestSchema>;

/** The same form whoever did the research; stored whole. */
export const researchReportSchema = z.object({
  summary: z.string().max(4000),
  findings: z.array(z.object({ claim: z.string().min(1).max(600), source: sourceSchema })).max(40),
  /** Best first. */
  approaches: z.array(approachSchema).max(20),
});
export type ResearchReport = z.output<typeof researchReportSchema>;

/** Answers research questions. Implementations: the playbooks, and deep-research services. */
export type ResearchProvider = {
  name: string;
  research(request: ResearchRequest, options: { signal: AbortSignal }): Promise<ResearchReport>;
};
