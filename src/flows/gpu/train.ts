import type { Context } from '../../context.ts';
import { asFailure } from '../../domain/errors.ts';
import { microUsd } from '../../domain/micro-usd.ts';
import { type RunResult, runResultSchema } from '../../domain/run-contract.ts';
import type {
  ComputeProvider,
  Instance,
  Offer,
  Started,
  StartSpec,
} from '../../providers/compute/contract.ts';
import { type Competition, getCompetition } from '../../state/competitions.ts';
import {
  cancelGpuSession,
  closeGpuSession,
  endTrainingJob,
  getTrainingJob,
  listOpenGpuSessions,
  markGpuSessionRunning,
  type OpenGpuSession,
  openGpuSession,
  type TrainingJob,
} from '../../state/training.ts';
import { readObjectJson } from '../support/objects.ts';
import { runLimitSeconds } from '../support/run-limit.ts';
import { Wait } from '../support/wait.ts';
import { examineRun } from './examine-run.ts';
import { writeJobSheet } from './job-sheet.ts';
import { judgeRun, outputPrefix } from './judge-run.ts';
import { trainingOverheadSeconds } from './overhead.ts';
import { readHeartbeat } from './read-heartbeat.ts';
import { requireBetterSweep } from './sweep.ts';
import { takeUpResult } from './take-up-result.ts';

const secondsPerHour = 3_600;

/**
 * One training run: rents the cheapest machine, watches it, judges its result. Each call does one step and waits;
 * a crash at any point is taken up from the rows and the provider's own list.
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
    if (session !== undefined) await release(ctx, session);
    return;
  }
  if (session !== undefined) await watch(ctx, competition, job, session);
  else if (!(await finishDelivered(ctx, competition, job))) await start(ctx, competition, job);
  throw new Wait(ctx.policy.pollTrainingMs, 'training');
}

/** A run that delivered, and whose judge died before the row said so, is not trained again. */
async function finishDelivered(ctx: Context, competition: Competition, job: TrainingJob): Promise<boolean> {
  const result = job.status === 'running' ? await readResult(ctx, job) : null;
  if (result === null) return false;
  await judge(ctx, competition, job, result);
  return true;
}

function providerOf(ctx: Context, name: string): ComputeProvider | undefined {
  return ctx.compute.find((provider) => provider.name === name);
}

/**
 * True while the run is alive on a machine that only another worker process reaches: this job comes to that one
 * too, by and by. A run that fell silent is anybody's, whatever became of its machine.
 */
async function isOfOtherWorker(ctx: Context, job: TrainingJob, session: OpenGpuSession): Promise<boolean> {
  if (providerOf(ctx, session.provider) !== undefined) return false;
  return (await readHeartbeat(ctx, job, session)) === 'alive';
}

/** Machines of all providers, cheapest first; the local machine is last at an equal price of nothing. */
async function findOffers(ctx: Context): Promise<Offer[]> {
  const request = {
    minMemoryBytes: 0,
    minCpuCores: 1,
    needsGpu: false,
    maxPricePerHourUsd: Number.MAX_VALUE,
  };
  const offers = await Promise.all(
    ctx.compute.map((provider) => provider.offers(request, { signal: ctx.signal })),
  );
  return offers.flat().sort((a, b) => a.pricePerHourUsd - b.pricePerHourUsd);
}

async function start(ctx: Context, competition: Competition, job: TrainingJob): Promise<void> {
  const [offer] = await findOffers(ctx);
  // No room anywhere: the job stays queued and looks again.
  if (offer === undefined) return;
  const timeLimitSeconds = runLimitSeconds(ctx, competition);
  const hours = (timeLimitSeconds + trainingOverheadSeconds) / secondsPerHour;
  const opened = await openGpuSession(ctx.state, {
    jobId: job.id,
    provider: offer.provider,
    offer,
    microUsd: Math.ceil(offer.pricePerHourUsd * hours * microUsd),
    microUsdPerHour: Math.ceil(offer.pricePerHourUsd * microUsd),
    maxStarts: ctx.policy.maxTrainingStarts,
  });
  if (opened === null || opened.outcome === 'refused') return;
  if (opened.outcome === 'exhausted') {
    await endTrainingJob(ctx.state, {
      id: job.id,
      token: job.token,
      status: 'failed',
      error: `The run was lost ${job.starts} times and is not started again.`,
    });
    return;
  }
  const { session, token } = opened;
  const jobSheetUrl = await writeJobSheet(ctx, competition.slug, job, { token, timeLimitSeconds });
  const spec = { key: session.key, offer, jobSheetUrl, maxLifeSeconds: hours * secondsPerHour };
  const started = await startMachine(ctx, spec);
  if (started === null) return;
  await markGpuSessionRunning(ctx.state, session.key, started.instanceId);
  ctx.log.info(
    {
      competition: competition.slug,
      approach: job.approach.name,
      purpose: job.purpose,
      machine: offer.name,
      token,
    },
    'training started',
  );
}

