import { z } from 'zod';
import { hyperParametersSchema } from '../domain/run-contract.ts';
import { operators } from '../domain/search/step.ts';
import type { StatePort } from './port.ts';
import { row, timestamp } from './row.ts';

/** Lines of one start that are kept; what a script tells beyond them is left out. */
export const mostRunLines = 20_000;

export const metricKinds = ['metric', 'system'] as const;
export type MetricKind = (typeof metricKinds)[number];

/** One number that a run told. */
export type ReportedMetric = {
  kind: MetricKind;
  /** As the runner counts them; the same number is taken once. */
  seq: number;
  name: string;
  step: number;
  /** Null: not a number, or infinite. */
  value: number | null;
  /** Since the run began. */
  seconds: number;
};

const metricLine = row({
  line: z.number().int(),
  seq: z.number().int(),
  name: z.string(),
  step: z.number(),
  value: z.number().nullable(),
  seconds: z.number(),
  at: timestamp,
});
export type MetricLine = z.output<typeof metricLine>;

/** Keeps what a run told. @returns how much of it is new; 0 where a newer start has taken over */
export function recordRunMetrics(
  state: StatePort,
  input: { jobId: string; token: number; rows: readonly ReportedMetric[] },
): Promise<number> {
  return state.call(
    'record_run_metrics',
    { p_job_id: input.jobId, p_token: input.token, p_rows: input.rows, p_most_lines: mostRunLines },
    z.number(),
  );
}

/** Lines from `fromLine` on, at most `limit` of them. */
export function listRunMetrics(
  state: StatePort,
  input: { jobId: string; token: number; kind: MetricKind; fromLine: number; limit: number },
): Promise<MetricLine[]> {
  return state.call(
    'list_run_metrics',
    {
      p_job_id: input.jobId,
      p_token: input.token,
      p_kind: input.kind,
      p_from_line: input.fromLine,
      p_limit: input.limit,
    },
    z.array(metricLine),
  );
}

const curve = z.object({ name: z.string(), points: z.array(z.tuple([z.number(), z.number()])) });
/** One metric of a run by its script's own steps: [step, value]. */
export type RunCurve = z.output<typeof curve>;

/** Metrics that a run told more than once, first told first, each thinned evenly to at most so many points. */
export function sampleRunMetrics(
  state: StatePort,
  input: { jobId: string; mostNames: number; mostPoints: number },
): Promise<RunCurve[]> {
  return state.call(
    'sample_run_metrics',
    { p_job_id: input.jobId, p_most_names: input.mostNames, p_most_points: input.mostPoints },
    z.array(curve),
  );
}

const trackingRun = row({
  jobId: z.uuid(),
  token: z.number().int(),
  generation: z.number().int(),
  runId: z.string(),
  storageId: z.string().nullable(),
  url: z.string().nullable(),
  metricLines: z.number().int(),
  systemLines: z.number().int(),
  logLines: z.number().int(),
  state: z.enum(['open', 'finished', 'failed', 'given_up']),
  error: z.string().nullable(),
  stopAskedAt: timestamp.nullable(),
  sentAt: timestamp.nullable(),
});
export type TrackingRun = z.output<typeof trackingRun>;

const hostScores = z.object({ folds: z.array(z.number()), cv: z.number(), cvSd: z.number() });

/** As an approach names its models, with the parameters that it wants for them. */
const specModels = z.array(
  z.object({ kind: z.string(), params: z.record(z.string(), z.unknown()).default({}) }),
);

