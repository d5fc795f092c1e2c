import type { Context } from '../../context.ts';
import { shareOf, usableMemoryShare } from '../../domain/environment.ts';
import { BusinessFailure, SystemFailure } from '../../domain/errors.ts';
import { type HyperParameters, type JobSheet, jobSheetSchema } from '../../domain/run-contract.ts';
import type { Offer } from '../../providers/compute/contract.ts';
import type { TrainingJob } from '../../state/training.ts';
import { jobFileNames, readContract } from '../support/job-data.ts';
import { foldsPrefix } from '../support/object-keys.ts';
import { sha256Of } from '../support/objects.ts';
import { checkpointTerms, ownCheckpointBytes, rentedCheckpointBytes } from './checkpoints.ts';
import { assignmentOf, outputPrefix } from './judge-run.ts';

const graceSeconds = 20;
const ownHeartbeatSeconds = 2;
/** Links live as long as the machine may, and a while longer for slow uploads. */
const linkSlackSeconds = 3_600;
/** A script that prints nothing and works nothing for so long waits for what never comes. */
const idleSeconds = 1_200;
const maxCsvBytes = 1_000_000_000;
const maxJsonBytes = 1_000_000;
const maxLogBytes = 10_000_000;

/** What a start may use of its machine. */
export type SheetTerms = {
  /** The machine is this one. */
  isLocal: boolean;
  timeLimitSeconds: number;
  heartbeatSeconds: number;
  threads: number;
  limits: JobSheet['limits'];
  needs: JobSheet['needs'];
  /** Of all checkpoints that it sends. */
  checkpointBytes: number;
  /** The machine brings no packages: those of the script are installed before it runs. */
  install: boolean;
};

/** Our own machine is shared by its slots, and keeps something for the agent. */
export function ownTerms(ctx: Pick<Context, 'policy' | 'environment'>, timeLimitSeconds: number): SheetTerms {
  const share = shareOf(ctx.environment, ctx.policy.localSlots);
  return {
    isLocal: true,
    timeLimitSeconds,
    heartbeatSeconds: ownHeartbeatSeconds,
    threads: share.cpuCores,
    limits: {
      memoryBytes: Math.floor(share.memoryBytes * usableMemoryShare),
      cpuSeconds: Math.ceil(timeLimitSeconds * ctx.environment.cores * 1.2),
      fileSizeBytes: maxCsvBytes,
      processes: 512,
      diskBytes: 4 * maxCsvBytes,
      idleSeconds,
    },
    needs: { memoryBytes: null, diskBytes: null },
    checkpointBytes: ownCheckpointBytes,
    install: false,
  };
}

/** A rented machine is the run's alone. */
export function rentedTerms(
  ctx: Pick<Context, 'policy'>,
  offer: Pick<Offer, 'cpuCores'>,
  run: { timeLimitSeconds: number; hasPackages: boolean; memoryBytes: number | null },
): SheetTerms {
  return {
    isLocal: false,
    timeLimitSeconds: run.timeLimitSeconds,
    heartbeatSeconds: ctx.policy.gpu.heartbeatSeconds,
    threads: Math.max(1, Math.floor(offer.cpuCores)),
    // A container's limits are its own; addresses of a graphics card's driver are no memory.
    limits: {
      memoryBytes: null,
      cpuSeconds: null,
      fileSizeBytes: maxCsvBytes,
      processes: 4_096,
      diskBytes: 4 * maxCsvBytes,
      idleSeconds,
    },
    // A machine that has less than it was offered with is found out before anything is trained.
    needs: { memoryBytes: run.memoryBytes, diskBytes: null },
    checkpointBytes: rentedCheckpointBytes,
    install: !run.hasPackages,
  };
}

/** Where a machine fetches the sheet of one start, and sees whether that has ended already. */
export type SheetLinks = { sheetUrl: string; resultUrl: string };

