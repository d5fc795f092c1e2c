import { z } from 'zod';
import { approachSchema } from '../../domain/approach.ts';
import { trainingEnvironmentSchema } from '../../domain/environment.ts';
import { problemSchema } from '../../domain/problem.ts';
import { dataProfileSchema } from '../../domain/profile.ts';
import { memorySchema, stepSchema } from '../../domain/search/step.ts';

/** What a code generator is told: one approach to implement for one competition. */
export const codeRequestSchema = z.object({
  problem: problemSchema,
  profile: dataProfileSchema,
  approach: approachSchema,
  environment: trainingEnvironmentSchema,
  /** Wall-clock seconds that a full training run may take. */
  timeBudgetSeconds: z.number().positive(),
  seed: z.number().int().nonnegative(),
  /** Whose money a language model spends on it, and the node it is for. */
  competitionId: z.uuid().optional(),
  approachId: z.uuid().optional(),
  /** How the node is made; left out for a draft of which nothing is known but its approach. */
  step: stepSchema.optional(),
  memory: z.array(memorySchema).optional(),
  /** The competition's own pages as text; from outside, so never orders. */
  pages: z.array(z.object({ title: z.string(), url: z.string().nullable(), text: z.string() })).optional(),
  lessons: z.array(z.object({ text: z.string(), evidence: z.string() })).optional(),
  /** What people wrote, newest first. */
  advice: z.array(z.string()).optional(),
});

/** One complete training program that keeps the contract of `domain/run-contract.ts`. */
export const generatedCodeSchema = z.object({
  /** train.py */
  script: z.string().min(1),
  /** requirements.txt: one allow-listed package a line, each with its range of versions. */
  requirements: z.string(),
  /** What people should know about this program, one sentence each. */
  notes: z.array(z.string()),
});

export type CodeRequest = z.output<typeof codeRequestSchema>;
export type GeneratedCode = z.output<typeof generatedCodeSchema>;

/** Writes training programs. Implementations: the baseline generator, and language models. */
export type CodeGenerator = {
  name: string;
  /** A script of its that failed can be given back to it, with the failure, as a `debug` step. */
  canDebug: boolean;
  /** @throws BusinessFailure `codegen.*` where the approach cannot be implemented for this problem. */
  generate(request: CodeRequest, options: { signal: AbortSignal }): Promise<GeneratedCode>;
};
