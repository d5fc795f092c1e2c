/**
 * The contract between the host, the runner and a training script.
 *
 * The script is started as `python train.py --data DIR --out DIR --seed N --time-limit SECONDS [--debug]`
 * and finds in DIR: `contract.json` (this file's `scriptContractSchema`), `train.csv` (search rows with
 * labels), `gate.csv` (gate rows without labels, where there are any), `test.csv`, `sample_submission.csv` and
 * `folds.csv` (row key, fold). It writes into the out folder: `oof.csv` (row key and prediction columns, every
 * row of train.csv exactly once), `gate.csv` (the same for gate rows), `test.csv` (the same for test rows, keyed
 * by the id column), `submission.csv`, `metrics.json`, `meta.json`. With `--debug` it trains on about a tenth of
 * the rows, keeps the class set, and still writes every file. Progress is printed as lines
 * `::progress {"done":3,"total":10,"label":"fold 3 of 5"}`, what it measures on the way as lines
 * `::metric {"name":"val/auc","step":3,"value":0.81}`; a value may be NaN, the step may be left out. The score of each fold
 * goes out as `fold/score` with the fold as its step; a loss has a name that ends in `loss`.
 *
 * A script that is made of parts (a feature recipe, a model of its blend) names them in `parts` of meta.json, the
 * most expected one first, and takes `--without PART`: it then does the same without that part, so that the host
 * sees what the part is worth. A part that it does not know is an error.
 *
 * A run may be cut off at any moment and started again, on whatever machine. Where the environment variable
 * `CHECKPOINT_DIR` is set, it names a folder whose files are kept on the way and stand there again at the next start of
 * the same job, which has the same bundle, data, seed and parameters by construction: a script finds there what it
 * saved, and need not train that again; its outputs have to be the same as of a run that nobody disturbed. Each file is
 * written aside as `*.tmp` and renamed; links, names that begin with a dot and what is larger than the sheet allows are
 * not kept. Without the variable (an older host, a notebook, a trial run) a script works all the same and keeps nothing.
 *
 * Where DIR holds `params.json` (`hyperParametersSchema`), its values replace those that the script was written with;
 * `--params FILE` names another such file. meta.json tells in `params` which values were used.
 *
 * A script may also take `--stage fit|predict` and `--model DIR`, for code competitions: with `--stage fit` it writes what
 * it learnt into DIR and no predictions; with `--stage predict` it reads it from there and writes test.csv, without
 * training. Without them it does both, as above.
 */
import { z } from 'zod';
import {
  checkpointSchema,
  checkpointTermsSchema,
  downloadSchema,
  positiveInt,
  resumedFromSchema,
} from './checkpoint-contract.ts';
import { problemSchema } from './problem.ts';

export const scriptContractSchema = z.object({
  schema: z.literal(1),
  problem: problemSchema,
  /** The column that names a row in train.csv, gate.csv, folds.csv, oof.csv and gate.csv. */
  rowKey: z.string(),
  foldCount: z.number().int().min(2),
  foldsSha256: z.string().length(64),
  hasGate: z.boolean(),
});
export type ScriptContract = z.output<typeof scriptContractSchema>;

/** out/metrics.json. The host recomputes every score and believes none of these. */
export const scriptMetricsSchema = z.object({
  metric: z.string(),
  fold_scores: z.array(z.number()),
  n_train: z.number().int().nonnegative(),
  n_valid: z.number().int().nonnegative(),
  seed: z.number().int(),
  folds_sha256: z.string(),
  train_seconds: z.number().nonnegative(),
  infer_seconds: z.number().nonnegative(),
  debug: z.boolean(),
});
export type ScriptMetrics = z.output<typeof scriptMetricsSchema>;

/** One hyper-parameter's value. */
export const parameterValueSchema = z.union([z.number(), z.string().max(200), z.boolean(), z.null()]);
export type ParameterValue = z.output<typeof parameterValueSchema>;