/** Writes the sheet of one start into the store. @returns signed URLs for its machine */
export async function writeJobSheet(
  ctx: Pick<Context, 'objects' | 'policy'>,
  slug: string,
  job: TrainingJob,
  { token, terms }: { token: number; terms: SheetTerms },
): Promise<SheetLinks> {
  const { bundle } = job.code;
  if (bundle === null)
    throw new BusinessFailure('This approach has no bundle to train.', { code: 'training.no_bundle' });
  const prefix = outputPrefix(job, token);
  const assignment = assignmentOf(job);
  const contract = await readContract(ctx, slug, assignment);
  const lifeSeconds = terms.timeLimitSeconds + (terms.isLocal ? 0 : ctx.policy.gpu.startSeconds);
  const link = { expiresInSeconds: lifeSeconds + linkSlackSeconds, isLocal: terms.isLocal };
  const putTo = (key: string, maxBytes: number) =>
    ctx.objects.signedUrl(key, { ...link, method: 'PUT', maxBytes });
  const put = (name: string, maxBytes: number) => putTo(`${prefix}/${name}`, maxBytes);
  const get = (key: string) => ctx.objects.signedUrl(key, { ...link, method: 'GET' });
  const csvOutput = async (name: string) => ({
    name,
    url: await put(name, maxCsvBytes),
    required: true,
    maxBytes: maxCsvBytes,
  });
  const jsonOutput = async (name: string) => ({
    name,
    url: await put(name, maxJsonBytes),
    required: true,
    maxBytes: maxJsonBytes,
  });
  const csvNames = ['oof.csv', 'test.csv', 'submission.csv', ...(contract.hasGate ? ['gate.csv'] : [])];
  const sheet: JobSheet = jobSheetSchema.parse({
    schema: 1,
    job: job.id,
    token: String(token),
    bundle: { url: await get(bundle.objectKey), sha256: bundle.sha256, sizeBytes: bundle.sizeBytes },
    data: [
      ...(await Promise.all(
        jobFileNames(contract).map((name) => dataFile(ctx, slug, assignment, name, get)),
      )),
      ...(job.params === null ? [] : [await paramsFile(ctx, `${prefix}/params.json`, job.params, get)]),
    ],
    outputs: await Promise.all([
      ...csvNames.map(csvOutput),
      ...['metrics.json', 'meta.json'].map(jsonOutput),
    ]),
    uploads: {
      heartbeat: await put('heartbeat.json', maxJsonBytes),
      log: await put('train.log', maxLogBytes),
      result: await put('result.json', maxJsonBytes),
    },
    timeLimitSeconds: terms.timeLimitSeconds,
    graceSeconds,
    heartbeatSeconds: terms.heartbeatSeconds,
    seed: job.seed,
    debug: false,
    threads: terms.threads,
    limits: terms.limits,
    needs: terms.needs,
    earlier: { heartbeat: await get(`${prefix}/heartbeat.json`), result: await get(`${prefix}/result.json`) },
    checkpoint: await checkpointTerms(ctx, job, {
      token,
      totalBytes: terms.checkpointBytes,
      links: { put: putTo, get },
    }),
    isolation: { network: 'none' },
    install: terms.install,
    python: null,
  });
  await ctx.objects.put(`${prefix}/job.json`, Buffer.from(JSON.stringify(sheet)));
  return { sheetUrl: await get(`${prefix}/job.json`), resultUrl: await get(`${prefix}/result.json`) };
}

async function dataFile(
  ctx: Pick<Context, 'objects'>,
  slug: string,
  assignment: 0 | 1 | 'final',
  name: string,
  get: (key: string) => Promise<string>,
) {
  const key = `${foldsPrefix(slug, assignment)}/${name}`;
  const info = await ctx.objects.head(key);
  if (info === null) {
    throw new SystemFailure(`${name} of ${slug} is gone from the object store.`, { code: 'objects.missing' });
  }
  return { name, url: await get(key), sha256: info.sha256, sizeBytes: info.sizeBytes };
}

/** Values in place of those that the script was written with. */
async function paramsFile(
  ctx: Pick<Context, 'objects'>,
  key: string,
  params: HyperParameters,
  get: (key: string) => Promise<string>,
) {
  const body = Buffer.from(JSON.stringify(params));
  await ctx.objects.put(key, body);
  return { name: 'params.json', url: await get(key), sha256: sha256Of(body), sizeBytes: body.length };
}