/** @returns null where another job took the last place: this one waits for its turn. */
async function startMachine(ctx: Context, spec: StartSpec): Promise<Started | null> {
  try {
    return (await providerOf(ctx, spec.offer.provider)?.start(spec, { signal: ctx.signal })) ?? null;
  } catch (error) {
    if (asFailure(error).code !== 'compute.no_capacity') throw error;
    await cancelGpuSession(ctx.state, spec.key);
    return null;
  }
}

async function watch(
  ctx: Context,
  competition: Competition,
  job: TrainingJob,
  session: OpenGpuSession,
): Promise<void> {
  const result = await readResult(ctx, job);
  if (result !== null) {
    await release(ctx, session);
    await judge(ctx, competition, job, result);
    return;
  }
  const instance = await findInstance(ctx, session);
  if (instance !== null && (await readHeartbeat(ctx, job, session)) === 'alive') return;
  // Uploaded between the two looks: the next call sees it.
  if ((await readResult(ctx, job)) !== null) return;
  ctx.log.warn({ job: job.id, key: session.key, hadInstance: instance !== null }, 'training run lost');
  await release(ctx, session);
}

async function findInstance(ctx: Context, session: OpenGpuSession): Promise<Instance | null> {
  const provider = providerOf(ctx, session.provider);
  if (provider === undefined) return null;
  const instances = await provider.list({ signal: ctx.signal });
  return instances.find((instance) => instance.key === session.key) ?? null;
}

async function readResult(ctx: Context, job: TrainingJob): Promise<RunResult | null> {
  const key = `${outputPrefix(job, job.token)}/result.json`;
  if ((await ctx.objects.head(key)) === null) return null;
  const parsed = runResultSchema.safeParse(await readObjectJson(ctx, key));
  if (!parsed.success || parsed.data.job !== job.id || parsed.data.token !== String(job.token)) return null;
  return parsed.data;
}

/** Ends the machine first, by the provider's word, then the row. */
async function release(ctx: Context, session: OpenGpuSession): Promise<void> {
  const instance = await findInstance(ctx, session);
  if (instance !== null) await providerOf(ctx, session.provider)?.stop(instance.id, { signal: ctx.signal });
  const hours = (ctx.now().getTime() - session.createdAt.getTime()) / 1000 / secondsPerHour;
  const price = instance?.pricePerHourUsd ?? 0;
  await closeGpuSession(ctx.state, session.key, Math.ceil(Math.max(0, hours) * price * microUsd));
}

async function judge(
  ctx: Context,
  competition: Competition,
  job: TrainingJob,
  result: RunResult,
): Promise<void> {
  const ended = { id: job.id, token: job.token, result: await takeUpResult(ctx, job, result) };
  if (result.exitClass !== 'ok') {
    const error = result.message || `The run ended as ${result.exitClass}.`;
    await endTrainingJob(ctx.state, { ...ended, status: 'failed', error });
    ctx.log.warn({ approach: job.approach.name, exitClass: result.exitClass }, 'training failed');
    return;
  }
  if (competition.problem === null) return;
  try {
    const judged = await judgeRun(ctx, competition.slug, competition.problem, job, result);
    const scores = await examineRun(ctx, competition, job, judged);
    await requireBetterSweep(ctx, competition, job, scores);
    await endTrainingJob(ctx.state, { ...ended, status: 'succeeded', scores });
    ctx.log.info(
      { approach: job.approach.name, purpose: job.purpose, cv: scores.cv, gate: scores.gate },
      'training succeeded',
    );
  } catch (error) {
    const failure = asFailure(error);
    if (failure.kind !== 'business') throw failure;
    await endTrainingJob(ctx.state, { ...ended, status: 'failed', error: failure.message });
  }
}