/** params.json: by the model of the script's blend, as meta.json names it, then by the parameter. */
export const hyperParametersSchema = z.record(
  z.string().min(1).max(80),
  z.record(z.string().min(1).max(80), parameterValueSchema),
);
export type HyperParameters = z.output<typeof hyperParametersSchema>;

/** A part of a script, e.g. `features:counts` or `model:lightgbm`. */
export const scriptPartSchema = z.string().regex(/^[A-Za-z0-9_][A-Za-z0-9_.:-]{0,79}$/);

const mostParts = 60;

/** out/meta.json */
export const scriptMetaSchema = z.object({
  family: z.string(),
  feature_count: z.number().int().nonnegative(),
  packages: z.record(z.string(), z.string()),
  /** What `--without` takes; none where the script has no such option. */
  parts: z.array(scriptPartSchema).max(mostParts).default([]),
  /** The hyper-parameters that were used. */
  params: hyperParametersSchema.default({}),
  /** Members of the script's own blend with their weights. */
  models: z
    .array(z.object({ name: z.string(), weight: z.number(), score: z.number().nullable() }))
    .default([]),
});
export type ScriptMeta = z.output<typeof scriptMetaSchema>;

/** manifest.json of a bundle. */
export const bundleManifestSchema = z.object({
  schema: z.literal(1),
  competition: z.string(),
  approach: z.string(),
  seed: z.number().int(),
  timeLimitSeconds: z.number().int().positive(),
  expectedOutputs: z.array(z.string()).min(1),
});
export type BundleManifest = z.output<typeof bundleManifestSchema>;

/**
 * The job sheet: all that a runner needs for one run, and all that it ever learns. It holds signed URLs, no
 * credentials. runner/sheet.py checks the same shape. URLs are http or https; a sheet that lies on the runner's
 * own machine may use file URLs.
 */
export const jobSheetSchema = z.object({
  schema: z.literal(1),
  job: z.string().regex(/^[A-Za-z0-9_-][A-Za-z0-9._-]{0,199}$/),
  /** Fencing token of this start; comes back in every heartbeat and in the result. */
  token: z.string().min(1).max(200),
  bundle: downloadSchema,
  /** Files for the script's data folder, by name within it. */
  data: z.array(downloadSchema.extend({ name: z.string().regex(/^[\w-][\w.-]*(\/[\w-][\w.-]*)*$/) })),
  /** What to take from the script's out folder. A required one that is missing makes the run `missing_output`. */
  outputs: z.array(
    z.object({
      name: z.string().regex(/^[\w-][\w.-]*$/),
      url: z.url(),
      required: z.boolean(),
      maxBytes: positiveInt,
    }),
  ),
  uploads: z.object({ heartbeat: z.url().nullable(), log: z.url().nullable(), result: z.url() }),
  timeLimitSeconds: z.number().positive(),
  /** Between SIGTERM and SIGKILL. */
  graceSeconds: z.number().nonnegative().default(30),
  heartbeatSeconds: z.number().positive().default(30),
  seed: z.number().int().nonnegative(),
  debug: z.boolean(),
  /** Part of the script to leave out, `--without`. */
  without: scriptPartSchema.nullable().default(null),
  /** OMP_NUM_THREADS and its likes. */
  threads: positiveInt.default(1),
  limits: z.object({
    memoryBytes: positiveInt.nullable(),
    cpuSeconds: positiveInt.nullable(),
    fileSizeBytes: positiveInt.nullable(),
    processes: positiveInt.nullable(),
    diskBytes: positiveInt.nullable(),
    /** Without any output or work, after which a run is stuck. */
    idleSeconds: positiveInt.nullable().default(null),
  }),
  /** What a machine must have free for the run to begin; null: what any run needs. */
  needs: z
    .object({ memoryBytes: positiveInt.nullable(), diskBytes: positiveInt.nullable() })
    .default({ memoryBytes: null, diskBytes: null }),
  /**
   * What this very start may have left in the store, where its vendor moves it to another machine: a result, and then
   * nothing is trained; a heartbeat, which tells of its checkpoint.
   */
  earlier: z.object({ heartbeat: z.url(), result: z.url() }).nullable().default(null),
  /** Null: the script gets no CHECKPOINT_DIR. */
  checkpoint: checkpointTermsSchema.nullable().default(null),
  /** `none` holds where the machine lets an ordinary user cut the network off; the result says whether it did. */
  isolation: z.object({ network: z.enum(['none', 'inherit']) }),
  /** Whether requirements.txt is installed with pip, into a folder of the run. */
  install: z.boolean(),
  /** Package index for that, in place of pip's default. */
  packageIndexUrl: z.url().nullable().default(null),
  /** The interpreter for the script; null for the one that the machine's provider chose. */
  python: z.string().nullable(),
});
export type JobSheet = z.output<typeof jobSheetSchema>;

