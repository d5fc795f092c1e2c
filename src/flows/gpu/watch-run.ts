import type { Context } from '../../context.ts';
import { judgeMachine, type MachineVerdict } from '../../domain/gpu/judge-machine.ts';
import { sayReason } from '../../domain/gpu/say-reason.ts';
import { type RunResult, runResultSchema } from '../../domain/run-contract.ts';
import type { Instance } from '../../providers/compute/contract.ts';
import type { Competition } from '../../state/competitions.ts';
import { denyGpuNode, type StartFate, signGpuSession } from '../../state/gpu-life.ts';
import {
  endTrainingJob,
  markGpuSessionRunning,
  type OpenGpuSession,
  type TrainingJob,
} from '../../state/training.ts';
import { readObjectJson } from '../support/objects.ts';
import { mostStarts } from './checkpoints.ts';
import { endMachine, findInstances, observe, tryEndMachine } from './end-machine.ts';
import { judgeResult } from './judge-result.ts';
import { outputPrefix } from './judge-run.ts';
import { type Heartbeat, readHeartbeat } from './read-heartbeat.ts';
import { judgeEarly } from './stop-early.ts';
import { clearMissingImage, tellMissingImage } from './tell-image.ts';
import { tellResumed } from './tell-resumed.ts';
import { tellRun } from './tell-run.ts';

/** One look at a run on its machine: its result is judged, or the machine is kept, or ended and the run begins anew. */
export async function watchRun(
  ctx: Context,
  competition: Competition,
  job: TrainingJob,
  session: OpenGpuSession,
): Promise<void> {
  if (session.token !== job.token) {
    await endMachine(ctx, session, { reason: 'superseded', start: 'counts' });
    return;
  }
  const result = await readResult(ctx, job);
  if (result !== null && beginsAgain(session, result)) {
    const deniesNode = result.exitClass !== 'cancelled';
    const reason = { code: 'trouble', text: result.message } as const;
    const verdict = { is: 'over', code: 'unfit', reason, deniesNode } as const;
    const heartbeat = await readHeartbeat(ctx, job);
    await giveUpMachine(ctx, competition, job, { session, heartbeat, verdict, node: session.seenNode });
    return;
  }
  if (result !== null) {
    const signed = await noteSign(ctx, session);
    // The result is safe; a vendor that does not answer holds up no judgement.
    await tryEndMachine(ctx, signed, { reason: 'done', start: 'counts' });
    await judgeResult(ctx, competition, job, result);
    return;
  }
  const heartbeat = await readHeartbeat(ctx, job);
  if (heartbeat !== null) await noteSign(ctx, session);
  if (heartbeat !== null) await tellResumed(ctx, competition, job, heartbeat.resumedFrom);
  if (heartbeat !== null && (await stopEarly(ctx, competition, job, { session, heartbeat }))) return;
  const instance = await lookAtMachine(ctx, session);
  const verdict = verdictOn(ctx, session, { instance, heartbeat });
  if (verdict.is === 'well') return;
  // Uploaded between the two looks: the next call sees it.
  if ((await readResult(ctx, job)) !== null) return;
  const node = instance?.node ?? session.seenNode;
  await giveUpMachine(ctx, competition, job, { session, heartbeat, verdict, node });
  await tellMissingImage(ctx, session.provider, instance?.trouble ?? null);
}

/** A heartbeat, or a result: the order for the machine took effect, and its image is there. */
async function noteSign(ctx: Context, session: OpenGpuSession): Promise<OpenGpuSession> {
  if (session.firstSignAt !== null) return session;
  await signGpuSession(ctx.state, session.key);
  if (session.isRented) await clearMissingImage(ctx);
  return { ...session, firstSignAt: ctx.now() };
}

/**
 * True where the run itself did nothing wrong: its machine lacks memory or disk, cannot fetch its work, or was told to
 * end by somebody who is not us, as at the shutdown of its system.
 */
export function isFaultOfMachine({ exitClass }: RunResult): boolean {
  return exitClass === 'unfit_machine' || exitClass === 'download_failed' || exitClass === 'cancelled';
}

/** What our own machine lacks it lacks at the next start too, and people have to hear of it. */
function beginsAgain({ isRented }: OpenGpuSession, result: RunResult): boolean {
  return isFaultOfMachine(result) && (isRented || result.exitClass === 'cancelled');
}