const trackingWork = row({
  jobId: z.uuid(),
  token: z.number().int(),
  /** The first machine that it came to is 1. */
  start: z.number().int(),
  slug: z.string(),
  approach: z.string(),
  title: z.string().nullable(),
  family: z.string(),
  operator: z.enum(operators),
  features: z.array(z.string()),
  models: specModels,
  round: z.number().int(),
  purpose: z.string(),
  seed: z.number().int(),
  foldAssignment: z.number().int(),
  params: hyperParametersSchema.nullable(),
  objectPrefix: z.string().nullable(),
  /** `stopped` by us; `lost`: another start has followed. */
  ending: z.enum(['running', 'succeeded', 'failed', 'stopped', 'lost']),
  error: z.string().nullable(),
  scores: hostScores.nullable(),
  seconds: z.number().nullable(),
  memoryBytes: z.number().nullable(),
  exitClass: z.string().nullable(),
  logTail: z.string().nullable(),
  provider: z.string(),
  microUsd: z.number().nullable(),
  /** The newest value of each metric that its script told. */
  metrics: z.record(z.string(), z.number().nullable()),
  startedAt: timestamp,
  run: trackingRun.nullable(),
});
/** One start of a training job that a tracking service is not told to its end. */
export type TrackingWork = z.output<typeof trackingWork>;

/** Starts of the last hours that nobody has told of yet, and those under way; who waits longest first. */
export function listTrackingWork(
  state: StatePort,
  input: { freshHours: number; limit: number },
): Promise<TrackingWork[]> {
  return state.call(
    'list_tracking_work',
    { p_fresh_hours: input.freshHours, p_limit: input.limit },
    z.array(trackingWork),
  );
}

/** The service has taken the run. A higher generation begins with no lines. */
export function openTrackingRun(
  state: StatePort,
  input: Pick<TrackingRun, 'jobId' | 'token' | 'generation' | 'runId' | 'storageId' | 'url'>,
): Promise<TrackingRun> {
  return state.call(
    'open_tracking_run',
    {
      p_job_id: input.jobId,
      p_token: input.token,
      p_generation: input.generation,
      p_run_id: input.runId,
      p_storage_id: input.storageId,
      p_url: input.url,
    },
    trackingRun,
  );
}

/** How far the service was told. Counts only rise. @returns null when it had ended already */
export function advanceTrackingRun(
  state: StatePort,
  input: Pick<
    TrackingRun,
    'jobId' | 'token' | 'metricLines' | 'systemLines' | 'logLines' | 'state' | 'error'
  > & { isStopAsked: boolean },
): Promise<TrackingRun | null> {
  return state.call(
    'advance_tracking_run',
    {
      p_job_id: input.jobId,
      p_token: input.token,
      p_metric_lines: input.metricLines,
      p_system_lines: input.systemLines,
      p_log_lines: input.logLines,
      p_state: input.state,
      p_error: input.error,
      p_stop_asked: input.isStopAsked,
    },
    trackingRun.nullable(),
  );
}

const comparedRun = row({
  jobId: z.uuid(),
  codeId: z.uuid(),
  approach: z.string(),
  operator: z.enum(operators),
  family: z.string(),
  round: z.number().int(),
  purpose: z.enum(['search', 'confirm', 'final']),
  seed: z.number().int(),
  foldAssignment: z.number().int(),
  status: z.string(),
  error: z.string().nullable(),
  scores: hostScores.nullable(),
  seconds: z.number().nullable(),
  memoryBytes: z.number().nullable(),
  params: hyperParametersSchema.nullable(),
  usedParams: hyperParametersSchema.nullable(),
  microUsd: z.number().nullable(),
  url: z.string().nullable(),
  runId: z.string().nullable(),
  /** The newest value of each metric that its script told. */
  metrics: z.record(z.string(), z.number().nullable()),
});
export type ComparedRun = z.output<typeof comparedRun>;

/** Every run of a competition, oldest first; without gate scores. */
export function listComparedRuns(state: StatePort, competitionId: string): Promise<ComparedRun[]> {
  return state.call('list_compared_runs', { p_competition_id: competitionId }, z.array(comparedRun));
}

/** Page of a job's newest start at the tracking service. @returns null where it is not tracked */
export function readTrackingUrl(state: StatePort, jobId: string): Promise<string | null> {
  return state.call('read_tracking_url', { p_job_id: jobId }, z.string().nullable());
}

/** Pages of the search runs of a competition there, one for each approach. */
export function listTrackingUrls(
  state: StatePort,
  competitionId: string,
): Promise<{ name: string; url: string }[]> {
  return state.call(
    'list_tracking_urls',
    { p_competition_id: competitionId },
    z.array(z.object({ name: z.string(), url: z.string() })),
  );
}