/** How a run ended, as the runner saw it. */
export const exitClasses = [
  'ok',
  'script_error',
  'time_limit',
  'out_of_memory',
  'missing_output',
  'install_failed',
  'download_failed',
  'cancelled',
  'runner_error',
  /** The machine lacks memory or disk; nothing was begun. */
  'unfit_machine',
] as const;

/** Metrics that a run keeps; a heartbeat has the newest of them. */
const mostMetrics = 2_000;

/** A number that a script measured on its way, as its `::metric` line told it. No score of it is believed. */
const runMetricsSchema = z
  .array(
    z.object({
      /** Counts the lines of a run from 0. */
      seq: z.number().int().nonnegative(),
      name: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9_./@ -]{0,79}$/),
      step: z.number().int().nonnegative(),
      /** Null: not a number, or infinite. */
      value: z.number().nullable(),
      /** Since the run began. */
      seconds: z.number().nonnegative(),
    }),
  )
  .max(mostMetrics)
  .default([]);
export type RunMetric = z.output<typeof runMetricsSchema>[number];

/** result.json: uploaded last, the one sign that a run has ended. */
export const runResultSchema = z.object({
  schema: z.literal(1),
  job: z.string(),
  /** Fencing token of the start that wrote this. */
  token: z.string(),
  exitClass: z.enum(exitClasses),
  exitCode: z.number().int().nullable(),
  /** The same in one sentence for people. */
  message: z.string().default(''),
  seconds: z.number().nonnegative(),
  maxMemoryBytes: z.number().int().nonnegative().nullable(),
  /** What the script was really kept from; false where the machine does not allow it. */
  isolation: z
    .object({ network: z.boolean(), processes: z.boolean(), files: z.boolean() })
    .default({ network: false, processes: false, files: false }),
  /** Null: it began anew. */
  resumedFrom: resumedFromSchema.nullable().default(null),
  files: z.array(
    z.object({ name: z.string(), sizeBytes: z.number().int().nonnegative(), sha256: z.string().length(64) }),
  ),
  metrics: runMetricsSchema,
  /** Last lines of output, at most 5,100 characters, control characters removed. */
  logTail: z.string(),
});
export type RunResult = z.output<typeof runResultSchema>;

/** heartbeat.json: overwritten while a run lives. */
export const heartbeatSchema = z.object({
  schema: z.literal(1),
  job: z.string(),
  token: z.string(),
  /** Counts up by one with every heartbeat. */
  sequence: z.number().int().nonnegative(),
  seconds: z.number().nonnegative(),
  phase: z.enum(['downloading', 'installing', 'running', 'uploading']),
  progress: z
    .object({ done: z.number().nonnegative(), total: z.number().positive(), label: z.string().max(120) })
    .nullable(),
  memoryBytes: z.number().int().nonnegative().nullable(),
  checkpoint: checkpointSchema.nullable().default(null),
  resumedFrom: resumedFromSchema.nullable().default(null),
  metrics: runMetricsSchema,
  logTail: z.string(),
});
