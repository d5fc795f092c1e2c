import { type KaggleCalls, refusalDetails } from './calls.ts';
import { listingBody, toCompetition } from './competitions.ts';
import type { CompetitionQuery, KaggleClient, KaggleCompetition } from './contract.ts';
import { eachPage, type Page } from './paging.ts';
import type { Refusals } from './refusals.ts';
import { competitionListSchema, dataSummarySchema } from './schemas.ts';

/** Documented as the most of other lists; of this one Kaggle tells no limit, and may refuse or shorten it. */
const longestPage = 200;

/** Source: Kaggle/kagglesdk `ApiListCompetitionsRequest`, `ApiGetCompetitionDataFilesSummaryRequest`. */
export function createDiscoveryCalls(
  calls: KaggleCalls,
  refusals: Refusals,
): Pick<KaggleClient, 'competitionPages' | 'dataSummary'> {
  /** Null once long pages were refused: then the usual ones are asked for. */
  let pageSize: number | null = longestPage;

  const readPage = async (
    query: CompetitionQuery,
    pageToken: string | null,
    signal: AbortSignal,
  ): Promise<Page<KaggleCompetition>> => {
    const size = pageSize === null ? {} : { pageSize };
    try {
      const body = { ...listingBody(query, pageToken), ...size };
      const answer = await calls.rpc({
        method: 'ListCompetitions',
        body,
        response: competitionListSchema,
        signal,
      });
      return { items: answer.competitions.map(toCompetition), nextPageToken: answer.nextPageToken };
    } catch (error) {
      if (pageSize === null || refusalDetails(error)?.status !== 400) throw error;
      pageSize = null;
      return await readPage(query, pageToken, signal);
    }
  };

  return {
    competitionPages: (query, { signal }) => eachPage((token) => readPage(query, token, signal)),
    dataSummary: (slug, { signal }) =>
      refusals.about(slug, signal, async () => {
        const body = { competitionName: slug };
        const method = 'GetCompetitionDataFilesSummary';
        const answer = await calls.rpc({ method, body, response: dataSummarySchema, signal });
        const { totalFileCount, fileTypes } = answer.fileSummaryInfo;
        return {
          fileCount: totalFileCount,
          totalBytes: fileTypes.reduce((sum, { totalSize }) => sum + totalSize, 0),
          types: fileTypes.map(({ extension, fileCount, totalSize }) => ({
            extension: extension.toLowerCase().replace(/^\./, ''),
            fileCount,
            totalBytes: totalSize,
          })),
        };
      }),
  };
}
