import type { Context } from '../../context.ts';
import { asFailure } from '../../domain/errors.ts';
import type { DataFile, DataSummary } from '../../providers/kaggle/contract.ts';
import { sha256Of } from '../support/objects.ts';

/** What the vendor says of a competition's data before any of it is fetched. */
export type DataListing = {
  /** Fingerprint of names, sizes and dates: other data have another. */
  version: string;
  fileCount: number;
  totalBytes: number;
};

type ListingContext = Pick<Context, 'kaggle' | 'signal' | 'log'>;

/** Ten pages. What has more is known by its first files and by its numbers in all. */
const mostListedFiles = 2_000;
const versionLength = 16;

/** The version of a competition's data, in one call where they have no more than 200 files. */
export async function readDataListing(ctx: ListingContext, slug: string): Promise<DataListing> {
  const { signal } = ctx;
  const files = await ctx.kaggle.listFiles(slug, { signal, maxItems: mostListedFiles });
  const summary = files.length < mostListedFiles ? null : await findSummary(ctx, slug);
  return {
    version: dataVersion(files, summary),
    fileCount: summary?.fileCount ?? files.length,
    totalBytes: summary?.totalBytes ?? files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
  };
}

/** The same files give the same text, in whatever order they are listed. */
export function dataVersion(files: readonly DataFile[], summary: DataSummary | null): string {
  const lines = files.map(({ name, sizeBytes, createdAt }) =>
    JSON.stringify([name, sizeBytes, createdAt?.toISOString() ?? null]),
  );
  const numbers = summary === null ? null : [summary.fileCount, summary.totalBytes];
  return sha256Of([...lines.toSorted(), JSON.stringify(numbers)].join('\n')).slice(0, versionLength);
}

/** @returns null where the vendor does not tell: then the first files alone say what changed */
async function findSummary(ctx: ListingContext, slug: string): Promise<DataSummary | null> {
  try {
    return await ctx.kaggle.dataSummary(slug, { signal: ctx.signal });
  } catch (error) {
    const failure = asFailure(error);
    if (failure.kind === 'transient') throw failure;
    ctx.signal.throwIfAborted();
    ctx.log.info({ competition: slug, code: failure.code }, 'no summary of the data files');
    return null;
  }
}
