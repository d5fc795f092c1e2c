import { z } from 'zod';
import { invalid } from '../api-error.ts';

/** Entries of a page when the request names no size. Source: kaggle-cli docs. */
const defaultPageSize = 20;
const maxPageSize = 200;

/** Old style (`page`, from 1) and new style (`pageToken`) in one request; page -1 or 0 means the new style. */
export const pagingFields = {
  page: z.number().int().nullish(),
  pageToken: z.string().nullish(),
  pageSize: z.number().int().nullish(),
};

type Paging = {
  page?: number | null | undefined;
  pageToken?: string | null | undefined;
  pageSize?: number | null | undefined;
};

/**
 * @param largest a page has at most so many entries, whatever is asked for
 * @returns the page asked for, and the token of the next one: the empty text on the last page
 */
export function pageOf<T>(
  entries: readonly T[],
  paging: Paging,
  largest = maxPageSize,
): { page: readonly T[]; nextPageToken: string } {
  const asked = paging.pageSize ?? 0;
  const size = asked > 0 ? Math.min(asked, largest) : Math.min(defaultPageSize, largest);
  const start = startOf(paging, size);
  const end = start + size;
  return { page: entries.slice(start, end), nextPageToken: end < entries.length ? tokenOf(end) : '' };
}

function startOf({ page, pageToken }: Paging, size: number): number {
  if (pageToken !== undefined && pageToken !== null && pageToken !== '') return offsetOf(pageToken);
  return Math.max((page ?? 1) - 1, 0) * size;
}

function tokenOf(offset: number): string {
  return Buffer.from(`o:${offset}`).toString('base64url');
}

function offsetOf(token: string): number {
  const match = /^o:(\d+)$/.exec(Buffer.from(token, 'base64url').toString('utf8'));
  if (match === null) throw invalid('Invalid page token');
  return Number(match[1]);
}
