import { z } from 'zod';
import type { Actor } from '../domain/actor.ts';
import { resumedFromSchema } from '../domain/checkpoint-contract.ts';
import { runReasonSchema } from '../domain/gpu/run-reason.ts';
import { hyperParametersSchema, runResultSchema } from '../domain/run-contract.ts';
import { suspicionRules } from '../domain/suspicion.ts';
import { plainCodeRow } from './code.ts';
import type { StatePort } from './port.ts';
import { approachRow } from './research.ts';
import { row, timestamp } from './row.ts';

/** `search` compares approaches, `confirm` repeats one with another seed and other folds, `final` fits all rows. */
const trainingPurposes = ['search', 'confirm', 'final'] as const;

/** What the host computed itself from a run's out-of-fold and gate files. */
const hostScoresSchema = z.object({
  /** One score per fold. */
  folds: z.array(z.number()),
  cv: z.number(),
  cvSd: z.number(),
  /** Score on the gate rows; null where there is no gate. */
  gate: z.number().nullable(),
  /** What was found about a score that was too good to be believed at once; left out where it was not doubted. */
  examined: z
    .object({
      rule: z.enum(suspicionRules),
      reason: z.string(),
      /** `undecided`: the examination could not be made; the score counts. */
      outcome: z.enum(['counts', 'undecided']),
      detail: z.string(),
    })
    .optional(),
});
export type HostScores = z.output<typeof hostScoresSchema>;

const trainingProgressSchema = z.object({
  phase: z.string(),
  progress: z.object({ done: z.number(), total: z.number(), label: z.string() }).nullable(),
  seconds: z.number(),
  logTail: z.string().default(''),
  /** The checkpoint from which it went on; left out where it began anew. */
  resumedFrom: resumedFromSchema.optional(),
});
export type TrainingProgress = z.output<typeof trainingProgressSchema>;

const shape = {
  id: z.uuid(),
  competitionId: z.uuid(),
  round: z.number().int(),
  approachId: z.uuid(),
  codeId: z.uuid(),
  purpose: z.enum(trainingPurposes),
  seed: z.number().int(),
  foldAssignment: z.number().int(),
  status: z.enum(['planned', 'running', 'succeeded', 'failed', 'cancelled']),
  starts: z.number().int(),
  token: z.number().int(),
  progress: trainingProgressSchema.nullable(),
  result: runResultSchema.nullable(),
  scores: hostScoresSchema.nullable(),
  objectPrefix: z.string().nullable(),
  /** What params.json puts in place of the script's own values; null: nothing. */
  params: hyperParametersSchema.nullable().default(null),
  /** What the script said that it used; null before its end, and where it says nothing. */
  usedParams: hyperParametersSchema.nullable().default(null),
  error: z.string().nullable(),
  /** Machines that never came up for it; they use up no start. */
  misstarts: z.number().int().default(0),
  /** Why it has no machine yet. */
  waiting: z
    .object({ wants: z.string(), code: z.string(), reason: runReasonSchema, since: timestamp, at: timestamp })
    .nullable()
    .default(null),
  createdAt: timestamp,
  startedAt: timestamp.nullable(),
  endedAt: timestamp.nullable(),
};
const plainJobRow = row(shape);
const listedJobRow = row({ ...shape, approach: approachRow });
const jobRow = row({ ...shape, approach: approachRow, code: plainCodeRow });
export type TrainingJob = z.output<typeof jobRow>;
export type ListedTrainingJob = z.output<typeof listedJobRow>;

export type PlannedTraining = {
  codeId: string;
  purpose: (typeof trainingPurposes)[number];
  seed: number;
  foldAssignment: number;
  objectPrefix: string;
};

/**
 * Writes the rows of jobs that are not there yet and the event that fans out over all open ones of the round.
 * @returns the ids of the open jobs; null when the competition moved on.
 */
export function planTraining(
  state: StatePort,
  input: { competitionId: string; version: number; jobs: PlannedTraining[]; actor: Actor },
): Promise<string[] | null> {
  return state.call(
    'plan_training',
    {
      p_competition_id: input.competitionId,
      p_version: input.version,
      p_jobs: input.jobs,
      p_actor: input.actor,
    },
    z.array(z.uuid()).nullable(),
  );
}

export function getTrainingJob(state: StatePort, id: string): Promise<TrainingJob | null> {
  return state.call('get_training_job', { p_id: id }, jobRow.nullable());
}

export function listTrainingJobs(state: StatePort, competitionId: string): Promise<ListedTrainingJob[]> {
  return state.call('list_training_jobs', { p_competition_id: competitionId }, z.array(listedJobRow));
}

