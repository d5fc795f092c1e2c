import type { Context } from '../../context.ts';
import { Failure } from '../../domain/errors.ts';
import type { Offer } from '../../providers/compute/contract.ts';
import { type Competition, getCompetition } from '../../state/competitions.ts';
import type { OwnPlace } from '../../state/gpu-life.ts';
import {
  endTrainingJob,
  getTrainingJob,
  listOpenGpuSessions,
  type OpenGpuSession,
  type TrainingJob,
} from '../../state/training.ts';
import { Wait } from '../support/wait.ts';
import { forgetCheckpoints } from './checkpoints.ts';
import { endMachine, type MachineEnd } from './end-machine.ts';
import { judgeResult } from './judge-result.ts';
import { fittingCard, isFreshlyNoted, ownOffers, takeOwn, waitForOwn } from './own-machine.ts';
import { canRent, providerOf, tellProviderFailure } from './providers.ts';
import { isHeard } from './read-heartbeat.ts';
import { rentMachine } from './rent-machine.ts';
import { fitsHere, ownCards, usesGpu } from './run-demand.ts';
import { isFaultOfMachine, readResult, watchRun } from './watch-run.ts';

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
    const end: MachineEnd = { reason: 'not_needed', start: 'counts' };
    if (
      session === undefined ||
      (await unlessVendorFails(ctx, session, () => endMachine(ctx, session, end)))
    ) {
      // One that was cancelled by a pause goes on from there.
      if (isOver && job.status !== 'cancelled') await forgetCheckpoints(ctx, job);
      return;
    }
    throw new Wait(ctx.policy.gpu.pollMs, 'its machine may still arrive');
  }
  if (session !== undefined) {
    await unlessVendorFails(ctx, session, () => watchRun(ctx, competition, job, session));
  } else if (!(await finishDelivered(ctx, competition, job))) await start(ctx, competition, job);
  const isRented = session?.isRented === true || job.waiting?.wants === 'rented';
  throw new Wait(isRented ? ctx.policy.gpu.pollMs : ctx.policy.pollTrainingMs, 'training');
}

/**
 * A vendor that refuses our key or does not answer is no trouble of training: other runs go on, people are told what to
 * mend, and this one is looked at again.
 * @returns null where the vendor failed
 */
async function unlessVendorFails<T>(
  ctx: Context,
  { provider, isRented }: OpenGpuSession,
  work: () => Promise<T>,
): Promise<T | null> {
  try {
    return await work();
  } catch (error) {
    ctx.signal.throwIfAborted();
    const isOfVendor =
      error instanceof Failure && ['compute', provider].includes(error.code.split('.')[0] ?? '');
    if (!isRented || !isOfVendor) throw error;
    await tellProviderFailure(ctx, provider, error);
    return null;
  }
}

/** A run that delivered, while its machine was given up or its judge died before the row said so, is not trained again. */
async function finishDelivered(ctx: Context, competition: Competition, job: TrainingJob): Promise<boolean> {
  const result = job.token > 0 ? await readResult(ctx, job) : null;
  if (result === null || isFaultOfMachine(result)) return false;
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

/**
 * Our own machine where the run fits it, on a card of it where the script uses one; a rented one for what is too long for
 * it, or while it is taken.
 */
async function start(ctx: Context, competition: Competition, job: TrainingJob): Promise<void> {
  if (await giveUpMisstarts(ctx, job)) return;
  const take = (place: OwnPlace, free: readonly Offer[]) => takeOwn(ctx, competition, job, { place, free });
  const hasCards = ownCards(ctx).length > 0;
  const wantsCard = (hasCards || canRent(ctx)) && (await wantsGpu(ctx, job));
  const cards = wantsCard && hasCards ? await ownOffers(ctx, 'local_gpu') : [];
  const onCard = fittingCard(ctx, competition, job, cards);
  if (onCard && (await take('local_gpu', [onCard, ...cards.filter((card) => card !== onCard)]))) return;
  const slots = await ownOffers(ctx, 'local');
  const isForSlot = !wantsCard || (slots.length > 0 && fitsHere(ctx, competition, job));
  if (isForSlot && (await take('local', slots))) return;
  if (!wantsCard) return await waitForOwn(ctx, job, 'local', slots);
  if (canRent(ctx)) return await rentMachine(ctx, competition, job);
  if (!(await take('local_gpu', cards))) await waitForOwn(ctx, job, 'local_gpu', cards);
}

/** Of a script that waits already it is known, until a key or a card may have come: before, nobody asked for its use. */
async function wantsGpu(ctx: Context, job: TrainingJob): Promise<boolean> {
  const { waiting } = job;
  const isKnown = waiting !== null && (waiting.wants !== 'local' || isFreshlyNoted(ctx, waiting));
  return isKnown ? waiting.wants !== 'local' : await usesGpu(ctx, job);
}

async function giveUpMisstarts(ctx: Context, job: TrainingJob): Promise<boolean> {
  if (job.misstarts < ctx.policy.gpu.maxMisstarts) return false;
  const error = `${job.misstarts} machines that were rented for it never came up, so no other is tried.`;
  await endTrainingJob(ctx.state, { id: job.id, token: job.token, status: 'failed', error });
  return true;
}
