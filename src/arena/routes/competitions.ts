import { createHash } from 'node:crypto';
import { metricSpec } from '../../domain/metrics/catalog.ts';
import { denied } from '../api-error.ts';
import type { Competition } from '../competition-schema.ts';
import type { ArenaContext } from '../context.ts';
import { boardOf } from '../leaderboard.ts';
import { pagesOf } from '../pages.ts';
import { requireCompetition, type Standing, standingOf } from '../standing.ts';
import { type WireObject, wireTime } from '../wire.ts';
import { listRequest, selectCompetitions } from './competition-list.ts';
import { type Answer, competitionRequest, json, optionalText, readRequest } from './method.ts';
import { pageOf } from './paging.ts';

/** When the arena's competitions began; the vendor always names a date. */
const enabledAt = new Date('2026-01-01T00:00:00Z');

export function listCompetitions(ctx: ArenaContext, body: unknown): Answer {
  const request = readRequest(listRequest, body);
  const all = [...ctx.competitions.values()].map((competition) => standingOf(ctx, competition));
  const teamsOf = ({ competition }: Standing) =>
    competition.teamCount ?? boardOf(ctx, competition, 'public').length;
  const listed: (Standing | null)[] = selectCompetitions(all, request, teamsOf);
  const decoy = ctx.behaviour.hasSearchDecoy ? decoyFor(ctx, request.search) : null;
  // The decoy comes first.
  const entries = decoy === null ? listed : [null, ...listed];
  const { page, nextPageToken } = pageOf(entries, request, ctx.behaviour.maxCompetitionsPerPage);
  const competitions = page.map((standing) =>
    standing === null ? decoy : describeCompetition(ctx, standing),
  );
  return json({ competitions, nextPageToken });
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
  const board = boardOf(ctx, competition, standing.showsPrivate ? 'private' : 'public');
  const { newEntrantDeadline, mergerDeadline, organization } = competition;
  const began = wireTime(competition.enabledAt ?? enabledAt);
  const ownPlace = board.findIndex((entry) => entry.kind === 'own');
  return {
    ...identityOf(competition.slug),
    title: competition.title,
    description: competition.description.split(/(?<=[.!?])\s/, 1)[0] ?? '',
    organizationName: organization,
    organizationRef: organization.toLowerCase().replaceAll(' ', '-'),
    hostName: organization,
    category: competition.category,
    reward: competition.reward,
    tags: [{ ref: competition.modality, name: competition.modality }],
    deadline: wireTime(standing.deadline),
    enabledDate: began,
    dateCreated: began,
    newEntrantDeadline: newEntrantDeadline === null ? null : wireTime(newEntrantDeadline),
    mergerDeadline: mergerDeadline === null ? null : wireTime(mergerDeadline),
    teamCount: competition.teamCount ?? board.length,
    userHasEntered: standing.hasEntered,
    userRank: ownPlace + 1,
    maxDailySubmissions: competition.dailySubmissions,
    maxTeamSize: competition.teamSize,
    evaluationMetric: metricWords(competition),
    isKernelsSubmissionsOnly: competition.isKernelsOnly,
    awardsPoints: competition.awardsPoints,
    submissionsDisabled: !standing.takesSubmissions,
  };
}

function identityOf(slug: string): WireObject {
  const address = `https://www.kaggle.com/competitions/${slug}`;
  // A stable number that needs no memory: 31 bits of the slug's digest.
  const id = createHash('sha256').update(slug).digest().readUInt32BE() >>> 1;
  return { id, ref: address, url: address };
}

function metricWords({ metric, evaluationMetric }: Competition): string {
  if (evaluationMetric !== undefined) return evaluationMetric;
  return metricSpec(metric.name).displayName.replace('{K}', String(metric.k ?? ''));
}

/** A near miss with a longer slug, as the vendor's search finds them: whoever takes the first hit takes this one. */
function decoyFor(ctx: ArenaContext, search: string): WireObject | null {
  const competition = ctx.competitions.get(search.toLowerCase().trim());
  if (competition === undefined || competition.isHidden) return null;
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