const sessionShape = {
  id: z.uuid(),
  key: z.string(),
  jobId: z.uuid(),
  token: z.number().int(),
  provider: z.string(),
  status: z.enum(['planned', 'running', 'closed']),
  instanceId: z.string().nullable(),
  createdAt: timestamp,
  /** Somebody else's machine, which costs money. */
  isRented: z.boolean(),
  title: z.string().nullable(),
  /** Without a heartbeat by then it counts as one that does not come up. */
  startDeadline: timestamp.nullable(),
  /** It must be gone by then. */
  endsAt: timestamp.nullable(),
  /** As the vendor's list had it last. */
  seenState: z.enum(['starting', 'running', 'stopping']).nullable(),
  seenSince: timestamp.nullable(),
  seenNode: z.string().nullable(),
  lastSeenAt: timestamp.nullable(),
  firstSignAt: timestamp.nullable(),
};
const sessionRow = row(sessionShape);
const openSessionRow = row({
  ...sessionShape,
  jobStatus: z.string(),
  jobToken: z.number().int(),
  competitionId: z.uuid(),
});
export type OpenGpuSession = z.output<typeof openSessionRow>;

const openedAnswer = z
  .discriminatedUnion('outcome', [
    z.object({ outcome: z.literal('opened'), session: sessionRow, token: z.number().int() }),
    z.object({ outcome: z.literal('refused'), cap: z.string(), freeMicroUsd: z.number() }),
    z.object({ outcome: z.literal('exhausted') }),
  ])
  .nullable();
export type OpenedGpuSession = z.output<typeof openedAnswer>;

/** Of a machine that costs money. */
export type RentedTerms = {
  /** As people read it, and why it was chosen. */
  title: string;
  reason: string;
  transferMicroUsd: number;
  /** Of all rented ones together, this one included. */
  maxMachines: number;
  startSeconds: number;
  lifeSeconds: number;
};

/** Reserves the worst-case cost and writes the intent to start a machine. @returns null: nothing to start. */
export function openGpuSession(
  state: StatePort,
  input: {
    jobId: string;
    provider: string;
    offer: unknown;
    microUsd: number;
    microUsdPerHour: number;
    maxStarts: number;
    /** Null: a machine of our own. */
    rented?: RentedTerms | null;
  },
): Promise<OpenedGpuSession> {
  return state.call(
    'open_gpu_session',
    {
      p_job_id: input.jobId,
      p_provider: input.provider,
      p_offer: input.offer,
      p_micro_usd: input.microUsd,
      p_micro_usd_per_hour: input.microUsdPerHour,
      p_max_starts: input.maxStarts,
      p_rented: input.rented ?? null,
    },
    openedAnswer,
  );
}

/**
 * The order goes out now: for a while from here on its machine may appear.
 * @returns false where it must not go out, since the run, its row or a stop of all machines does not allow it any more
 */
export function orderGpuSession(state: StatePort, key: string): Promise<boolean> {
  return state.call('order_gpu_session', { p_key: key }, z.boolean());
}

/** @returns false where its row was no intent any more: somebody else has seen the machine, or closed the row */
export async function markGpuSessionRunning(
  state: StatePort,
  key: string,
  instanceId: string,
): Promise<boolean> {
  const marked = await state.call(
    'mark_gpu_session_running',
    { p_key: key, p_instance_id: instanceId },
    sessionRow.nullable(),
  );
  return marked !== null;
}

/** The provider surely started nothing: the start does not count. */
export async function cancelGpuSession(state: StatePort, key: string): Promise<void> {
  await state.call('cancel_gpu_session', { p_key: key }, sessionRow.nullable());
}

export function listOpenGpuSessions(state: StatePort): Promise<OpenGpuSession[]> {
  return state.call('list_open_gpu_sessions', {}, z.array(openSessionRow));
}

/** @returns false when a newer start has taken over, or the job has ended. */
export async function reportTrainingProgress(
  state: StatePort,
  input: { id: string; token: number; progress: TrainingProgress },
): Promise<boolean> {
  const reported = await state.call(
    'report_training_progress',
    { p_id: input.id, p_token: input.token, p_progress: input.progress },
    plainJobRow.nullable(),
  );
  return reported !== null;
}

/** @returns false when the token is an older one, or the job has ended already. */
export async function endTrainingJob(
  state: StatePort,
  input: {
    id: string;
    token: number;
    status: 'succeeded' | 'failed' | 'cancelled';
    result?: unknown;
    scores?: HostScores;
    error?: string;
  },
): Promise<boolean> {
  const ended = await state.call(
    'end_training_job',
    {
      p_id: input.id,
      p_token: input.token,
      p_status: input.status,
      p_result: input.result ?? null,
      p_scores: input.scores ?? null,
      p_error: input.error ?? null,
    },
    plainJobRow.nullable(),
  );
  return ended !== null;
}

/** Marks a paused or stopped competition's open jobs; their machines are released by whoever watches them. */
export function cancelTraining(state: StatePort, competitionId: string): Promise<string[]> {
  return state.call('cancel_training', { p_competition_id: competitionId }, z.array(z.uuid()));
}
