import type { Context } from '../../context.ts';
import type { ContentOf } from '../../domain/card.ts';
import { isFinal } from '../../domain/competition-machine.ts';
import { microUsd } from '../../domain/micro-usd.ts';
import { digestDue } from '../../domain/quiet-hours.ts';
import {
  isDigestWanted,
  listDiscovered,
  listRecentAlerts,
  markDigest,
  spentBetween,
} from '../../state/card-facts.ts';
import { saveCard } from '../../state/cards.ts';
import { listCompetitions } from '../../state/competitions.ts';
import { listDecisions } from '../../state/decisions.ts';
import { listChanges } from '../../state/discovery.ts';
import { readBudget } from '../../state/money.ts';
import { readPreferences } from '../../state/preferences.ts';
import { type CompetitionFacts, cents, lineOf, readFacts, scoreBefore } from './competition-facts.ts';

type DigestContext = Pick<Context, 'state' | 'actor' | 'policy' | 'now' | 'log' | 'artifactsFolder'>;
type Span = { from: Date; to: Date };

const dayMs = 24 * 3_600_000;
/** On its first day an installation finds hundreds; the message of the day tells how many. */
const mostDiscovered = 30;
const mostChanges = 1_000;
const mostTold = 20;

/**
 * Once a day, at the hour that people chose: one message with what moved since the day before, or none where
 * nothing did. However many processes ask, it is made once.
 */
export async function makeDigest(ctx: DigestContext): Promise<void> {
  const preferences = await readPreferences(ctx.state, ctx.policy.preferences);
  const due = digestDue(preferences, ctx.now());
  if (due === null || !(await isDigestWanted(ctx.state, due.day, due.dueAt))) return;
  const span = { from: new Date(due.dueAt.getTime() - dayMs), to: due.dueAt };
  const content = await digestContent(ctx, due.day, span);
  if (hasNews(content)) {
    await saveCard(ctx.state, {
      subject: `digest:${due.day}`,
      competitionId: null,
      content,
      isOnce: true,
      actor: ctx.actor,
    });
  }
  await markDigest(ctx.state, due.day);
  ctx.log.info({ day: due.day }, 'the digest of the day is made');
}

function hasNews(content: ContentOf<'digest'>): boolean {
  const { decisions, moved, discovered, changed = [], alerts, gpuYesterdayUsd, llmYesterdayUsd } = content;
  const count = decisions.length + moved.length + discovered.length + changed.length + alerts.length;
  return count > 0 || gpuYesterdayUsd + llmYesterdayUsd > 0;
}

async function digestContent(ctx: DigestContext, day: string, span: Span): Promise<ContentOf<'digest'>> {
  const { state } = ctx;
  const monthStart = new Date(Date.UTC(span.to.getUTCFullYear(), span.to.getUTCMonth(), 1));
  const [decisions, discovered, changes, alerts, yesterday, month, budget] = await Promise.all([
    listDecisions(state, { competitionId: null, onlyOpen: true }),
    listDiscovered(state, span.from, span.to),
    listChanges(state, { slug: null, ...span, limit: mostChanges }),
    listRecentAlerts(state, span.from),
    spentBetween(state, span.from, span.to),
    spentBetween(state, monthStart, span.to),
    readBudget(state, null),
  ]);
  const all: CompetitionFacts[] = [];
  for (const competition of await listCompetitions(state)) {
    const isOld = competition.finishedAt !== null && competition.finishedAt < span.from;
    if (competition.requestedAt !== null && !isOld) all.push(await readFacts(ctx, competition));
  }
  const cap = budget.caps.gpu_day;
  return {
    kind: 'digest',
    day,
    decisions: decisions.map(({ id, slug, draft, deadline }) => {
      return { decisionId: id, slug, question: draft.question, deadline };
    }),
    moved: all.filter((facts) => hasMoved(facts, span)).map((facts) => movedLine(facts, span)),
    unmoved: all
      .filter((facts) => !hasMoved(facts, span) && !isFinal(facts.competition.state))
      .map((facts) => lineOf(facts)),
    discovered: discovered.slice(0, mostDiscovered).map(({ slug, title }) => ({ slug, title })),
    changed: changes
      .filter(({ what, isFollowed }) => isFollowed && what !== 'new')
      .map(({ slug, what, old, new: now }) => ({ slug, change: { what, old, new: now } }))
      .slice(0, mostTold),
    gpuYesterdayUsd: cents(yesterday.gpuMicroUsd / microUsd),
    gpuDayCapUsd: cap === undefined ? null : cap / microUsd,
    llmYesterdayUsd: cents(yesterday.llmMicroUsd / microUsd),
    monthUsd: cents((month.gpuMicroUsd + month.llmMicroUsd) / microUsd),
    alerts: alerts.map(({ severity, message, count }) => ({ severity, message, count })),
  };
}

/** It ended a stage that day, or got a score. */
function hasMoved({ overview, submissions }: CompetitionFacts, { from }: Span): boolean {
  const isNew = (at: Date | null) => at !== null && at >= from;
  return (
    isNew(overview.startedAt) ||
    overview.passed.some(({ endedAt }) => isNew(endedAt)) ||
    submissions.some(({ scoredAt }) => isNew(scoredAt))
  );
}

function movedLine(facts: CompetitionFacts, { from }: Span) {
  const metric = facts.competition.problem?.metric;
  const before = facts.boards.findLast(({ takenAt }) => takenAt < from);
  return {
    ...lineOf(facts),
    previousScore: metric === undefined ? null : scoreBefore(metric, facts.submissions, from),
    previousRank: before?.rank ?? null,
  };
}
