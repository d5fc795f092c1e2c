import type { Context } from '../../context.ts';
import { BusinessFailure, SystemFailure } from '../../domain/errors.ts';
import { type HyperParameters, type JobSheet, jobSheetSchema } from '../../domain/run-contract.ts';
import type { TrainingJob } from '../../state/training.ts';
import { jobFileNames, readContract } from '../support/job-data.ts';
import { foldsPrefix } from '../support/object-keys.ts';
import { sha256Of } from '../support/objects.ts';
import { assignmentOf, outputPrefix } from './judge-run.ts';

const graceSeconds = 20;
const heartbeatSeconds = 2;
/** Links live as long as the run may, and a while longer for slow starts and uploads. */
const linkSlackSeconds = 3_600;
/** A script that prints nothing and works nothing for so long waits for what never comes. */
const idleSeconds = 1_200;
const maxCsvBytes = 1_000_000_000;
const maxJsonBytes = 1_000_000;
const maxLogBytes = 10_000_000;

/** Writes the sheet of one start, with its wall time, into the store. @returns the signed URL by which the runner fetches it */
export async function writeJobSheet(
  ctx: Pick<Context, 'objects' | 'policy' | 'environment'>,
  slug: string,
  job: TrainingJob,
  { token, timeLimitSeconds }: { token: number; timeLimitSeconds: number },
): Promise<string> {
  const { bundle } = job.code;
  if (bundle === null)
    throw new BusinessFailure('This approach has no bundle to train.', { code: 'training.no_bundle' });
  const prefix = outputPrefix(job, token);
  const assignment = assignmentOf(job);
  const contract = await readContract(ctx, slug, assignment);
  const expiresInSeconds = timeLimitSeconds + linkSlackSeconds;
  const put = (name: string, maxBytes: number) =>
    ctx.objects.signedUrl(`${prefix}/${name}`, { method: 'PUT', expiresInSeconds, maxBytes });
  const get = (key: string) => ctx.objects.signedUrl(key, { method: 'GET', expiresInSeconds });
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
    timeLimitSeconds,
    graceSeconds,
    heartbeatSeconds,
    seed: job.seed,
    debug: false,
    threads: Math.max(1, Math.floor(ctx.environment.cores / ctx.policy.localSlots)),
    limits: {
      memoryBytes: Math.floor(ctx.environment.memoryBytes * 0.9),
      cpuSeconds: Math.ceil(timeLimitSeconds * ctx.environment.cores * 1.2),
      fileSizeBytes: maxCsvBytes,
      processes: 512,
      diskBytes: 4 * maxCsvBytes,
      idleSeconds,
    },
    isolation: { network: 'none' },
    install: false,
    python: null,
  });
  await ctx.objects.put(`${prefix}/job.json`, Buffer.from(JSON.stringify(sheet)));
  return await ctx.objects.signedUrl(`${prefix}/job.json`, { method: 'GET', expiresInSeconds });
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
