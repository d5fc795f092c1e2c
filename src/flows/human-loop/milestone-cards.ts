import type { Context } from '../../context.ts';
import { type CardContent, cardContentSchema } from '../../domain/card.ts';
import { isFinal } from '../../domain/competition-machine.ts';
import { isBetter } from '../../domain/metrics/score.ts';
import { microUsd } from '../../domain/micro-usd.ts';
import { type CardRow, findCard, latestCard, saveCard } from '../../state/cards.ts';
import { readBudget } from '../../state/money.ts';
import { readPreferences } from '../../state/preferences.ts';
import { deadlineOf } from '../support/deadline.ts';
import { homeOrThread } from './card-place.ts';
import {
  type Best,
  bestOf,
  type CompetitionFacts,
  cents,
  countedOf,
  isQueued,
  medalNow,
  publicScoreOf,
  scoresChart,
} from './competition-facts.ts';
import { countedNames, runLinks } from './run-links.ts';

type MilestoneContext = Pick<Context, 'state' | 'actor' | 'policy'>;

/** A better score within that time rewrites the message instead of adding one. */
const newBestEveryMs = 30 * 60_000;

/** What a competition is entered with, as it stood then. */
export async function saveStarted(ctx: MilestoneContext, facts: CompetitionFacts): Promise<void> {
  const { competition, overview } = facts;
  const { details, limits } = competition;
  const { caps } = await readBudget(ctx.state, competition.id);
  const preferences = await readPreferences(ctx.state, ctx.policy.preferences);
  await saveCard(ctx.state, {
    subject: startedSubject(competition.id),
    competitionId: competition.id,
    ...homeOrThread(preferences, 'started', competition.id),
    content: {
      kind: 'started',
      slug: competition.slug,
      title: competition.title,
      metric: overview.metric,
      deadline: deadlineOf(competition),
      entrants: details.teamCount === 0 ? null : (details.teamCount ?? null),
      maxRounds: limits.maxRounds,
      submissionsPerDay: details.maxDailySubmissions ?? null,
      gpuDayCapUsd: caps.gpu_day === undefined ? null : caps.gpu_day / microUsd,
      isQueued: isQueued(competition),
      by: competition.requestedBy,
    },
    // What was planned when it started; told again, it says the same.
    isOnce: true,
    actor: ctx.actor,
  });
}

function startedSubject(competitionId: string): string {
  return `started:${competitionId}`;
}

/** What a competition is judged by is known only once its pages and data were read. */
export async function completeStarted(
  ctx: Pick<MilestoneContext, 'state' | 'actor'>,
  { competition, overview }: CompetitionFacts,
): Promise<void> {
  const subject = startedSubject(competition.id);
  const card = await findCard(ctx.state, subject);
  const content = cardContentSchema.safeParse(card?.content).data;
  if (content?.kind !== 'started' || content.metric !== null || overview.metric === null) return;
  await saveCard(ctx.state, {
    subject,
    competitionId: competition.id,
    content: { ...content, metric: overview.metric },
    actor: ctx.actor,
  });
}

/** A competition's end, from its rows alone: final scores may come later. */
export async function saveFinished(ctx: MilestoneContext, facts: CompetitionFacts): Promise<void> {
  const { competition, overview, submissions } = facts;
  if (!isFinal(competition.state) || competition.requestedAt === null) return;
  const preferences = await readPreferences(ctx.state, ctx.policy.preferences);
  const endedAt = competition.finishedAt ?? competition.updatedAt;
  const beganAt = competition.admittedAt ?? competition.requestedAt;
  await saveCard(ctx.state, {
    subject: `finished:${competition.id}`,
    competitionId: competition.id,
    ...homeOrThread(preferences, 'finished', competition.id),
    content: {
      kind: 'finished',
      slug: competition.slug,
      title: competition.title,
      state: competition.state,
      metric: overview.metric,
      best: bestOf(facts),
      rounds: competition.round,
      submissions: submissions.filter(({ vendorRef }) => vendorRef !== null).length,
      costUsd: cents(overview.costUsd),
      seconds: Math.round((endedAt.getTime() - beganAt.getTime()) / 1000),
      outcome: competition.outcome,
      chart: scoresChart(facts),
      runs: await runLinks(ctx, competition.id, countedNames(facts)),
    },
    actor: ctx.actor,
  });
}