/** @returns null where there is none that belongs to this start */
export async function readResult(ctx: Pick<Context, 'objects'>, job: TrainingJob): Promise<RunResult | null> {
  const key = `${outputPrefix(job, job.token)}/result.json`;
  if ((await ctx.objects.head(key)) === null) return null;
  const parsed = runResultSchema.safeParse(await readObjectJson(ctx, key));
  if (!parsed.success || parsed.data.job !== job.id || parsed.data.token !== String(job.token)) return null;
  return parsed.data;
}

async function stopEarly(
  ctx: Context,
  competition: Competition,
  job: TrainingJob,
  { session, heartbeat }: { session: OpenGpuSession; heartbeat: Heartbeat },
): Promise<boolean> {
  const stop = await judgeEarly(ctx, competition, job, heartbeat.metrics);
  if (stop === null) return false;
  const error = `The run was ended before its time. ${sayReason(stop.reason)}`;
  // First, so that it is not begun again where we die before its machine has gone.
  await endTrainingJob(ctx.state, { id: job.id, token: job.token, status: 'failed', error });
  await tryEndMachine(ctx, session, { reason: stop.code, start: 'counts' });
  await tellRun(ctx, competition, job, {
    event: 'run_given_up',
    reason: stop.reason,
    subject: `${job.id}:${job.token}`,
  });
  return true;
}

/** What the vendor's list says of it, which is kept. */
async function lookAtMachine(ctx: Context, session: OpenGpuSession): Promise<Instance | null> {
  const [instance] = await findInstances(ctx, session, { isFresh: false });
  if (instance === undefined) return null;
  if (session.status === 'planned') await markGpuSessionRunning(ctx.state, session.key, instance.id);
  if (session.isRented) await observe(ctx, instance);
  return instance;
}

function verdictOn(
  { policy, now }: Pick<Context, 'policy' | 'now'>,
  session: OpenGpuSession,
  { instance, heartbeat }: { instance: Instance | null; heartbeat: Heartbeat | null },
): MachineVerdict {
  const { startSeconds, reconcileSeconds, listLagSeconds } = policy.gpu;
  const hasChanged =
    instance !== null && (instance.state !== session.seenState || instance.node !== session.seenNode);
  return judgeMachine(
    {
      ...session,
      firstSignAt: session.firstSignAt ?? heartbeat?.at ?? null,
      lastSignAt: heartbeat?.at ?? null,
      instance,
      seenSince: hasChanged ? now() : session.seenSince,
    },
    {
      heartbeatTimeoutSeconds: session.isRented
        ? policy.gpu.heartbeatTimeoutSeconds
        : policy.heartbeatTimeoutSeconds,
      startSeconds,
      reconcileSeconds,
      listLagSeconds,
    },
    now(),
  );
}

async function giveUpMachine(
  ctx: Context,
  competition: Competition,
  job: TrainingJob,
  given: {
    session: OpenGpuSession;
    heartbeat: Heartbeat | null;
    verdict: Extract<MachineVerdict, { is: 'over' }>;
    node: string | null;
  },
): Promise<void> {
  const { session, heartbeat, verdict, node } = given;
  const { code, reason, deniesNode } = verdict;
  const start = session.isRented ? lostStart(job, heartbeat) : 'counts';
  if (!(await endMachine(ctx, session, { reason: code, start }))) return;
  ctx.log.warn({ job: job.id, key: session.key, code, reason: sayReason(reason) }, 'training run lost');
  if (!session.isRented) return;
  const { provider } = session;
  if (deniesNode && node !== null) {
    await denyGpuNode(ctx.state, { provider, node, jobId: job.id, reason: sayReason(reason) });
  }
  const subject = `${job.id}:${job.token}`;
  await tellRun(ctx, competition, job, { event: 'machine_lost', reason, subject });
}

/** Machines of others are taken away; as long as a start brings its run on, the run may have as many as it needs. */
function lostStart({ token }: TrainingJob, heartbeat: Heartbeat | null): StartFate {
  return heartbeat?.hasCheckpoint === true && token < mostStarts ? 'returned' : 'misstart';
}
