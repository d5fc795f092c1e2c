import type { Context } from '../../context.ts';
import { sizeWords } from '../../domain/download-view.ts';
import { BusinessFailure } from '../../domain/errors.ts';
import type { DownloadOptions } from '../../providers/kaggle/contract.ts';
import type { DataListing } from './data-version.ts';

type RoomContext = Pick<Context, 'downloads' | 'policy'>;
type Sized = Pick<DataListing, 'totalBytes'>;

/** The database and the rest of the system need some too. */
const reserveBytes = 500_000_000;

/**
 * Before anything is fetched.
 * @param takenBytes what an earlier call put into the object store needs no room any more
 * @throws BusinessFailure `data.too_large`, `data.no_space`
 */
export async function requireFit(
  ctx: RoomContext,
  slug: string,
  { totalBytes }: Sized,
  takenBytes: number,
): Promise<void> {
  const { mostDataBytes } = ctx.policy.discovery;
  if (totalBytes > mostDataBytes) {
    throw new BusinessFailure(
      `The data of ${slug} are ${sizeWords(totalBytes)}, and the agent takes ${sizeWords(mostDataBytes)} at most: raise KAGGLE_AGENT_DISCOVERY_MAX_DATA_GB, or skip the competition.`,
      { code: 'data.too_large', details: { totalBytes, mostDataBytes } },
    );
  }
  await requireFree(ctx, slug, ctx.downloads.sharesDisk ? Math.max(0, totalBytes - takenBytes) : 0);
}

/** Looks again as soon as more is known: the size of the archive, then what it unpacks to. */
export function roomWatch(ctx: RoomContext, slug: string, { totalBytes }: Sized, takenBytes: number) {
  const stored = (bytes: number) => (ctx.downloads.sharesDisk ? bytes : 0);
  const requireSpace: NonNullable<DownloadOptions['requireSpace']> = ({ phase, bytes }) =>
    requireFree(
      ctx,
      slug,
      phase === 'transfer' ? bytes + stored(Math.max(0, totalBytes - takenBytes)) : stored(bytes),
    );
  return requireSpace;
}

/** @throws BusinessFailure `data.no_space` */
async function requireFree({ downloads }: RoomContext, slug: string, neededBytes: number): Promise<void> {
  const freeBytes = await downloads.freeBytes();
  if (neededBytes + reserveBytes <= freeBytes) return;
  throw new BusinessFailure(
    `The data of ${slug} need ${sizeWords(neededBytes + reserveBytes)} of disk and ${sizeWords(freeBytes)} are free: make room, then try again.`,
    { code: 'data.no_space', details: { neededBytes, freeBytes } },
  );
}
