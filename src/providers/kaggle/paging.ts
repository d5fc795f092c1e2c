import { SystemFailure } from '../../domain/errors.ts';

export type Page<T> = { items: readonly T[]; nextPageToken: string };

/** More pages than any list of ours has; only a vendor that never ends comes this far. */
const maxPages = 2_000;

type ReadPage<T> = (pageToken: string | null) => Promise<Page<T>>;

/**
 * A list that comes in pages, page by page.
 * @throws SystemFailure `kaggle.bad_response` when a page points back to an earlier one: the list is not whole
 */
export async function* eachPage<T>(readPage: ReadPage<T>): AsyncGenerator<readonly T[], void, undefined> {
  const seen = new Set<string>();
  let token: string | null = null;
  do {
    const page: Page<T> = await readPage(token);
    yield page.items;
    token = page.nextPageToken === '' ? null : page.nextPageToken;
    if (token !== null && (seen.has(token) || seen.size >= maxPages)) {
      throw new SystemFailure('Kaggle sent the same page of a list again and again.', {
        code: 'kaggle.bad_response',
      });
    }
    if (token !== null) seen.add(token);
  } while (token !== null);
}

/**
 * All items of a list that comes in pages, in order.
 * @param maxItems stop reading there
 * @throws SystemFailure `kaggle.bad_response` as `eachPage`
 */
export async function allPages<T>(
  readPage: ReadPage<T>,
  maxItems: number = Number.POSITIVE_INFINITY,
): Promise<T[]> {
  const items: T[] = [];
  for await (const page of eachPage(readPage)) {
    items.push(...page);
    if (items.length >= maxItems) break;
  }
  return items.slice(0, maxItems);
}
