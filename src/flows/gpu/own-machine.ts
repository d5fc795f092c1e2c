import type { Context } from '../../context.ts';
import { isItsTurn } from '../../domain/gpu/next-for-slot.ts';
import type { Offer, OfferRequest } from '../../providers/compute/contract.ts';
import type { Competition } from '../../state/competitions.ts';
import { listOwnQueue, noteWaitingRun, type OwnPlace } from '../../state/gpu-life.ts';
import type { TrainingJob } from '../../state/training.ts';
import { runLimitSeconds } from '../support/run-limit.ts';
import { offersOf } from './providers.ts';
import { fitsHere } from './run-demand.ts';
import { ownStart, startOn } from './start-machine.ts';

/** Who has not asked for so long has gone from the queue. */
const queueFreshSeconds = 30;
/** Everybody in the queue asks each second; so often it is written down. */
const noteAgainMs = 5_000;

/** Places on machines of ours that are free, cheapest first. */
export async function ownOffers(ctx: Context, place: OwnPlace): Promise<Offer[]> {
  const request: OfferRequest = {
    minMemoryBytes: 0,
    minCpuCores: 1,
    minDiskBytes: 0,
    gpu: place === 'local' ? null : { minMemoryBytes: ctx.policy.gpu.leastGpuMemoryBytes },
    maxPricePerHourUsd: Number.MAX_VALUE,
    seconds: ctx.policy.trainingTimeLimitSeconds,
    downloadBytes: 0,
    uploadBytes: 0,
  };
  const own = ctx.compute.filter(({ isRented }) => !isRented);
  const offers = await offersOf(ctx, own, request);
  return offers.sort((a, b) => a.pricePerHourUsd - b.pricePerHourUsd);
}

/** Of these cards the first on which the run is expected to end within its time. */
export function fittingCard(
  ctx: Context,
  competition: Competition,
  job: TrainingJob,
  cards: readonly Offer[],
): Offer | undefined {
  return cards.find(({ gpu }) => gpu !== null && fitsHere(ctx, competition, job, gpu));
}

/**
 * Starts the run at the best of these free places when it is its turn.
 * @param free all places that are free now, the best for this run first
 * @returns false where there is none for it
 */
export async function takeOwn(
  ctx: Context,
  competition: Competition,
  job: TrainingJob,
  { place, free }: { place: OwnPlace; free: readonly Offer[] },
): Promise<boolean> {
  const [offer] = free;
  if (offer === undefined) return false;
  if (!(await hasTurn(ctx, competition, job, { place, free: free.length }))) return false;
  const terms = ownStart(offer, runLimitSeconds(ctx, competition));
  await startOn(ctx, competition, job, { offer, terms });
  return true;
}

async function hasTurn(
  ctx: Context,
  { id: competitionId, priority }: Competition,
  { id, createdAt }: TrainingJob,
  { place, free }: { place: OwnPlace; free: number },
): Promise<boolean> {
  const { waiting, busy } = await listOwnQueue(ctx.state, { place, freshSeconds: queueFreshSeconds });
  const others = waiting.filter((run) => run.id !== id);
  return isItsTurn(id, [...others, { id, competitionId, priority, createdAt }], busy, free);
}

/** Notes that a run waits for such a place, and why. @param free places that are free, and others' */
export async function waitForOwn(
  ctx: Context,
  { id: jobId, waiting }: TrainingJob,
  wants: OwnPlace,
  free: readonly Offer[],
): Promise<void> {
  const code = free.length === 0 ? 'no_room' : 'no_turn';
  if (waiting?.wants === wants && waiting.code === code && isFreshlyNoted(ctx, waiting)) return;
  await noteWaitingRun(ctx.state, { jobId, wants, code, reason: { code: `taken_${wants}` } });
}

/** True while what was noted last of a waiting run needs no second look. */
export function isFreshlyNoted({ now }: Pick<Context, 'now'>, { at }: { at: Date }): boolean {
  return now().getTime() - at.getTime() < noteAgainMs;
}
