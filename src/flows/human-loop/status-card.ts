import type { Context } from '../../context.ts';
import type { CardContent, ContentOf } from '../../domain/card.ts';
import { isFinal, isUnderWay } from '../../domain/competition-machine.ts';
import { microUsd } from '../../domain/micro-usd.ts';
import { approachesAtWork, waitingRuns, waitsForPerson } from '../../domain/overview.ts';
import { localDay } from '../../domain/quiet-hours.ts';
import { findCard, saveCard } from '../../state/cards.ts';
import { type Competition, getCompetition, listCompetitions } from '../../state/competitions.ts';
import { type BudgetReading, readBudget } from '../../state/money.ts';
import { readPreferences } from '../../state/preferences.ts';
import { deadlineOf } from '../support/deadline.ts';
import { statusSubject } from './card-place.ts';
import {
  bestOf,
  type CompetitionFacts,
  cents,
  isQueued,
  lineOf,
  progressOf,
  readFacts,
  scoresChart,
} from './competition-facts.ts';
import { saveFinished } from './milestone-cards.ts';

type CardContext = Pick<Context, 'state' | 'artifactsFolder' | 'actor' | 'now' | 'policy'>;

const boardSubject = 'board';
/** Final scores come a little after the end. */
const settlingMs = 10 * 60_000;

/** Brings a competition's living message up to date; the same facts change nothing. */
export async function refreshStatus(ctx: CardContext, competitionId: string): Promise<void> {
  const competition = await getCompetition(ctx.state, competitionId);
  if (competition === null || competition.requestedAt === null) return;
  await saveStatus(ctx, await readFacts(ctx, competition));
}

/** What came after the end, such as final scores. */
export async function showEnd(ctx: CardContext, competitionId: string): Promise<void> {
  const competition = await getCompetition(ctx.state, competitionId);
  if (competition === null || competition.requestedAt === null) return;
  const facts = await readFacts(ctx, competition);
  await saveStatus(ctx, facts);
  await saveFinished(ctx, facts);
}

/** What moved: the competition's message, and the board. */
export async function showMove(ctx: CardContext, input: { competitionId: string | null }): Promise<void> {
  if (input.competitionId !== null) await refreshStatus(ctx, input.competitionId);
  const running = (await listCompetitions(ctx.state)).filter(isUnderWay);
  await saveBoard(ctx, await Promise.all(running.map((competition) => readFacts(ctx, competition))));
}

/** Every few seconds: progress is no event, so the living messages look at it by themselves. */
export async function refreshCards(ctx: CardContext): Promise<void> {
  const nowMs = ctx.now().getTime();
  const shown = (await listCompetitions(ctx.state)).filter(
    (competition) => competition.requestedAt !== null && isLive(competition, nowMs),
  );
  const all: CompetitionFacts[] = [];
  for (const competition of shown) {
    const facts = await readFacts(ctx, competition);
    await saveStatus(ctx, facts);
    if (isFinal(competition.state)) await saveFinished(ctx, facts);
    all.push(facts);
  }
  await saveBoard(
    ctx,
    all.filter(({ competition }) => isUnderWay(competition)),
  );
}

function isLive({ state, finishedAt }: Competition, nowMs: number): boolean {
  return !isFinal(state) || (finishedAt !== null && nowMs - finishedAt.getTime() < settlingMs);
}

async function saveStatus(ctx: CardContext, facts: CompetitionFacts): Promise<void> {
  const { competition } = facts;
  const budget = await readBudget(ctx.state, competition.id);
  await saveCard(ctx.state, {
    subject: statusSubject(competition.id),
    competitionId: competition.id,
    content: { ...statusContent(facts, budget, ctx.now()), day: await dayOf(ctx) },
    actor: ctx.actor,
  });
}

function statusContent(facts: CompetitionFacts, budget: BudgetReading, now: Date): ContentOf<'status'> {
  const { competition, overview } = facts;
  return {
    kind: 'status',
    slug: competition.slug,
    title: competition.title,
    state: competition.state,
    resumeState: competition.resumeState,
    isQueued: isQueued(competition),
    waitsForPerson: waitsForPerson(overview),
    round: competition.round,
    maxRounds: competition.limits.maxRounds,
    metric: overview.metric,
    best: bestOf(facts),
    deadline: deadlineOf(competition),
    submissionsToday: submissionsOn(facts, now),
    submissionsPerDay: competition.details.maxDailySubmissions ?? null,
    stageSince: overview.stage?.startedAt ?? null,
    progress: progressOf(overview),
    download: overview.stage?.download ?? null,
    activity: activityOf(facts),
    machines: [...(overview.machines ?? [])],
    waiting: waitingRuns(overview),
    competitionUsd: cents(overview.costUsd),
    ...gpuToday(budget),
    failure: overview.failure,
    outcome: competition.outcome,
    openDecisions: overview.decisions.filter(({ status }) => status === 'open').length,
    chart: scoresChart(facts),
    search: overview.search ?? null,
    modelUsd: cents(overview.modelUsd ?? 0),
    startedBy: competition.requestedBy,
  };
}

/** The vendor counts submissions by the day in UTC. */
function submissionsOn({ submissions }: CompetitionFacts, now: Date): number {
  const day = now.toISOString().slice(0, 10);
  return submissions.filter(({ sentAt }) => sentAt?.toISOString().slice(0, 10) === day).length;
}

/** Names of the approaches at work. */
function activityOf({ competition, overview }: CompetitionFacts): string[] {
  if (competition.state === 'training') return approachesAtWork(overview).toSorted();
  if (competition.state !== 'code_generating') return [];
  return overview.approaches
    .filter(({ round, status }) => round === competition.round && status === 'proposed')
    .map(({ name }) => name);
}

function gpuToday({ caps, gpuTodayMicroUsd }: BudgetReading) {
  const capMicroUsd = caps.gpu_day;
  return {
    gpuTodayUsd: cents(gpuTodayMicroUsd / microUsd),
    gpuDayCapUsd: capMicroUsd === undefined ? null : capMicroUsd / microUsd,
  };
}

/** The pinned message with all competitions; there is none before the first. */
async function saveBoard(ctx: CardContext, running: readonly CompetitionFacts[]): Promise<void> {
  const content: CardContent = {
    kind: 'board',
    day: await dayOf(ctx),
    lines: running.map(lineOf),
    ...gpuToday(await readBudget(ctx.state, null)),
  };
  if (running.length === 0 && !(await hasBoard(ctx))) return;
  await saveCard(ctx.state, {
    subject: boardSubject,
    competitionId: null,
    isPinned: true,
    content,
    actor: ctx.actor,
  });
}

async function dayOf({ state, policy, now }: CardContext): Promise<string> {
  const { timeZone } = await readPreferences(state, policy.preferences);
  return localDay(now(), timeZone).day;
}

async function hasBoard(ctx: CardContext): Promise<boolean> {
  return (await findCard(ctx.state, boardSubject)) !== null;
}
