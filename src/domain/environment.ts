import { z } from 'zod';

/** What a training script finds where it runs; decides which models are offered and how large they may be. */
export const trainingEnvironmentSchema = z.object({
  cores: z.number().int().positive(),
  memoryBytes: z.number().int().positive(),
  /** True where `import lightgbm` works, its system library libgomp included. */
  lightgbm: z.boolean(),
  /** Versions as the interpreter reports them, e.g. `3.11.2` and `1.2.1`; null while unknown. */
  pythonVersion: z.string().nullable(),
  sklearnVersion: z.string().nullable(),
  /** Version of each installed package that a script may use; left out while unknown. */
  packages: z.record(z.string(), z.string()).optional(),
});

export type TrainingEnvironment = z.output<typeof trainingEnvironmentSchema>;
