import { createHash } from 'node:crypto';
import { distance } from 'fastest-levenshtein';
import { z } from 'zod';
import { metricSpec } from '../../domain/metrics/catalog.ts';
import { denied } from '../api-error.ts';
import type { Competition } from '../competition-schema.ts';
import type { ArenaContext } from '../context.ts';
import { boardOf } from '../leaderboard.ts';
import { pagesOf } from '../pages.ts';
import { requireCompetition, type Standing, standingOf } from '../standing.ts';
import { type WireObject, wireTime } from '../wire.ts';
import { type Answer, competitionRequest, json, optionalText, readRequest } from './method.ts';
import { pageOf, pagingFields } from './paging.ts';

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

const listRequest = z.object({
  group: z.templateLiteral(['COMPETITION_LIST_TAB_', z.enum(tabs)]).nullish(),
  category: z.templateLiteral(['HOST_SEGMENT_', z.enum(segments)]).nullish(),
  sortBy: z.templateLiteral(['COMPETITION_SORT_BY_', z.enum(orders)]).nullish(),
  search: optionalText,
  ...pagingFields,
});

/** When the arena's competitions began; the vendor always names a date. */
const enabledAt = new Date('2026-01-01T00:00:00Z');

/** Edits by which a search text may miss a slug and still find it. */
const fuzzyDistance = 3;

export function listCompetitions(ctx: ArenaContext, body: unknown): Answer {
  const request = readRequest(listRequest, body);
  const standings = [...ctx.competitions.values()]
    .map((competition) => standingOf(ctx, competition))
    .filter((standing) => isInGroup(standing, request.group ?? ''))
    .filter((standing) => isInSegment(standing, request.category ?? ''))
    .filter((standing) => isFound(standing.competition, request.search));
  const listed = sorted(standings, request.sortBy ?? '').map((standing) =>
    describeCompetition(ctx, standing),
  );
  const decoy = ctx.behaviour.hasSearchDecoy ? decoyFor(ctx, request.search) : null;
  const { page, nextPageToken } = pageOf(decoy === null ? listed : [decoy, ...listed], request);
  return json({ competitions: page, nextPageToken });
}

export function getCompetition(ctx: ArenaContext, body: unknown): Answer {
  if (!ctx.behaviour.hasGetCompetition) throw denied('competitions.get');
  const { competitionName } = readRequest(competitionRequest, body);
  return json(describeCompetition(ctx, requireCompetition(ctx, competitionName)));
}

const pagesRequest = competitionRequest.extend({ pageName: optionalText });

export function listCompetitionPages(ctx: ArenaContext, body: unknown): Answer {
  const { competitionName, pageName } = readRequest(pagesRequest, body);
  const { competition } = requireCompetition(ctx, competitionName);
  const pages = pagesOf(competition);
  return json({ pages: pageName === '' ? pages : pages.filter((page) => page.name === pageName) });
}

/** ApiCompetition. Its `ref` is a whole address; only the last segment is the slug. */
function describeCompetition(ctx: ArenaContext, { competition, ...standing }: Standing): WireObject {
  const board = boardOf(ctx, competition, standing.isClosed ? 'private' : 'public');
  const ownPlace = board.findIndex((entry) => entry.kind === 'own');
  return {
    ...identityOf(competition.slug),
    title: competition.title,
    description: competition.description.split(/(?<=[.!?])\s/, 1)[0] ?? '',
    organizationName: 'Practice arena',
    organizationRef: 'practice-arena',
    hostName: 'Practice arena',
    category: competition.category,
    reward: competition.reward,
    tags: [{ ref: competition.modality, name: competition.modality }],
    deadline: wireTime(standing.deadline),
    enabledDate: wireTime(enabledAt),
    dateCreated: wireTime(enabledAt),
    teamCount: board.length,
    userHasEntered: standing.hasEntered,
    userRank: ownPlace + 1,
    maxDailySubmissions: competition.dailySubmissions,
    maxTeamSize: competition.teamSize,
    evaluationMetric: metricWords(competition),
    isKernelsSubmissionsOnly: competition.isKernelsOnly,
    submissionsDisabled: competition.submissionsDisabled || standing.isClosed,
  };
}

function identityOf(slug: string): WireObject {
  const address = `https://www.kaggle.com/competitions/${slug}`;
  // A stable number that needs no memory: 31 bits of the slug's digest.
  const id = createHash('sha256').update(slug).digest().readUInt32BE() >>> 1;
  return { id, ref: address, url: address };
}

function metricWords({ metric }: Competition): string {
  return metricSpec(metric.name).displayName.replace('{K}', String(metric.k ?? ''));
}

function isInGroup({ hasEntered }: Standing, group: string): boolean {
  if (group.endsWith('_ENTERED')) return hasEntered;
  return group === '' || group.endsWith('_GENERAL') || group.endsWith('_EVERYTHING');
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

function sorted(standings: readonly Standing[], sortBy: string): Standing[] {
  const byDeadline = (a: Standing, b: Standing) => a.deadline.getTime() - b.deadline.getTime();
  const byName = (a: Standing, b: Standing) => (a.competition.slug < b.competition.slug ? -1 : 1);
  const order = sortBy.endsWith('_EARLIEST_DEADLINE')
    ? (a: Standing, b: Standing) => byDeadline(a, b) || byName(a, b)
    : (a: Standing, b: Standing) => byDeadline(b, a) || byName(a, b);
  return [...standings].sort(order);
}

/** A near miss with a longer slug, as the vendor's search finds them: whoever takes the first hit takes this one. */
function decoyFor(ctx: ArenaContext, search: string): WireObject | null {
  const competition = ctx.competitions.get(search.toLowerCase().trim());
  if (competition === undefined) return null;
  return {
    ...identityOf(`${competition.slug}-in-class-edition`),
    title: `${competition.title} (in-class edition)`,
    category: 'Community',
    reward: 'Kudos',
    deadline: wireTime(standingOf(ctx, competition).deadline),
    enabledDate: wireTime(enabledAt),
    dateCreated: wireTime(enabledAt),
    maxDailySubmissions: 5,
  };
}
