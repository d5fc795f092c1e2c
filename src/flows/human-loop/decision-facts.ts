import type { Context } from '../../context.ts';
import type { DecisionQuestion } from '../../domain/decision.ts';
import { formatScore } from '../../domain/metrics/score.ts';
import { microUsd } from '../../domain/micro-usd.ts';
import type { Competition } from '../../state/competitions.ts';
import { type BudgetReading, readBudget } from '../../state/money.ts';
import { bestOf, type CompetitionFacts, publicScoreOf, readFacts, scoresChart } from './competition-facts.ts';

type Fact = DecisionQuestion['facts'][number];

/**
 * The numbers that help to decide about a competition, as they are when it is asked: scores, rounds and money, with
 * the picture of the scores so far.
 */
export async function readDecisionNumbers(
  ctx: Pick<Context, 'state' | 'artifactsFolder'>,
  competition: Competition,
): Promise<Pick<DecisionQuestion, 'facts' | 'chart'>> {
  const [known, budget] = await Promise.all([
    readFacts(ctx, competition),
    readBudget(ctx.state, competition.id),
  ]);
  const scored = known.submissions.filter((submission) => publicScoreOf(submission) !== null);
  return {
    facts: [
      ...scoreFacts(known),
      { label: 'Rounds', value: `${competition.round} of ${competition.limits.maxRounds}` },
      { label: 'Submissions', value: String(scored.length) },
      ...moneyFacts(budget),
    ],
    chart: scoresChart(known),
  };
}

function scoreFacts(known: CompetitionFacts): Fact[] {
  const best = bestOf(known);
  const metric = known.overview.metric?.name.replaceAll('_', ' ') ?? '';
  if (best === null) return [];
  return [
    ...(best.score === null
      ? []
      : [{ label: 'Best score', value: `${formatScore(best.score)} (${metric})` }]),
    ...(best.cv === null ? [] : [{ label: 'Cross-validated', value: formatScore(best.cv) }]),
    ...(best.rank === null || best.entrants === null
      ? []
      : [{ label: 'Rank', value: `${best.rank} of ${best.entrants}` }]),
  ];
}

/** The tightest cap that is known: the competition's own, or that of today's machines. */
function moneyFacts({ caps, competitionMicroUsd, gpuTodayMicroUsd }: BudgetReading): Fact[] {
  const left = (cap: number, spent: number) => `${usd(Math.max(cap - spent, 0))} of ${usd(cap)}`;
  if (caps.competition !== undefined) {
    return [{ label: 'Money left', value: left(caps.competition, competitionMicroUsd) }];
  }
  if (caps.gpu_day === undefined) return [];
  return [{ label: 'Money left today', value: left(caps.gpu_day, gpuTodayMicroUsd) }];
}

function usd(micro: number): string {
  return `$${(micro / microUsd).toFixed(2)}`;
}
