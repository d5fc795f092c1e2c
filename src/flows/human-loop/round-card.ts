import type { Context } from '../../context.ts';
import type { ContentOf } from '../../domain/card.ts';
import { type Chart, mostChartPoints } from '../../domain/chart.ts';
import { microUsd } from '../../domain/micro-usd.ts';
import { listSpend, type Spend } from '../../state/card-facts.ts';
import { saveCard } from '../../state/cards.ts';
import { readBudget } from '../../state/money.ts';
import { inThread } from './card-place.ts';
import { bestOf, type CompetitionFacts, cents, publicScoreOf, scoresChart } from './competition-facts.ts';
import { runLinks } from './run-links.ts';

/** More are in the log. */
const mostNotes = 4;

type Approaches = ContentOf<'round'>['approaches'];

/** Sums a round up, once it was analysed. @param next what was decided to come next */
export async function saveRound(
  ctx: Pick<Context, 'state' | 'actor'>,
  facts: CompetitionFacts,
  { round, next }: { round: number; next: string | null },
): Promise<void> {
  const { competition, overview } = facts;
  const [spend, budget] = await Promise.all([
    listSpend(ctx.state, competition.id),
    readBudget(ctx.state, competition.id),
  ]);
  const capMicroUsd = budget.caps.competition;
  const capUsd = capMicroUsd === undefined ? null : capMicroUsd / microUsd;
  const span = spanOf(facts, round);
  const approaches = approachesOf(facts, round);
  const named = approaches.map(({ name }) => name);
  const charts = [scoresChart(facts), costsChart(competition.slug, spend, capUsd)];
  await saveCard(ctx.state, {
    subject: `round:${competition.id}:${round}`,
    competitionId: competition.id,
    ...inThread(competition.id),
    content: {
      kind: 'round',
      slug: competition.slug,
      title: competition.title,
      round,
      metric: overview.metric,
      seconds: Math.round((span.to - span.from) / 1000),
      costUsd: costWithin(spend, span),
      approaches,
      best: bestOf(facts),
      next,
      notes: notesOf(facts, round),
      charts: charts.filter((chart) => chart !== null),
      runs: await runLinks(ctx, competition.id, named),
    },
    // As it was when the round ended; told again, it says the same.
    isOnce: true,
    actor: ctx.actor,
  });
}

/** From the beginning of its research to the end of its analysis, in milliseconds since 1970. */
function spanOf({ overview }: CompetitionFacts, round: number): { from: number; to: number } {
  const stages = overview.passed.filter((stage) => stage.round === round);
  const from = stages[0]?.startedAt.getTime() ?? 0;
  return { from, to: stages.findLast(({ state }) => state === 'analyzing')?.endedAt.getTime() ?? from };
}

function costWithin(spend: readonly Spend[], { from, to }: { from: number; to: number }): number {
  const mine = spend.filter(({ at }) => at.getTime() >= from && at.getTime() <= to);
  return cents(mine.reduce((sum, one) => sum + one.microUsd, 0) / microUsd);
}

/** Its approaches, and its submission where that was made of several of them. */
function approachesOf({ overview, submissions }: CompetitionFacts, round: number): Approaches {
  const sent = submissions.filter((submission) => submission.round === round);
  const scoreOf = (name: string) => {
    const submission = sent.findLast(({ approach }) => approach === name);
    return submission === undefined ? null : publicScoreOf(submission);
  };
  const own = overview.approaches
    .filter((approach) => approach.round === round)
    .map(({ name, cv, cvSd, error }) => ({ name, cv, cvSd, publicScore: scoreOf(name), error }));
  const blends = sent
    .filter(({ approach }) => !own.some(({ name }) => name === approach))
    .map((blend) => ({
      name: blend.approach,
      cv: blend.cv,
      cvSd: null,
      publicScore: publicScoreOf(blend),
      error: blend.error,
    }));
  return [...own, ...blends];
}

/** What is to be said of the round's submission, beside its score. */
function notesOf({ submissions }: CompetitionFacts, round: number): string[] {
  return submissions
    .filter((submission) => submission.round === round)
    .flatMap(({ status, reason, scores: { warnings } }) => [
      ...(reason !== null && (status === 'queued' || status === 'dropped') ? [reason] : []),
      ...(Array.isArray(warnings) ? warnings.filter((one) => typeof one === 'string') : []),
    ])
    .slice(0, mostNotes);
}

/** @returns null where nothing was spent */
function costsChart(slug: string, spend: readonly Spend[], capUsd: number | null): Chart | null {
  let totalUsd = 0;
  const points = spend.map(({ at, microUsd: micros }) => {
    totalUsd += micros / microUsd;
    return { at, usd: cents(totalUsd) };
  });
  if (totalUsd === 0) return null;
  return { kind: 'costs', slug, points: points.slice(-mostChartPoints), capUsd };
}
