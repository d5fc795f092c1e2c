import type { KaggleCalls } from './calls.ts';
import { refusalDetails } from './calls.ts';
import type { CallOptions, CompetitionQuery, KaggleClient, KaggleCompetition } from './contract.ts';
import { allPages } from './paging.ts';
import { competitionListSchema, competitionSchema, type RawCompetition } from './schemas.ts';

const website = 'https://www.kaggle.com';
const tabNames = {
  general: 'COMPETITION_LIST_TAB_GENERAL',
  entered: 'COMPETITION_LIST_TAB_ENTERED',
  community: 'COMPETITION_LIST_TAB_COMMUNITY',
  everything: 'COMPETITION_LIST_TAB_EVERYTHING',
} as const;
/** Search is fuzzy, but the exact slug comes early. */
const searchedItems = 200;

/** Source: Kaggle/kagglesdk `ApiListCompetitionsRequest`, `ApiGetCompetitionRequest`. */
export function createCompetitionCalls(
  calls: KaggleCalls,
): Pick<KaggleClient, 'listCompetitions' | 'findCompetition'> {
  const listCompetitions = async (query: CompetitionQuery, { signal }: CallOptions) => {
    const raw = await allPages(async (pageToken) => {
      const answer = await calls.rpc({
        method: 'ListCompetitions',
        body: listingBody(query, pageToken),
        response: competitionListSchema,
        signal,
      });
      return { items: answer.competitions, nextPageToken: answer.nextPageToken };
    }, query.maxItems);
    return raw.map(toCompetition);
  };

  return {
    listCompetitions,
    async findCompetition(slug, { signal }) {
      try {
        const body = { competitionName: slug };
        const raw = await calls.rpc({ method: 'GetCompetition', body, response: competitionSchema, signal });
        const competition = toCompetition(raw);
        if (competition.slug === slug) return competition;
      } catch (error) {
        // Unknown slugs are refused rather than not found, and so may be those that we have not entered.
        if (![400, 403, 404].includes(refusalDetails(error)?.status ?? 0)) throw error;
      }
      const found = await listCompetitions({ search: slug, maxItems: searchedItems }, { signal });
      return found.find((competition) => competition.slug === slug) ?? null;
    },
  };
}

/** The request of one page of the list. */
export function listingBody(query: CompetitionQuery, pageToken: string | null): Record<string, unknown> {
  return {
    group: tabNames[query.tab ?? 'everything'],
    ...(query.search === undefined ? {} : { search: query.search }),
    ...(query.sortBy === undefined ? {} : { sortBy: `COMPETITION_SORT_BY_${query.sortBy.toUpperCase()}` }),
    ...(pageToken === null ? {} : { pageToken }),
  };
}

export function toCompetition(raw: RawCompetition): KaggleCompetition {
  const slug = lastSegment(raw.ref) || lastSegment(raw.url);
  return {
    slug,
    title: raw.title || slug,
    url: /^https?:\/\//.test(raw.url) ? raw.url : `${website}/competitions/${slug}`,
    description: raw.description,
    organization: raw.organizationName,
    category: raw.category,
    reward: raw.reward,
    tags: raw.tags.flatMap((tag) => tag.name ?? tag.ref ?? []),
    launchedAt: raw.enabledDate,
    deadline: raw.deadline,
    newEntrantDeadline: raw.newEntrantDeadline,
    mergerDeadline: raw.mergerDeadline,
    teamCount: raw.teamCount,
    hasEntered: raw.userHasEntered,
    rank: raw.userRank,
    maxDailySubmissions: raw.maxDailySubmissions,
    maxTeamSize: raw.maxTeamSize,
    metricText: raw.evaluationMetric,
    takesNotebooksOnly: raw.isKernelsSubmissionsOnly,
    submissionsDisabled: raw.submissionsDisabled,
    awardsPoints: raw.awardsPoints,
  };
}

/** `ref` is the whole URL of the competition's page in practice. */
function lastSegment(ref: string): string {
  return (
    ref
      .replace(/[?#].*$/, '')
      .replace(/\/+$/, '')
      .split('/')
      .at(-1) ?? ''
  );
}
