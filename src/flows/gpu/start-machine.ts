import type { Context } from '../../context.ts';
import { asFailure } from '../../domain/errors.ts';
import { microUsd } from '../../domain/micro-usd.ts';
import type { ComputeProvider, Offer, Started, StartSpec } from '../../providers/compute/contract.ts';
import type { Competition } from '../../state/competitions.ts';
import {
  cancelGpuSession,
  endTrainingJob,
  listOpenGpuSessions,
  markGpuSessionRunning,
  type OpenedGpuSession,
  openGpuSession,
  orderGpuSession,
  type RentedTerms,
  type TrainingJob,
} from '../../state/training.ts';
import { clearPeopleAlert } from '../human-loop/alert.ts';
import { sha256Of } from '../support/objects.ts';
import { ownTerms, rentedTerms, writeJobSheet } from './job-sheet.ts';
import { trainingOverheadSeconds } from './overhead.ts';
import { orderAlert, providerOf, tellProviderFailure } from './providers.ts';
import { estimatedMemoryBytes } from './run-demand.ts';

const secondsPerHour = 3_600;

/** What a start costs at worst, and how long it lasts at most. */
export type StartTerms = {
  worstUsd: number;
  /** Wall time of the script. */
  timeLimitSeconds: number;
  /** Of the machine, start-up and delivery included. */
  lifeSeconds: number;
  /** Of the disk that is rented. */
  diskBytes: number;
  /** Null: a machine of our own. */
  rented: Omit<RentedTerms, 'lifeSeconds'> | null;
};

export type StartOutcome =
  /** Or perhaps so: its row is open, and who watches it finds out. */
  | 'started'
  /** Surely nothing was started: another offer may do. */
  | 'no_room'
  /** A cap or another worker was in the way. */
  | 'refused'
  /** The job's starts are used up, and it has ended. */
  | 'exhausted';

/** Our own machine ends its runs itself. */
export function ownStart(offer: Pick<Offer, 'pricePerHourUsd'>, timeLimitSeconds: number): StartTerms {
  const lifeSeconds = timeLimitSeconds + trainingOverheadSeconds;
  const worstUsd = (offer.pricePerHourUsd * lifeSeconds) / secondsPerHour;
  return { worstUsd, timeLimitSeconds, lifeSeconds, diskBytes: 0, rented: null };
}

/** Reserves, writes the intent, starts, in this order. */
export async function startOn(
  ctx: Context,
  competition: Competition,
  job: TrainingJob,
  { offer, terms }: { offer: Offer; terms: StartTerms },
): Promise<StartOutcome> {
  const opened = await openGpuSession(ctx.state, {
    jobId: job.id,
    provider: offer.provider,
    offer,
    microUsd: Math.ceil(terms.worstUsd * microUsd),
    microUsdPerHour: Math.ceil(offer.pricePerHourUsd * microUsd),
    maxStarts: ctx.policy.maxTrainingStarts,
    rented: terms.rented === null ? null : { ...terms.rented, lifeSeconds: terms.lifeSeconds },
  });
  if (opened?.outcome !== 'opened') return await notOpened(ctx, job, opened);
  const { session, token } = opened;
  const spec = await specOf(ctx, competition, job, { key: session.key, token, offer, terms }).catch(
    async (error: unknown) => {
      // Nothing was ordered yet.
      await cancelGpuSession(ctx.state, session.key);
      throw error;
    },
  );
  if (!(await orderGpuSession(ctx.state, session.key))) {
    await cancelGpuSession(ctx.state, session.key);
    return 'refused';
  }
  const started = await startMachine(ctx, spec);
  if (started === 'no_room') return 'no_room';
  if (started !== 'unknown' && !(await takeUp(ctx, spec, started))) return 'refused';
  ctx.log.info(
    {
      competition: competition.slug,
      approach: job.approach.name,
      purpose: job.purpose,
      machine: offer.title,
      provider: offer.provider,
      pricePerHourUsd: offer.pricePerHourUsd,
      token,
    },
    started === 'unknown' ? 'training started, as far as is known' : 'training started',
  );
  if (started !== 'unknown') await clearPeopleAlert(ctx, orderAlert(offer.provider));
  return 'started';
}

/**
 * Writes down that the machine is there. One whose row was closed while its order was on the way, in a process that stood
 * still, say, is nobody's and ends at once.
 */
