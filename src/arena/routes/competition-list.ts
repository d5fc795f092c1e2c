import { distance } from 'fastest-levenshtein';
import { z } from 'zod';
import type { Competition } from '../competition-schema.ts';
import type { Standing } from '../standing.ts';
import { optionalText } from './method.ts';
import { pagingFields } from './paging.ts';

const tabs = [
  'GENERAL',
  'ENTERED',
  'COMMUNITY',
  'HOSTED',
  'UNLAUNCHED',
  'UNLAUNCHED_COMMUNITY',
  'EVERYTHING',
] as const;
const segments = [
  'UNSPECIFIED',
  'FEATURED',
  'RESEARCH',
  'RECRUITMENT',
  'GETTING_STARTED',
  'MASTERS',
  'PLAYGROUND',
  'COMMUNITY',
  'ANALYTICS',
] as const;
const orders = [
  'GROUPED',
  'BEST',
  'PRIZE',
  'EARLIEST_DEADLINE',
  'LATEST_DEADLINE',
  'NUMBER_OF_TEAMS',
  'RELEVANCE',
  'RECENTLY_CREATED',
] as const;

export const listRequest = z.object({
  group: z.templateLiteral(['COMPETITION_LIST_TAB_', z.enum(tabs)]).nullish(),
  category: z.templateLiteral(['HOST_SEGMENT_', z.enum(segments)]).nullish(),
  sortBy: z.templateLiteral(['COMPETITION_SORT_BY_', z.enum(orders)]).nullish(),
  search: optionalText,
  ...pagingFields,
});

/** Edits by which a search text may miss a slug and still find it. */
const fuzzyDistance = 3;

/** @returns those that a list request asks for, in its order */
export function selectCompetitions(
  all: readonly Standing[],
  request: z.output<typeof listRequest>,
  teamsOf: (standing: Standing) => number,
): Standing[] {
  return all
    .filter(({ competition }) => !competition.isHidden)
    .filter((standing) => isInGroup(standing, request.group ?? ''))
    .filter((standing) => isInSegment(standing, request.category ?? ''))
    .filter((standing) => isFound(standing.competition, request.search))
    .sort(orderOf(request.sortBy ?? '', request.search, teamsOf));
}

/** Community competitions are in a list of their own, and nobody here hosts or prepares one. */
function isInGroup({ hasEntered, competition }: Standing, group: string): boolean {
  const isCommunity = competition.category === 'Community';
  if (group.endsWith('_ENTERED')) return hasEntered;
  if (group.endsWith('_EVERYTHING')) return true;
  if (group.endsWith('_TAB_COMMUNITY')) return isCommunity;
  return (group === '' || group.endsWith('_GENERAL')) && !isCommunity;
}

function isInSegment({ competition }: Standing, segment: string): boolean {
  if (segment === '' || segment.endsWith('_UNSPECIFIED')) return true;
  return segment === `HOST_SEGMENT_${competition.category.toUpperCase().replaceAll(' ', '_')}`;
}

function isFound({ slug, title, description }: Competition, search: string): boolean {
  const wanted = search.toLowerCase().trim();
  if (wanted === '' || distance(wanted, slug) <= fuzzyDistance) return true;
  const text = `${slug} ${title} ${description}`.toLowerCase();
  return wanted.split(/[\s-]+/).every((word) => text.includes(word));
}

type Order = (a: Standing, b: Standing) => number;

function orderOf(sortBy: string, search: string, teamsOf: (standing: Standing) => number): Order {
  const bySlug: Order = (a, b) => (a.competition.slug < b.competition.slug ? -1 : 1);
  const descending = (of: (standing: Standing) => number): Order => {
    return (a, b) => of(b) - of(a) || bySlug(a, b);
  };
  const name = sortBy.replace('COMPETITION_SORT_BY_', '');
  switch (name) {
    case 'EARLIEST_DEADLINE':
      return descending(({ deadline }) => -deadline.getTime());
    case 'PRIZE':
      return descending(({ competition }) => Number(competition.reward.replace(/[^0-9.]/g, '')));
    case 'NUMBER_OF_TEAMS':
      return descending(teamsOf);
    case 'RECENTLY_CREATED':
      return descending(({ competition }) => competition.enabledAt?.getTime() ?? 0);
    case 'RELEVANCE':
      return descending(({ competition }) => -distance(search, competition.slug));
    default:
      return descending(({ deadline }) => deadline.getTime());
  }
}
