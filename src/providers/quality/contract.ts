import { z } from 'zod';
import type { ScriptContract } from '../../domain/run-contract.ts';

export const gateCheckNames = [
  'compile',
  'imports',
  'lint',
  'requirements',
  'debug_run',
  'output_format',
  'time_estimate',
] as const;

export const gateReportSchema = z.object({
  passed: z.boolean(),
  checks: z.array(
    z.object({
      name: z.enum(gateCheckNames),
      /** `skipped`: an earlier check failed, or the machine lacks the tool; the message says which. */
      status: z.enum(['ok', 'failed', 'skipped']),
      seconds: z.number().nonnegative(),
      /** One sentence for people; after a failed run followed by the end of its output. */
      message: z.string(),
    }),
  ),
  /** Wall-clock seconds that a full run would take, from the debug run; null without one. */
  estimateSeconds: z.number().nonnegative().nullable(),
});
export type GateReport = z.output<typeof gateReportSchema>;

export type GateRequest = {
  /** train.py */
  script: string;
  /** requirements.txt */
  requirements: string;
  contract: ScriptContract;
  /** A folder with the script's data as `domain/run-contract.ts` lists them. */
  dataFolder: string;
  seed: number;
  /** Limit of the debug run. */
  debugLimitSeconds: number;
  /** Limit of the full run that the estimate is held against. */
  timeLimitSeconds: number;
  /** True for code that shortens itself to its time limit: then a long estimate is told and is no failure. */
  keepsTimeLimit: boolean;
};

/** Judges a training script before it costs anything. */
export type QualityGate = {
  /** @throws the signal's reason when it aborts; a bad script is a report, never an error. */
  check(request: GateRequest, options: { signal: AbortSignal }): Promise<GateReport>;
};
