import type { Context } from '../../context.ts';
import type { CheckpointTerms } from '../../domain/checkpoint-contract.ts';
import { heartbeatSchema } from '../../domain/run-contract.ts';
import type { TrainingJob } from '../../state/training.ts';
import { readObject, readObjectJson } from '../support/objects.ts';
import { outputPrefix } from './judge-run.ts';

/** As the script's contract says; more costs more time to bring back than it saves. */
const maxCheckpointBytes = 200_000_000;
/** What all checkpoints of one start may be together: traffic of a rented machine costs. */
export const rentedCheckpointBytes = 600_000_000;
export const ownCheckpointBytes = 4_000_000_000;
/** Where the newest is not whole any more, the one before it is better than nothing. */
const mostRestored = 2;
/** Starts that are looked at for one, and that a run may have while each of them brings it on. */
export const mostStarts = 12;
const slots = ['a', 'b'] as const;

type Slot = (typeof slots)[number];
type Links = {
  put: (key: string, maxBytes: number) => Promise<string>;
  get: (key: string) => Promise<string>;
};

/** True where the script saves what it has learnt on its way. */
export async function savesCheckpoints(
  ctx: Pick<Context, 'objects'>,
  { code }: Pick<TrainingJob, 'code'>,
): Promise<boolean> {
  const key = `${code.objectPrefix ?? ''}/train.py`;
  if ((await ctx.objects.head(key)) === null) return false;
  return (await readObject(ctx, key)).toString('utf8').includes('CHECKPOINT_DIR');
}

/** What the sheet of one start says of checkpoints; null where the script makes none. */
export async function checkpointTerms(
  ctx: Pick<Context, 'objects' | 'policy'>,
  job: TrainingJob,
  start: { token: number; totalBytes: number; links: Links },
): Promise<CheckpointTerms | null> {
  if (!(await savesCheckpoints(ctx, job))) return null;
  const { token, totalBytes, links } = start;
  const slotOf = async (slot: Slot) => ({
    put: await links.put(keyOf(job, token, slot), maxCheckpointBytes),
    get: await links.get(keyOf(job, token, slot)),
  });
  return {
    everySeconds: ctx.policy.checkpointSeconds,
    maxBytes: maxCheckpointBytes,
    totalBytes,
    slots: { a: await slotOf('a'), b: await slotOf('b') },
    restore: await earlierCheckpoints(ctx, job, token, links),
  };
}

/** What the last heartbeats of earlier starts of this job tell of, newest first: same bundle, data and parameters. */
async function earlierCheckpoints(
  ctx: Pick<Context, 'objects'>,
  job: TrainingJob,
  token: number,
  links: Links,
): Promise<CheckpointTerms['restore']> {
  const found: CheckpointTerms['restore'] = [];
  for (let earlier = token - 1; earlier >= Math.max(1, token - mostStarts); earlier -= 1) {
    const key = `${outputPrefix(job, earlier)}/heartbeat.json`;
    if ((await ctx.objects.head(key)) === null) continue;
    const heartbeat = heartbeatSchema.safeParse(await readObjectJson(ctx, key));
    if (!heartbeat.success || heartbeat.data.job !== job.id || heartbeat.data.token !== String(earlier))
      continue;
    const { checkpoint } = heartbeat.data;
    if (checkpoint === null) continue;
    const { slot, ...facts } = checkpoint;
    found.push({ ...facts, token: String(earlier), url: await links.get(keyOf(job, earlier, slot)) });
    if (found.length >= mostRestored) break;
  }
  return found;
}

/** Clears away what nobody will go on from any more. */
export async function forgetCheckpoints(ctx: Pick<Context, 'objects'>, job: TrainingJob): Promise<void> {
  for (let token = job.token; token >= Math.max(1, job.token - mostStarts); token -= 1) {
    await Promise.all(slots.map((slot) => ctx.objects.remove(keyOf(job, token, slot))));
  }
}

/** No part of a competition's record: the store keeps no earlier states of what lies there, and clears it away. */
function keyOf({ id }: Pick<TrainingJob, 'id'>, token: number, slot: Slot): string {
  return `scratch/checkpoints/${id}/${token}-${slot}.tar.gz`;
}
