import type { Context } from '../../context.ts';
import { chooseBase } from '../../domain/dockerfile.ts';
import { shareOf } from '../../domain/environment.ts';
import type { RunDemand } from '../../domain/gpu/choose-offer.ts';
import { gpuSpeed, machineSpeed } from '../../domain/gpu/gpu-speed.ts';
import type { OfferRequest } from '../../providers/compute/contract.ts';
import { gateReportSchema } from '../../providers/quality/contract.ts';
import type { Competition } from '../../state/competitions.ts';
import type { TrainingJob } from '../../state/training.ts';
import { jobFileNames, readContract } from '../support/job-data.ts';
import { foldsPrefix } from '../support/object-keys.ts';
import { readObject } from '../support/objects.ts';
import { runLimitSeconds, scriptLimitSeconds, stageBeganAt } from '../support/run-limit.ts';
import { secondsLeft } from '../support/time-left.ts';
import { rentedCheckpointBytes, savesCheckpoints } from './checkpoints.ts';
import { assignmentOf } from './judge-run.ts';
import { trainingOverheadSeconds } from './overhead.ts';
import { canRent } from './providers.ts';

/** For the interpreter, the libraries and what the system keeps. */
const leastMemoryBytes = 4_000_000_000;
const leastCpuCores = 2;
/** An image with the libraries of a graphics card, unpacked, and what is installed into it. */
const imageDiskBytes = 20_000_000_000;
/** Data lie there packed, unpacked, and as what the script makes of them. */
const diskPerDataByte = 3;
/** What a run brings: its predictions are about as large as the rows that it predicts. */
const leastUploadBytes = 20_000_000;
const leastDeadlineSeconds = 60;

/** True where the script's packages use a graphics card: others never rent one. */
export async function usesGpu(
  ctx: Pick<Context, 'objects'>,
  { code }: Pick<TrainingJob, 'code'>,
): Promise<boolean> {
  const key = `${code.objectPrefix ?? ''}/requirements.txt`;
  if ((await ctx.objects.head(key)) === null) return false;
  const requirements = (await readObject(ctx, key)).toString('utf8');
  return needsGpuImage(requirements);
}

function needsGpuImage(requirements: string): boolean {
  return chooseBase({ cpu: '', gpu: '' }, requirements, null).kind === 'gpu';
}

/** What the usual caps pay for. */
const modestCard = 'RTX 3060';

/**
 * How long a full run may take as it is reckoned on this machine: where the script uses a graphics card, what one of
 * this machine does within the time limit, or one that can be rented within that of rented machines.
 */
export async function fullRunLimitSeconds(
  ctx: Pick<Context, 'state' | 'now' | 'policy' | 'environment' | 'compute' | 'linksReachOut'>,
  competition: Competition,
  requirements: string,
): Promise<number> {
  const own = await scriptLimitSeconds(ctx, competition);
  if (!needsGpuImage(requirements)) return own;
  const here = slotSpeed(ctx);
  const onCards = ownCards(ctx).map(({ name }) => (own * gpuSpeed(name)) / here);
  const rented = canRent(ctx)
    ? await scriptLimitSeconds(ctx, competition, ctx.policy.gpu.timeLimitSeconds)
    : 0;
  return Math.floor(Math.max(own, ...onCards, (rented * gpuSpeed(modestCard)) / here));
}

/** Graphics cards of this machine that are large enough for a run. */
export function ownCards({ environment, policy }: Pick<Context, 'policy' | 'environment'>) {
  return (environment.cards ?? []).filter(({ memoryBytes }) => memoryBytes >= policy.gpu.leastGpuMemoryBytes);
}

/** Of one slot of this machine. */
function slotSpeed({ policy, environment }: Pick<Context, 'policy' | 'environment'>): number {
  const { cpuCores } = shareOf(environment, policy.localSlots);
  return machineSpeed({ gpu: null, cpuCores }, true);
}

/**
 * True where the script is expected to end within its time on this machine.
 * @param card on that card of it; the trial run that was measured had none
 */
export function fitsHere(
  ctx: Pick<Context, 'policy' | 'environment' | 'now'>,
  competition: Competition,
  { code }: Pick<TrainingJob, 'code'>,
  card: { name: string } | null = null,
): boolean {
  if (code.estimateSeconds === null) return true;
  const { cpuCores } = shareOf(ctx.environment, ctx.policy.localSlots);
  const speed = machineSpeed({ gpu: card, cpuCores }, true) / slotSpeed(ctx);
  return code.estimateSeconds / speed <= runLimitSeconds(ctx, competition);
}

