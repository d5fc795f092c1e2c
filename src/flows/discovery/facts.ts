import { isSampleName, type ListedDetails, type ListingFacts, modalityOf } from '../../domain/listing.ts';
import { metricFromText, otherMetricFromText } from '../../domain/metrics/catalog.ts';
import type { CompetitionPage, DataFile, DataSummary } from '../../providers/kaggle/contract.ts';
import { sha256Of } from '../support/objects.ts';
import { textOf } from './judge-feasibility.ts';

/** Of a page, for looking for the metric. */
const longestPage = 60_000;

/** What pages and files tell of a competition. */
export function factsOf(known: {
  title: string;
  details: ListedDetails;
  data: Data;
  files: readonly DataFile[];
  pages: readonly CompetitionPage[];
}): ListingFacts {
  const { title, details, data, files, pages } = known;
  return {
    dataBytes: data.bytes,
    fileCount: data.files,
    modality: modalityOf(textOf(title, details), data.types),
    hasSample: files.some(({ name }) => isSampleName(name)),
    pageMetric: pageMetricOf(pages),
  };
}

/** The data of a competition as far as its file list tells. */
export type Data = {
  hash: string;
  files: number;
  bytes: number;
  types: readonly { extension: string; fileCount: number }[];
};

export function dataOf(files: readonly DataFile[], summary: DataSummary | null): Data {
  if (summary !== null && summary.fileCount >= files.length) {
    const { fileCount, totalBytes, types } = summary;
    return { hash: sha256Of(JSON.stringify(summary)), files: fileCount, bytes: totalBytes, types };
  }
  const counted = new Map<string, number>();
  for (const { name } of files) {
    const extension = /\.([a-z0-9]{1,10})$/i.exec(name)?.[1]?.toLowerCase() ?? '';
    counted.set(extension, (counted.get(extension) ?? 0) + 1);
  }
  return {
    hash: sha256Of(
      JSON.stringify(files.map(({ name, sizeBytes, createdAt }) => [name, sizeBytes, createdAt])),
    ),
    files: files.length,
    bytes: files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
    types: [...counted].map(([extension, fileCount]) => ({ extension, fileCount })),
  };
}

function pageMetricOf(pages: readonly CompetitionPage[]): string | null {
  const page = pages.find(({ name }) => /evaluation/i.test(name));
  const text = page?.content.slice(0, longestPage) ?? '';
  return metricFromText(text)?.metric ?? otherMetricFromText(text)?.name ?? null;
}
