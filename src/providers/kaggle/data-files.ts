import type { KaggleCalls } from './calls.ts';
import type { KaggleClient } from './contract.ts';
import { downloadData } from './download-data.ts';
import { allPages } from './paging.ts';
import type { Refusals } from './refusals.ts';
import { filesSchema, pagesSchema } from './schemas.ts';

/** The maximum that Kaggle documents. */
const filesPerPage = 200;

/** Source: Kaggle/kagglesdk `ApiListDataFilesRequest`, `ApiListCompetitionPagesRequest`; kagglehub `clients.py`. */
export function createDataCalls(
  calls: KaggleCalls,
  refusals: Refusals,
): Pick<KaggleClient, 'listFiles' | 'listPages' | 'downloadData'> {
  return {
    listFiles: (slug, { signal, maxItems }) =>
      refusals.about(slug, signal, async () => {
        const files = await allPages(async (pageToken) => {
          const token = pageToken === null ? {} : { pageToken };
          const body = { competitionName: slug, pageSize: filesPerPage, ...token };
          const answer = await calls.rpc({ method: 'ListDataFiles', body, response: filesSchema, signal });
          return { items: answer.files, nextPageToken: answer.nextPageToken };
        }, maxItems);
        return files.map((file) => ({
          name: file.name ?? file.ref,
          sizeBytes: file.totalBytes,
          createdAt: file.creationDate,
        }));
      }),
    listPages: (slug, { signal }) =>
      refusals.about(slug, signal, async () => {
        const body = { competitionName: slug };
        const answer = await calls.rpc({
          method: 'ListCompetitionPages',
          body,
          response: pagesSchema,
          signal,
        });
        return answer.pages;
      }),
    downloadData: (slug, options) =>
      refusals.about(slug, options.signal, () => downloadData(calls, slug, options)),
  };
}
