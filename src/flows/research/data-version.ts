import type { Context } from '../../context.ts';
import type { DataFile, DataSummary } from '../../providers/kaggle/contract.ts';
import { findDataSummary } from '../support/data-summary.ts';
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
  const summary = files.length < mostListedFiles ? null : await findDataSummary(ctx, slug);
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
