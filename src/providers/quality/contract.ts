import { z } from 'zod';
import type { DataProfile } from '../../domain/profile.ts';
import {
  type HyperParameters,
  hyperParametersSchema,
  type ScriptContract,
  scriptPartSchema,
} from '../../domain/run-contract.ts';

/** In the order in which they run. */
export const gateCheckNames = [
  'compile',
  'imports',
  'lint',
  'leaks',
  'requirements',
  'review',
  'debug_run',
  'output_format',
  'output_tests',
  'time_estimate',
  'memory_estimate',
] as const;
export type GateCheckName = (typeof gateCheckNames)[number];

/** One thing that a check saw in the script. */
export const findingSchema = z.object({
  /** Id of the rule, e.g. `target-in-features`. */
  rule: z.string(),
  /** Line of train.py, from 1; null where it is no single one. */
  line: z.number().int().positive().nullable(),
  /** `fail` stops the script; `warn` is kept and told. */
  severity: z.enum(['fail', 'warn']),
  /** One sentence. */
  message: z.string(),
});
export type Finding = z.output<typeof findingSchema>;

/** What a reader of the script, a language model, says about it. The metric is no part of it. */
export const scriptReviewSchema = z.object({
  leakage: z.object({
    verdict: z.enum(['none', 'suspected', 'certain']),
    line: z.number().int().positive().nullable(),
    reason: z.string().max(600),
    confidence: z.enum(['low', 'medium', 'high']),
  }),
  /** Files or columns that were given and are ignored. */
  unusedFiles: z.array(z.string()).max(20),
  /** At most three sentences. */
  summary: z.string().max(900),
});
export type ScriptReview = z.output<typeof scriptReviewSchema>;

/** A leak that the reader is sure of. */
export function isCertain({ leakage }: Pick<ScriptReview, 'leakage'>): boolean {
  return leakage.verdict === 'certain' && leakage.confidence === 'high';
}

export const gateReportSchema = z.object({
  passed: z.boolean(),
  checks: z.array(
    z.object({
      name: z.enum(gateCheckNames),
      /**
       * `warned`: passed, with something that people should see. `skipped`: an earlier check failed, or the machine
       * lacks the tool; the message says which.
       */
      status: z.enum(['ok', 'warned', 'failed', 'skipped']),
      seconds: z.number().nonnegative(),
      /** One sentence for people; after a failed run followed by the end of its output. */
      message: z.string(),
      findings: z.array(findingSchema).default([]),
    }),
  ),
  /** Wall-clock seconds that a full run would take, from the debug run; null without one. */
  estimateSeconds: z.number().nonnegative().nullable(),
  /** Peak memory that a full run would take, from the debug run; null without one. */
  estimateMemoryBytes: z.number().nonnegative().nullable().default(null),
  /** What `--without` of this script takes, as the debug run's meta.json says. */
  parts: z.array(scriptPartSchema).default([]),
  /** The hyper-parameters that the debug run used. */
  params: hyperParametersSchema.default({}),
  /** requirements.txt for the bundle: exact versions where they could be found; null where a check failed before. */
  pinnedRequirements: z.string().nullable().default(null),
  /** test_outputs.py for the bundle; null where a check failed before. */
  outputTests: z.string().nullable().default(null),
  review: scriptReviewSchema.nullable().default(null),
});
export type GateReport = z.output<typeof gateReportSchema>;

/** A script and all that a run of it on the debug share needs. */
export type ScriptTrial = {
  /** train.py */
  script: string;
  /** requirements.txt */
  requirements: string;
  contract: ScriptContract;
  /** A folder with the script's data as `domain/run-contract.ts` lists them. */
  dataFolder: string;
  seed: number;
  /** Limit of one debug run. */
  debugLimitSeconds: number;
  /** Other values than those that the script was written with; written into the run's data folder as params.json. */
  params?: HyperParameters;
};

export type GateRequest = ScriptTrial & {
  /** Limit of the full run that the estimate is held against. */
  timeLimitSeconds: number;
  /** What a full run may take; left out: whatever the machine has. */
  memoryLimitBytes?: number;
  /** True for code that shortens itself to its time limit: then a long estimate is told and is no failure. */
  keepsTimeLimit: boolean;
  /** True for what the agent's own generator wrote from its own pieces: no model reads it again. */
  isOwnCode?: boolean;
  /** What a review of the script is told, and whose money it spends. */
  profile?: DataProfile;
  competitionId?: string;
  approachId?: string;
};

export type ReviewInput = Pick<
  GateRequest,
  'script' | 'requirements' | 'contract' | 'profile' | 'competitionId' | 'approachId'
> & {
  /** What the checks before it warned of, and why it is read again (a score too good to be true). */
  suspicions: readonly string[];
};

/** Reads a script for leakage and for data that it ignores. A failure of it skips the check, and is told. */
export type ReviewScript = (input: ReviewInput, options: { signal: AbortSignal }) => Promise<ScriptReview>;

/** One debug run. */
export type TrialRun = {
  /** Left out of it; null for the script as it is. */
  without: string | null;
  /** oof.csv of it, in the folder that was named; null where it wrote none in the agreed form. */
  oofPath: string | null;
  seconds: number;
  /** Why there is no oof.csv: one sentence and the end of its output. */
  failure: string | null;
};

export type AblationReport = {
  /** The script as it is. */
  whole: TrialRun;
  /** One run for each part, in the order asked for; those that did not fit into the limit have a `failure`. */
  parts: TrialRun[];
};

/** Judges a training script before it costs anything. */
export type QualityGate = {
  /** @throws the signal's reason when it aborts; a bad script is a report, never an error. */
  check(request: GateRequest, options: { signal: AbortSignal }): Promise<GateReport>;
  /**
   * Runs the script as it is and without each of `parts` in turn, on the debug share, and leaves each out-of-fold
   * file in `outFolder` for the host to score: nothing that the script says of itself is used.
   * @param request.limitSeconds for all runs together
   */
  ablate(
    request: ScriptTrial & { parts: readonly string[]; outFolder: string; limitSeconds: number },
    options: { signal: AbortSignal },
  ): Promise<AblationReport>;
  /** One debug run, its out-of-fold file left in `outFolder`. */
  tryOut(
    request: ScriptTrial & { without?: string; outFolder: string },
    options: { signal: AbortSignal },
  ): Promise<TrialRun>;
  /** The reader of scripts, where one is configured. */
  review: ReviewScript | null;
};