export type RentedDemand = { demand: RunDemand; request: OfferRequest };

/** What a run asks of a rented machine. @param maxPricePerHourUsd what is free of the fleet's cap */
export async function rentedDemand(
  ctx: Pick<Context, 'state' | 'objects' | 'policy' | 'environment' | 'now'>,
  competition: Competition,
  job: TrainingJob,
  maxPricePerHourUsd: number,
): Promise<RentedDemand> {
  const { policy } = ctx;
  const dataBytes = await dataBytesOf(ctx, competition, job);
  const memoryBytes = Math.max(leastMemoryBytes, Math.ceil((estimatedMemoryBytes(job) ?? 0) * 1.2));
  const checkpointSeconds = await checkpointSecondsOf(ctx, job);
  const uploadBytes =
    leastUploadBytes + Math.ceil(dataBytes / 10) + (checkpointSeconds === null ? 0 : rentedCheckpointBytes);
  const { startSeconds, leastGpuMemoryBytes } = policy.gpu;
  const timeLimitSeconds = runLimitSeconds(ctx, competition, { most: policy.gpu.timeLimitSeconds });
  const overheadSeconds = startSeconds + trainingOverheadSeconds;
  return {
    demand: {
      seconds: workSeconds(ctx, job),
      usesGpu: true,
      checkpointSeconds,
      gpuMemoryBytes: leastGpuMemoryBytes,
      memoryBytes,
      timeLimitSeconds,
      deadlineSeconds: await deadlineSeconds(ctx, competition),
      overheadSeconds,
    },
    request: {
      minMemoryBytes: memoryBytes,
      minCpuCores: leastCpuCores,
      minDiskBytes: imageDiskBytes + diskPerDataByte * dataBytes,
      gpu: { minMemoryBytes: leastGpuMemoryBytes },
      maxPricePerHourUsd,
      seconds: timeLimitSeconds + overheadSeconds,
      downloadBytes: dataBytes,
      uploadBytes,
    },
  };
}

/** What its trial run shows that it takes; null where nobody measured it. */
export function estimatedMemoryBytes({ code }: Pick<TrainingJob, 'code'>): number | null {
  const report = gateReportSchema.safeParse(code.gateReport);
  const estimate = report.success ? report.data.estimateMemoryBytes : null;
  return estimate === null ? null : Math.max(1, Math.ceil(estimate));
}

/** From one checkpoint in the store to the next: a script saves at the end of a fold. Null where it makes none. */
async function checkpointSecondsOf(
  ctx: Pick<Context, 'objects' | 'policy'>,
  job: TrainingJob,
): Promise<number | null> {
  if (!(await savesCheckpoints(ctx, job))) return null;
  const { checkpointSeconds, foldCount } = ctx.policy;
  return Math.max(checkpointSeconds, (job.code.estimateSeconds ?? 0) / foldCount);
}

/** On a machine of speed 1: the trial run was measured on one slot of this machine. */
function workSeconds(
  ctx: Pick<Context, 'policy' | 'environment'>,
  { code }: Pick<TrainingJob, 'code'>,
): number | null {
  if (code.estimateSeconds === null) return null;
  return code.estimateSeconds * slotSpeed(ctx);
}

async function deadlineSeconds(
  ctx: Pick<Context, 'state' | 'policy' | 'now'>,
  competition: Competition,
): Promise<number> {
  const sla = ctx.policy.stageSlaSeconds.training;
  const now = ctx.now();
  const beganAt = (await stageBeganAt(ctx, competition)) ?? now;
  const waited = (now.getTime() - beganAt.getTime()) / 1000;
  const own = secondsLeft(competition, now);
  const left = Math.min(
    sla === undefined ? Number.POSITIVE_INFINITY : sla - waited,
    own ?? Number.POSITIVE_INFINITY,
  );
  return Math.max(leastDeadlineSeconds, left);
}

async function dataBytesOf(
  ctx: Pick<Context, 'objects'>,
  { slug }: Competition,
  job: TrainingJob,
): Promise<number> {
  const assignment = assignmentOf(job);
  const contract = await readContract(ctx, slug, assignment);
  const infos = await Promise.all(
    jobFileNames(contract).map((name) => ctx.objects.head(`${foldsPrefix(slug, assignment)}/${name}`)),
  );
  const bundle = job.code.bundle?.sizeBytes ?? 0;
  return infos.reduce((sum, info) => sum + (info?.sizeBytes ?? 0), bundle);
}
