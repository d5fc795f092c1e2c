import type { Context } from '../../context.ts';
import { chooseOffer, type MoneyLeft, type OfferChoice } from '../../domain/gpu/choose-offer.ts';
import { explainChoice, explainNoOffer } from '../../domain/gpu/explain-choice.ts';
import { isItsTurn } from '../../domain/gpu/next-for-slot.ts';
import type { RunReason } from '../../domain/gpu/run-reason.ts';
import { sayReason } from '../../domain/gpu/say-reason.ts';
import { microUsd } from '../../domain/micro-usd.ts';
import type { Offer } from '../../providers/compute/contract.ts';
import type { Competition } from '../../state/competitions.ts';
import {
  type GpuRoom,
  listDeniedNodes,
  listRentedQueue,
  noteWaitingRun,
  readGpuRoom,
  type WaitingCode,
} from '../../state/gpu-life.ts';
import type { TrainingJob } from '../../state/training.ts';
import { offersOf, rentedProviders } from './providers.ts';
import { type RentedDemand, rentedDemand } from './run-demand.ts';
import { startOn } from './start-machine.ts';
import { tellRun } from './tell-run.ts';

/** Offers of one vendor that are tried one after the other, where one is gone the moment it is taken. */
const mostTries = 4;
/** Who has not asked for so long has gone from the queue. */
const queueFreshSeconds = 120;

/** A machine that ends gives money back; nobody has to ask the vendors every few seconds for that. */
const overCapSeconds = 60;

/** Takes the next step towards a rented machine for a run: its turn, an offer, a start; or notes what it waits for. */
export async function rentMachine(ctx: Context, competition: Competition, job: TrainingJob): Promise<void> {
  if (looksAgainLater(ctx, job)) return;
  const room = await readGpuRoom(ctx.state, competition.id);
  if (room.isHeld) {
    await wait(ctx, competition, job, 'held', { code: 'held' });
    return;
  }
  if (!(await hasTurn(ctx, competition, job))) return;
  const money = moneyOf(room);
  const wanted = await rentedDemand(ctx, competition, job, money.perHourUsd);
  const offers = await offersOf(ctx, rentedProviders(ctx), wanted.request);
  const denied = await listDeniedNodes(ctx.state, job.id);
  const choice = chooseOffer(wanted.demand, offers, money, denied);
  if (choice.ranked.length === 0) await waitForOffer(ctx, competition, job, { choice, money, wanted });
  else await take(ctx, competition, job, { choice, wanted });
}

/** Where nothing could be had the vendors are asked again at each cost watch. */
function looksAgainLater(ctx: Pick<Context, 'now' | 'policy'>, { waiting }: TrainingJob): boolean {
  const { lookAgainSeconds } = ctx.policy.gpu;
  const patience: Partial<Record<string, number>> = {
    no_offer: lookAgainSeconds,
    over_cap: Math.min(lookAgainSeconds, overCapSeconds),
  } satisfies Partial<Record<WaitingCode, number>>;
  const seconds = waiting === null ? undefined : patience[waiting.code];
  return (
    waiting !== null && seconds !== undefined && ctx.now().getTime() - waiting.at.getTime() < seconds * 1000
  );
}

async function hasTurn(ctx: Context, competition: Competition, job: TrainingJob): Promise<boolean> {
  // While the vendors are asked again, what they said last holds.
  const known = job.waiting?.code === 'no_turn' ? null : job.waiting?.reason;
  const reason: RunReason = known ?? { code: 'taken_rented' };
  await noteWaitingRun(ctx.state, { jobId: job.id, wants: 'rented', code: 'no_turn', reason });
  const { waiting, busy } = await listRentedQueue(ctx.state, queueFreshSeconds);
  const own = {
    id: job.id,
    competitionId: competition.id,
    priority: competition.priority,
    createdAt: job.createdAt,
  };
  const all = waiting.some(({ id }) => id === job.id) ? waiting : [...waiting, own];
  return isItsTurn(job.id, all, busy, ctx.policy.gpu.maxMachines - busy.length);
}

function moneyOf({ microUsdPerHour, microUsd: free }: GpuRoom): MoneyLeft {
  const dollars = (amount: number | null) =>
    amount === null ? Number.POSITIVE_INFINITY : Math.max(0, amount) / microUsd;
  return { perHourUsd: dollars(microUsdPerHour), usd: dollars(free) };
}

async function take(
  ctx: Context,
  competition: Competition,
  job: TrainingJob,
  { choice, wanted }: { choice: OfferChoice<Offer>; wanted: RentedDemand },
): Promise<void> {
  const { ranked } = choice;
  for (const [index, { offer, worstUsd }] of ranked.entries()) {
    // A vendor that rents us nothing now must not keep the next one's offers from being tried.
    const before = ranked.slice(0, index).filter((other) => other.offer.provider === offer.provider);
    if (before.length >= mostTries) continue;
    const reason = explainChoice({ ...choice, ranked: ranked.slice(index) });
    if (reason === null) return;
    const { startSeconds, maxMachines } = ctx.policy.gpu;
    const outcome = await startOn(ctx, competition, job, {
      offer,
      terms: {
        worstUsd,
        timeLimitSeconds: wanted.demand.timeLimitSeconds,
        lifeSeconds: wanted.request.seconds,
        diskBytes: wanted.request.minDiskBytes,
        rented: {
          title: offer.title,
          reason: sayReason(reason),
          transferMicroUsd: Math.ceil(offer.transferUsd * microUsd),
          maxMachines,
          startSeconds,
        },
      },
    });
    if (outcome === 'no_room') continue;
    if (outcome === 'started') {
      // Each start of a run may be on another machine.
      const subject = `${job.id}:${job.token + 1}`;
      await tellRun(ctx, competition, job, { event: 'machine_chosen', reason, subject });
    }
    return;
  }
  await wait(ctx, competition, job, 'no_offer', { code: 'gone' });
}

async function waitForOffer(
  ctx: Context,
  competition: Competition,
  job: TrainingJob,
  given: { choice: OfferChoice<Offer>; money: MoneyLeft; wanted: RentedDemand },
): Promise<void> {
  const { choice, money, wanted } = given;
  const isMoney =
    choice.rejected.length > 0 &&
    choice.rejected.every(({ why }) => why === 'over_rate' || why === 'over_budget');
  const reason = explainNoOffer(choice, money, wanted.request);
  await wait(ctx, competition, job, isMoney ? 'over_cap' : 'no_offer', reason);
}

async function wait(
  ctx: Context,
  competition: Competition,
  job: TrainingJob,
  code: WaitingCode,
  reason: RunReason,
): Promise<void> {
  await noteWaitingRun(ctx.state, { jobId: job.id, wants: 'rented', code, reason });
  if (job.waiting?.code === code) return;
  ctx.log.info(
    { competition: competition.slug, approach: job.approach.name, code, reason: sayReason(reason) },
    'no machine yet',
  );
  await tellRun(ctx, competition, job, {
    event: 'machine_awaited',
    reason,
    // A run that had a machine meanwhile and lost it waits anew.
    subject: `${job.id}:${job.token}:${code}`,
  });
}
