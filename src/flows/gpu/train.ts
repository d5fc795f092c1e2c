import type { Context } from '../../context.ts';
import type { Offer } from '../../providers/compute/contract.ts';
import { type Competition, getCompetition } from '../../state/competitions.ts';
import { noteWaitingRun } from '../../state/gpu-life.ts';
import {
  endTrainingJob,
  getTrainingJob,
  listOpenGpuSessions,
  type OpenGpuSession,
  type TrainingJob,
} from '../../state/training.ts';
import { runLimitSeconds } from '../support/run-limit.ts';
import { Wait } from '../support/wait.ts';
import { endMachine } from './end-machine.ts';
import { judgeResult } from './judge-result.ts';
import { canRent, offersOf, providerOf } from './providers.ts';
import { isHeard } from './read-heartbeat.ts';
import { rentMachine } from './rent-machine.ts';
import { fitsHere, usesGpu } from './run-demand.ts';
import { ownStart, startOn } from './start-machine.ts';
import { readResult, watchRun } from './watch-run.ts';

/**
 * One training run: takes a machine of our own or rents one, watches it, judges its result. Each call does one step and
 * waits; a crash at any point is taken up from the rows and the provider's own list.
 */
export async function train(ctx: Context, input: { itemId: string }): Promise<void> {
  const job = await getTrainingJob(ctx.state, input.itemId);
  if (job === null) return;
  const competition = await getCompetition(ctx.state, job.competitionId);
  const session = (await listOpenGpuSessions(ctx.state)).find((open) => open.jobId === job.id);
  if (session !== undefined && (await isOfOtherWorker(ctx, job, session))) {
    throw new Wait(ctx.policy.pollTrainingMs, 'its machine is another worker');
  }
  const isOver = job.status !== 'planned' && job.status !== 'running';
  if (isOver || competition === null || competition.state !== 'training') {
    const end = { reason: 'not_needed', isMisstart: false };
    if (session === undefined || (await endMachine(ctx, session, end))) return;
    throw new Wait(ctx.policy.gpu.pollMs, 'its machine may still arrive');
  }
  if (session !== undefined) await watchRun(ctx, competition, job, session);
  else if (!(await finishDelivered(ctx, competition, job))) await start(ctx, competition, job);
  const isRented = session?.isRented === true || job.waiting?.wants === 'rented';
  throw new Wait(isRented ? ctx.policy.gpu.pollMs : ctx.policy.pollTrainingMs, 'training');
}

/** A run that delivered, and whose judge died before the row said so, is not trained again. */
async function finishDelivered(ctx: Context, competition: Competition, job: TrainingJob): Promise<boolean> {
  const result = job.status === 'running' ? await readResult(ctx, job) : null;
  if (result === null) return false;
  await judgeResult(ctx, competition, job, result);
  return true;
}

/**
 * True while the run is alive on a machine that only another worker process reaches: this job comes to that one
 * too, by and by. A run that fell silent is anybody's, whatever became of its machine.
 */
async function isOfOtherWorker(ctx: Context, job: TrainingJob, session: OpenGpuSession): Promise<boolean> {
  if (providerOf(ctx, session.provider) !== undefined) return false;
  return await isHeard(ctx, job, session);
}

/** Our own machine where the run fits it; a rented one for what is too long for it, or while it is taken. */
async function start(ctx: Context, competition: Competition, job: TrainingJob): Promise<void> {
  if (await giveUpMisstarts(ctx, job)) return;
  const [own] = await ownOffers(ctx);
  const startHere = async (offer: Offer) => {
    const terms = ownStart(offer, runLimitSeconds(ctx, competition));
    await startOn(ctx, competition, job, { offer, terms });
  };
  if (own !== undefined && fitsHere(ctx, competition, job)) await startHere(own);
  else if (await isRentable(ctx, job)) await rentMachine(ctx, competition, job);
  else if (own !== undefined) await startHere(own);
  else if (job.waiting === null) {
    const reason = 'This machine runs as many trainings as it may.';
    await noteWaitingRun(ctx.state, { jobId: job.id, wants: 'local', code: 'no_room', reason });
  }
}

/** Only what uses a graphics card is worth money. */
async function isRentable(ctx: Context, job: TrainingJob): Promise<boolean> {
  if (!canRent(ctx)) return false;
  // Looked at before: a script does not change.
  if (job.waiting !== null) return job.waiting.wants === 'rented';
  return await usesGpu(ctx, job);
}

/** Machines of ours that have room, cheapest first. */
async function ownOffers(ctx: Context): Promise<Offer[]> {
  const request = {
    minMemoryBytes: 0,
    minCpuCores: 1,
    minDiskBytes: 0,
    gpu: null,
    maxPricePerHourUsd: Number.MAX_VALUE,
    seconds: ctx.policy.trainingTimeLimitSeconds,
    downloadBytes: 0,
    uploadBytes: 0,
  };
  const own = ctx.compute.filter(({ isRented }) => !isRented);
  const offers = await offersOf(ctx, own, request);
  return offers.sort((a, b) => a.pricePerHourUsd - b.pricePerHourUsd);
}

async function giveUpMisstarts(ctx: Context, job: TrainingJob): Promise<boolean> {
  if (job.misstarts < ctx.policy.gpu.maxMisstarts) return false;
  const error = `${job.misstarts} machines that were rented for it never came up, so no other is tried.`;
  await endTrainingJob(ctx.state, { id: job.id, token: job.token, status: 'failed', error });
  return true;
}
