import { z } from 'zod';
import type { Actor } from '../domain/actor.ts';
import type { RunReason } from '../domain/gpu/run-reason.ts';
import type { StatePort } from './port.ts';
import { row, timestamp } from './row.ts';

const roomAnswer = z.object({
  machines: z.number().int(),
  microUsdPerHour: z.number().nullable(),
  microUsd: z.number().nullable(),
  isHeld: z.boolean(),
});
/** What may still be rented; null where nothing limits. `machines` are there already. */
export type GpuRoom = z.output<typeof roomAnswer>;

export function readGpuRoom(state: StatePort, competitionId: string): Promise<GpuRoom> {
  return state.call('read_gpu_room', { p_competition_id: competitionId }, roomAnswer);
}

/** What a vendor's list says of a machine. */
export type SeenMachine = {
  instanceId: string;
  state: 'starting' | 'running' | 'stopping';
  node: string | null;
  microUsdPerHour: number;
  trouble: { code: string; message: string } | null;
};

const observed = row({
  seenState: z.enum(['starting', 'running', 'stopping']).nullable(),
  seenSince: timestamp.nullable(),
  seenNode: z.string().nullable(),
  firstSignAt: timestamp.nullable(),
});
export type ObservedSession = z.output<typeof observed>;

/** Keeps what was seen of a machine. @returns null when its row is closed */
export function observeGpuSession(
  state: StatePort,
  input: { key: string; seen: SeenMachine },
): Promise<ObservedSession | null> {
  return state.call('observe_gpu_session', { p_key: input.key, p_seen: input.seen }, observed.nullable());
}

/** The first heartbeat came. */
export async function signGpuSession(state: StatePort, key: string): Promise<void> {
  await state.call('sign_gpu_session', { p_key: key }, z.unknown());
}

/**
 * What becomes of a run's start once its machine is gone: it counts; it does not where the machine never said a word; or
 * it is given back, as where the agent that kept the machine stopped, or the start brought the run on.
 */
export type StartFate = 'counts' | 'misstart' | 'returned';

/**
 * The machine is gone by its vendor's word: its row ends, and its cost is settled.
 * @param input billSeconds how long the vendor's bill is waited for; 0: it is settled as it was seen
 * @returns in micro-dollars, as it was seen; null when it had ended before
 */
export async function retireGpuSession(
  state: StatePort,
  input: { key: string; reason: string; billSeconds: number; start: StartFate },
): Promise<number | null> {
  const retired = await state.call(
    'retire_gpu_session',
    {
      p_key: input.key,
      p_reason: input.reason,
      p_bill_seconds: input.billSeconds,
      p_start: input.start,
    },
    z.object({ microUsd: z.number() }).nullable(),
  );
  return retired?.microUsd ?? null;
}

const unbilledRow = z.object({
  key: z.string(),
  provider: z.string(),
  closedAt: timestamp,
  seenMicroUsd: z.number(),
  isOverdue: z.boolean(),
});
export type UnbilledSession = z.output<typeof unbilledRow>;

/** Machines that are gone and whose bill is waited for. */
export function listUnbilledSessions(state: StatePort): Promise<UnbilledSession[]> {
  return state.call('list_unbilled_gpu_sessions', {}, z.array(unbilledRow));
}

/** The real cost takes the reservation's place; once. */
export async function settleSpend(state: StatePort, key: string, microUsd: number): Promise<void> {
  await state.call('settle_spend', { p_key: key, p_micro_usd: microUsd }, z.unknown());
}

const fleetRow = z.object({
  key: z.string(),
  provider: z.string(),
  title: z.string().nullable(),
  status: z.enum(['planned', 'running', 'closed']),
  seenState: z.enum(['starting', 'running', 'stopping']).nullable(),
  slug: z.string(),
  competitionId: z.uuid(),
  approach: z.string(),
  createdAt: timestamp,
  endsAt: timestamp.nullable(),
  firstSignAt: timestamp.nullable(),
  microUsdPerHour: z.number(),
  reservedMicroUsd: z.number(),
  soFarMicroUsd: z.number(),
});
export type FleetMachine = z.output<typeof fleetRow>;