/** A competition that cannot go on by itself: whoever runs it is called. */
export async function saveFailed(
  ctx: MilestoneContext,
  { competition }: CompetitionFacts,
  failure: { eventId: number; code: string; message: string },
): Promise<void> {
  const { code, message } = failure;
  const { slug, title } = competition;
  await saveCard(ctx.state, {
    subject: `failed:${failure.eventId}`,
    competitionId: competition.id,
    mention: 'operators',
    content: { kind: 'failed', slug, title, code, message },
    actor: ctx.actor,
  });
}

/** The score of this submission beats all before it, and it is the one that would count now. */
export async function saveNewBest(
  ctx: MilestoneContext,
  facts: CompetitionFacts,
  event: { eventId: number | string; submissionKey: string; now: Date },
): Promise<void> {
  const { competition, overview } = facts;
  const best = publicBest(facts);
  if (best === null || overview.best?.submission !== event.submissionKey || !isRecord(facts)) return;
  const merged = await mergedWith(ctx, competition.id, { best, previousRank: rankBefore(facts) }, event);
  if (merged === null) return;
  const preferences = await readPreferences(ctx.state, ctx.policy.preferences);
  await saveCard(ctx.state, {
    subject: merged.subject,
    competitionId: competition.id,
    ...homeOrThread(preferences, 'new_best', competition.id),
    content: {
      kind: 'new_best',
      slug: competition.slug,
      title: competition.title,
      best: merged.best,
      previousRank: merged.previousRank,
      costUsd: cents(overview.costUsd),
      runs: await runLinks(ctx, competition.id, countedNames(facts)),
    },
    actor: ctx.actor,
  });
}

/** As the public leaderboard has it: told again once the final scores are known, it says the same. */
function publicBest(facts: CompetitionFacts): Best | null {
  const { boards } = facts;
  const best = bestOf(facts);
  const mine = countedOf(facts);
  if (best === null || mine === null) return null;
  const board = boards.findLast(({ rank }) => rank !== null);
  return {
    approach: best.approach,
    cv: best.cv,
    previous: best.previous,
    score: publicScoreOf(mine),
    rank: board?.rank ?? null,
    entrants: board?.entrants ?? null,
    ...medalNow(board, { rank: board?.rank ?? null, entrants: board?.entrants ?? null }),
  };
}

/** Of the last reading before the score came. */
function rankBefore(facts: CompetitionFacts): number | null {
  const scoredAt = countedOf(facts)?.scoredAt ?? null;
  if (scoredAt === null) return null;
  return facts.boards.findLast(({ rank, takenAt }) => rank !== null && takenAt < scoredAt)?.rank ?? null;
}

/** No public score before it was as good. */
function isRecord(facts: CompetitionFacts): boolean {
  const { competition, submissions } = facts;
  const metric = competition.problem?.metric;
  const mine = countedOf(facts);
  if (metric === undefined || mine === null || mine.scoredAt === null) return false;
  const { scoredAt } = mine;
  const score = publicScoreOf(mine);
  if (score === null) return false;
  return submissions.every((other) => {
    const earlier = publicScoreOf(other);
    const isEarlier = other.scoredAt !== null && other.scoredAt < scoredAt;
    return !isEarlier || earlier === null || isBetter(metric, score, earlier);
  });
}

type Told = { best: Best; previousRank: number | null };

/**
 * The message of a new best score: the last one within half an hour, which then tells of all the gain since, or a
 * new one. @returns null where the last one tells of this score already
 */
async function mergedWith(
  ctx: MilestoneContext,
  competitionId: string,
  { best, previousRank }: Told,
  { eventId, now }: { eventId: number | string; now: Date },
): Promise<({ subject: string } & Told) | null> {
  const own = { subject: `new_best:${eventId}`, best, previousRank };
  const last = await latestCard(ctx.state, competitionId, 'new_best');
  const told = last === null ? null : toldBy(last);
  if (last === null || told === null) return own;
  if (told.best.score === best.score && told.best.approach === best.approach) return null;
  if (now.getTime() - last.createdAt.getTime() > newBestEveryMs) {
    // The same event told again later rewrites its own message.
    return (await findCard(ctx.state, own.subject)) === null ? own : null;
  }
  return {
    subject: last.subject,
    best: { ...best, previous: told.best.previous },
    previousRank: told.previousRank,
  };
}

function toldBy({ content }: CardRow): Told | null {
  const parsed = cardContentSchema.safeParse(content);
  const card: CardContent | undefined = parsed.data;
  return card?.kind === 'new_best' ? { best: card.best, previousRank: card.previousRank ?? null } : null;
}
