import { z } from 'zod';
import type { StatePort } from './port.ts';
import { row, timestamp } from './row.ts';

export const stageRunStatuses = [
  'running',
  'waiting',
  'done',
  'failed',
  'dead',
  'superseded',
  'interrupted',
] as const;

const shape = {
  id: z.uuid(),
  eventId: z.number().int(),
  delivery: z.number().int(),
  job: z.string(),
  item: z.string(),
  competitionId: z.uuid().nullable(),
  attempt: z.number().int(),
  status: z.enum(stageRunStatuses),
  workerId: z.string(),
  startedAt: timestamp,
  endedAt: timestamp.nullable(),
  outcome: z.string().nullable(),
  errorClass: z.string().nullable(),
  errorCode: z.string().nullable(),
  errorMessage: z.string().nullable(),
};
const stageRunRow = row(shape);
const listedStageRunRow = row({ ...shape, eventType: z.string(), label: z.string() });
export type StageRun = z.output<typeof stageRunRow>;
export type ListedStageRun = z.output<typeof listedStageRunRow>;

const beginAnswer = z.union([
  z.object({ skip: z.enum(['done', 'dead', 'superseded', 'running']) }),
  z.object({
    run: stageRunRow,
    interruptions: z.number().int().default(0),
    crashes: z.number().int().default(0),
    poisoned: z.boolean().default(false),
  }),
]);
export type BegunStageRun = z.output<typeof beginAnswer>;

/**
 * Begins the run of one job for one event, or goes on with one that waited.
 * `skip` says that it is done already, or at work elsewhere; `poisoned` that it was interrupted too often, or broke
 * its process (`crashes`) twice.
 */
export function beginStageRun(
  state: StatePort,
  input: {
    eventId: number;
    delivery: number;
    job: string;
    item: string;
    competitionId: string | null;
    worker: string;
    staleSeconds: number;
    maxInterruptions: number;
    /** 2 by default. */
    maxCrashes?: number;
  },
): Promise<BegunStageRun> {
  return state.call(
    'begin_stage_run',
    {
      p_event_id: input.eventId,
      p_delivery: input.delivery,
      p_job: input.job,
      p_item: input.item,
      p_competition_id: input.competitionId,
      p_worker: input.worker,
      p_stale_seconds: input.staleSeconds,
      p_max_interruptions: input.maxInterruptions,
      ...(input.maxCrashes === undefined ? {} : { p_max_crashes: input.maxCrashes }),
    },
    beginAnswer,
  );
}

/** @returns null when the run is no longer ours: another worker took over, and nothing more may be written. */
export function endStageRun(
  state: StatePort,
  input: {
    id: string;
    worker: string;
    status: 'waiting' | 'done' | 'failed' | 'dead' | 'superseded';
    outcome?: string | undefined;
    waitSeconds?: number | undefined;
    errorClass?: string | undefined;
    errorCode?: string | undefined;
    errorMessage?: string | undefined;
  },
): Promise<StageRun | null> {
  return state.call(
    'end_stage_run',
    {
      p_id: input.id,
      p_worker: input.worker,
      p_status: input.status,
      p_outcome: input.outcome ?? null,
      p_wait_seconds: input.waitSeconds ?? null,
      p_error_class: input.errorClass ?? null,
      p_error_code: input.errorCode ?? null,
      p_error_message: input.errorMessage ?? null,
    },
    stageRunRow.nullable(),
  );
}

/**
 * Runs that were at work when an error of their own ended their process.
 * @returns how many were not known as such yet
 */
export function noteCrashedRuns(state: StatePort, ids: readonly string[]): Promise<number> {
  return state.call('note_crashed_runs', { p_ids: ids }, z.number().int());
}

/** Newest `limit` runs of a competition, oldest first. */
export function listStageRuns(
  state: StatePort,
  competitionId: string,
  limit: number,
): Promise<ListedStageRun[]> {
  return state.call(
    'list_stage_runs',
    { p_competition_id: competitionId, p_limit: limit },
    z.array(listedStageRunRow),
  );
}

const workerShape = { id: z.string(), role: z.string(), host: z.string(), pid: z.number().int() };
const workerRow = row(workerShape);
const missingWorkerRow = row({ ...workerShape, heartbeatAt: timestamp });
export type MissingWorker = z.output<typeof missingWorkerRow>;

/** Says that this worker lives; its runs count as lost when this stops. */
export async function heartbeatWorker(
  state: StatePort,
  worker: { id: string; role: string; host: string; pid: number },
): Promise<void> {
  await state.call(
    'heartbeat_worker',
    { p_id: worker.id, p_role: worker.role, p_host: worker.host, p_pid: worker.pid },
    workerRow,
  );
}

export async function stopWorker(state: StatePort, id: string): Promise<void> {
  await state.call('stop_worker', { p_id: id }, workerRow.nullable());
}

/** For a process that holds the database alone: every other worker is dead. @returns how many were thought alive */
export function stopOtherWorkers(state: StatePort, id: string): Promise<number> {
  return state.call('stop_other_workers', { p_id: id }, z.number().int());
}

/**
 * Processes whose heartbeat ended without a word; each is answered once, whoever asks.
 * @param input.isAlone this process holds the database alone, so every other is dead
 */
export function noteMissingWorkers(
  state: StatePort,
  input: { workerId: string | null; isAlone: boolean; staleSeconds: number },
): Promise<MissingWorker[]> {
  return state.call(
    'note_missing_workers',
    { p_id: input.workerId, p_is_alone: input.isAlone, p_stale_seconds: input.staleSeconds },
    z.array(missingWorkerRow),
  );
}

/** The roles that some process plays now. */
export function liveRoles(state: StatePort, staleSeconds: number): Promise<string[]> {
  return state.call('live_roles', { p_stale_seconds: staleSeconds }, z.array(z.string()));
}

/** Processes that live and play a role, this one among them. */
export function countLiveWorkers(state: StatePort, role: string, staleSeconds: number): Promise<number> {
  return state.call('count_live_workers', { p_role: role, p_stale_seconds: staleSeconds }, z.number().int());
}
