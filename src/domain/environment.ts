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
  /** Graphics cards of this machine, each for one full run at a time; left out where there is none. */
  cards: z.array(z.object({ name: z.string(), memoryBytes: z.number().int().positive() })).optional(),
});

export type TrainingEnvironment = z.output<typeof trainingEnvironmentSchema>;

/** The rest is the system's, and the agent's own. */
export const usableMemoryShare = 0.9;

/**
 * What one run on this machine may use of it: its slots and its cards share the cores and the memory alike.
 * @param slots runs without a card at the same time
 */
export function shareOf(
  machine: Pick<TrainingEnvironment, 'cores' | 'memoryBytes' | 'cards'>,
  slots: number,
): { cpuCores: number; memoryBytes: number } {
  const places = slots + (machine.cards?.length ?? 0);
  const part = (whole: number) => Math.max(1, Math.floor(whole / places));
  return { cpuCores: part(machine.cores), memoryBytes: part(machine.memoryBytes) };
}
