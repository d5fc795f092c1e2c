import type { Context } from '../../context.ts';
import type { BudgetResult } from '../../domain/command-results.ts';
import { microUsd } from '../../domain/micro-usd.ts';
import type { DecisionView, Overview } from '../../domain/overview.ts';
import { spentBetween } from '../../state/card-facts.ts';
import { listCompetitions } from '../../state/competitions.ts';
import { listDecisions } from '../../state/decisions.ts';
import { readBudget as readBudgetRows } from '../../state/money.ts';
import { type ListedStageRun, listStageRuns } from '../../state/stage-runs.ts';
import { competitionOverview, decisionView } from './competition-overview.ts';
import { findKnown } from './find-known.ts';
import { readGpuUse, readModelMoney } from './read-spending.ts';

type ReadContext = Pick<Context, 'state' | 'artifactsFolder'>;

const dayMs = 24 * 3_600_000;

/** `/kaggle status <slug>` @throws BusinessFailure `competition.unknown` */
export async function readStatus(ctx: ReadContext, input: { slug: string }): Promise<Overview> {
  return await competitionOverview(ctx, await findKnown(ctx, input.slug));
}

/** `/kaggle list`: every competition that was asked for, newest work first. */
export async function readList(ctx: ReadContext): Promise<Overview[]> {
  const competitions = (await listCompetitions(ctx.state)).filter(({ requestedAt }) => requestedAt !== null);
  return await Promise.all(competitions.map((competition) => competitionOverview(ctx, competition)));
}

/** `/kaggle logs <slug>`: the newest runs of its stages, oldest first. */
export async function readLogs(
  ctx: ReadContext,
  input: { slug: string; limit: number },
): Promise<{ runs: ListedStageRun[] }> {
  const competition = await findKnown(ctx, input.slug);
  return { runs: await listStageRuns(ctx.state, competition.id, input.limit) };
}

/** `/kaggle budget [slug]` */
export async function readBudget(
  ctx: Pick<Context, 'state' | 'now'>,
  input: { slug: string | null },
): Promise<BudgetResult> {
  const competition = input.slug === null ? null : await findKnown(ctx, input.slug);
  const now = ctx.now();
  const monthStart = new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth(), 1));
  const [budget, month, money] = await Promise.all([
    readBudgetRows(ctx.state, competition?.id ?? null),
    spentBetween(ctx.state, monthStart, new Date(now.getTime() + dayMs)),
    readModelMoney(ctx, competition),
  ]);
  const gpus = await readGpuUse(ctx);
  const usd = (micro: number) => micro / microUsd;
  return {
    caps: Object.fromEntries(Object.entries(budget.caps).map(([scope, micro]) => [scope, usd(micro)])),
    gpuTodayUsd: usd(budget.gpuTodayMicroUsd),
    llmTodayUsd: usd(budget.llmTodayMicroUsd),
    competitionUsd: usd(budget.competitionMicroUsd),
    monthUsd: usd(month.gpuMicroUsd + month.llmMicroUsd),
    ...money,
    ...gpus,
  };
}

/** `/kaggle decide` without an answer: what is open. */
export async function readDecisions(
  ctx: ReadContext,
  input: { slug: string | null },
): Promise<DecisionView[]> {
  const competition = input.slug === null ? null : await findKnown(ctx, input.slug);
  const open = await listDecisions(ctx.state, { competitionId: competition?.id ?? null, onlyOpen: true });
  return open.map(decisionView);
}