/** Rented machines whose rows are open, oldest first. */
export function listGpuFleet(state: StatePort): Promise<FleetMachine[]> {
  return state.call('list_gpu_fleet', {}, z.array(fleetRow));
}

export async function denyGpuNode(
  state: StatePort,
  input: { provider: string; node: string; jobId: string; reason: string },
): Promise<void> {
  await state.call(
    'deny_gpu_node',
    { p_provider: input.provider, p_node: input.node, p_job_id: input.jobId, p_reason: input.reason },
    z.unknown(),
  );
}

/** `provider/node` of the physical machines that a job does not go to. */
export async function listDeniedNodes(state: StatePort, jobId: string): Promise<ReadonlySet<string>> {
  return new Set(await state.call('list_denied_gpu_nodes', { p_job_id: jobId }, z.array(z.string())));
}

/** A place on a machine of ours, without or with a graphics card. */
export type OwnPlace = 'local' | 'local_gpu';
/** `rented`: it stands in the queue for a machine that costs money. */
export type WaitingFor = OwnPlace | 'rented';
export type WaitingCode = 'no_room' | 'no_turn' | 'no_offer' | 'over_cap' | 'held';

/** Why a run has no machine yet, for people and for the queue. */
export async function noteWaitingRun(
  state: StatePort,
  input: { jobId: string; wants: WaitingFor; code: WaitingCode; reason: RunReason },
): Promise<void> {
  await state.call(
    'note_waiting_run',
    { p_job_id: input.jobId, p_wants: input.wants, p_code: input.code, p_reason: input.reason },
    z.unknown(),
  );
}

const queueAnswer = z.object({
  waiting: z.array(
    z.object({
      id: z.uuid(),
      competitionId: z.uuid(),
      priority: z.number().int(),
      createdAt: timestamp,
    }),
  ),
  /** Competitions of the machines or places that are taken, once for each. */
  busy: z.array(z.uuid()),
});
export type RentedQueue = z.output<typeof queueAnswer>;

/** Who waits for a place on a machine of ours, and whose runs are on them. @param freshSeconds as below */
export function listOwnQueue(
  state: StatePort,
  { place, freshSeconds }: { place: OwnPlace; freshSeconds: number },
): Promise<RentedQueue> {
  return state.call('list_own_queue', { p_wants: place, p_fresh_seconds: freshSeconds }, queueAnswer);
}

/** @param freshSeconds who has not asked for so long is not in the queue any more */
export function listRentedQueue(state: StatePort, freshSeconds: number): Promise<RentedQueue> {
  return state.call('list_rented_queue', { p_fresh_seconds: freshSeconds }, queueAnswer);
}

const budgetUse = z.object({
  scope: z.string(),
  competitionId: z.uuid().nullable(),
  slug: z.string().nullable(),
  capMicroUsd: z.number(),
  usedMicroUsd: z.number(),
});
export type GpuBudgetUse = z.output<typeof budgetUse>;

/** Caps on machines of the day and of each competition that goes on, and how much of each is used. */
export function readGpuBudgets(state: StatePort): Promise<GpuBudgetUse[]> {
  return state.call('read_gpu_budgets', {}, z.array(budgetUse));
}

/** Nothing is rented from now on; what ran on rented machines waits again. @returns ids of those jobs */
export function holdGpus(state: StatePort, reason: string | null, actor: Actor): Promise<string[]> {
  return state.call('hold_gpus', { p_reason: reason, p_actor: actor }, z.array(z.uuid()));
}

export function isHeldGpu(state: StatePort): Promise<boolean> {
  return state.call('is_gpu_held', {}, z.boolean());
}

/** Machines may be rented again. @returns false where nothing held them */
export async function releaseGpus(state: StatePort, actor: Actor): Promise<boolean> {
  const { released } = await state.call(
    'release_gpus',
    { p_actor: actor },
    z.object({ released: z.boolean() }),
  );
  return released;
}