async function takeUp(ctx: Context, { key, offer }: StartSpec, { instanceId }: Started): Promise<boolean> {
  if (await markGpuSessionRunning(ctx.state, key, instanceId)) return true;
  if ((await listOpenGpuSessions(ctx.state)).some((session) => session.key === key)) return true;
  ctx.log.warn({ key, instance: instanceId }, 'a machine came too late and is ended');
  try {
    await providerOf(ctx, offer.provider)?.stop(instanceId, { signal: ctx.signal });
  } catch (error) {
    ctx.log.warn({ err: asFailure(error), key }, 'it could not be ended yet: the cost watch does');
  }
  return false;
}

async function notOpened(
  ctx: Pick<Context, 'state'>,
  job: TrainingJob,
  opened: Exclude<OpenedGpuSession, { outcome: 'opened' }>,
): Promise<StartOutcome> {
  if (opened === null || opened.outcome === 'refused') return 'refused';
  const error = `The run was lost ${job.starts} times and is not started again.`;
  await endTrainingJob(ctx.state, { id: job.id, token: job.token, status: 'failed', error });
  return 'exhausted';
}

async function specOf(
  ctx: Context,
  competition: Competition,
  job: TrainingJob,
  { key, token, offer, terms }: { key: string; token: number; offer: Offer; terms: StartTerms },
): Promise<StartSpec> {
  const isRented = terms.rented !== null;
  const { timeLimitSeconds } = terms;
  const built = job.code.image?.status === 'built' ? job.code.image.reference : null;
  const links = await writeJobSheet(ctx, competition.slug, job, {
    token,
    terms: isRented
      ? rentedTerms(ctx, offer, {
          timeLimitSeconds,
          hasPackages: built !== null,
          memoryBytes: estimatedMemoryBytes(job),
        })
      : ownTerms(ctx, timeLimitSeconds),
  });
  return {
    key,
    offer,
    jobSheetUrl: links.sheetUrl,
    resultUrl: links.resultUrl,
    // An image that was built for the script has the runner.
    runnerUrl: isRented && built === null ? await runnerUrl(ctx, terms.lifeSeconds) : null,
    image: isRented ? (built ?? ctx.policy.gpu.image) : built,
    diskBytes: terms.diskBytes,
    maxLifeSeconds: terms.lifeSeconds,
  };
}

/** The runner lies in the store under its digest, once for all runs. */
async function runnerUrl(
  ctx: Pick<Context, 'objects' | 'packRunner'>,
  expiresInSeconds: number,
): Promise<string> {
  const body = await ctx.packRunner();
  const key = `runner/${sha256Of(body)}.tar.gz`;
  if ((await ctx.objects.head(key)) === null) await ctx.objects.put(key, body);
  return await ctx.objects.signedUrl(key, { method: 'GET', expiresInSeconds });
}

/** An order to a vendor that goes out later could arrive when nobody waits for its machine any more. */
function orderDeadline(
  { policy }: Pick<Context, 'policy'>,
  provider: ComputeProvider | undefined,
): AbortSignal[] {
  return provider?.isRented === true ? [AbortSignal.timeout((policy.gpu.reconcileSeconds / 2) * 1_000)] : [];
}

/**
 * @returns `no_room` where surely nothing was started, and the start does not count; `unknown` where it may have been:
 * the row stays open, and whoever watches it looks the machine up by its key
 */
async function startMachine(ctx: Context, spec: StartSpec): Promise<Started | 'no_room' | 'unknown'> {
  const { provider: name } = spec.offer;
  const provider = providerOf(ctx, name);
  const deadline = orderDeadline(ctx, provider);
  try {
    const signal = AbortSignal.any([ctx.signal, ...deadline]);
    if (provider !== undefined) return await provider.start(spec, { signal });
  } catch (error) {
    if (deadline.some(({ aborted }) => aborted) && !ctx.signal.aborted) return 'unknown';
    const failure = asFailure(error);
    const isSure = failure.code === 'compute.no_capacity' || failure.details.surelyNothingHappened === true;
    if (!isSure) {
      if (failure.code === 'compute.unknown' || ['transient', 'configuration'].includes(failure.kind)) {
        // A key that was refused now says nothing about an order that went before.
        if (failure.kind === 'configuration') await tellProviderFailure(ctx, name, failure, orderAlert(name));
        ctx.log.warn({ err: failure, key: spec.key }, 'nobody knows whether the machine was started');
        return 'unknown';
      }
      throw error;
    }
    if (failure.code !== 'compute.no_capacity')
      await tellProviderFailure(ctx, name, failure, orderAlert(name));
  }
  await cancelGpuSession(ctx.state, spec.key);
  return 'no_room';
}
