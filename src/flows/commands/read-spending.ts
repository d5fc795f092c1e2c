import type { Context } from '../../context.ts';
import type { BudgetResult } from '../../domain/command-results.ts';
import { isUnderWay } from '../../domain/competition-machine.ts';
import { microUsd } from '../../domain/micro-usd.ts';
import { spendingOf } from '../../domain/model-spending.ts';
import type { MachineView } from '../../domain/overview.ts';
import { type Competition, listCompetitions } from '../../state/competitions.ts';
import { isHeldGpu, listGpuFleet } from '../../state/gpu-life.ts';
import { readModelCosts } from '../../state/llm.ts';
import { readBudget } from '../../state/money.ts';

type MoneyContext = Pick<Context, 'state'>;
type ModelMoney = Pick<BudgetResult, 'models' | 'modelCapUsd' | 'competitions'>;

/** No answer is long enough for more. */
const mostCompetitions = 8;

/** Where the money for language models went: of one competition, else of all, with what each that is under way cost. */
export async function readModelMoney(
  ctx: MoneyContext,
  competition: Pick<Competition, 'id'> | null,
): Promise<ModelMoney> {
  const models = spendingOf(await readModelCosts(ctx.state, competition?.id ?? null));
  if (competition === null) return { models, competitions: await readCompetitions(ctx) };
  const { caps } = await readBudget(ctx.state, competition.id);
  const cap = caps[`llm:${competition.id}`] ?? caps.llm_competition;
  return { models, ...(cap === undefined ? {} : { modelCapUsd: cap / microUsd }) };
}

/** Rented machines that there are, and whether somebody stopped them all. */
export async function readGpuUse(ctx: MoneyContext): Promise<Pick<BudgetResult, 'machines' | 'isGpuHeld'>> {
  const [fleet, isGpuHeld] = await Promise.all([listGpuFleet(ctx.state), isHeldGpu(ctx.state)]);
  const machines = fleet.map(({ title, provider, slug, ...money }) => ({
    title: title ?? '',
    provider,
    slug,
    usdPerHour: money.microUsdPerHour / microUsd,
    usd: money.soFarMicroUsd / microUsd,
    reservedUsd: money.reservedMicroUsd / microUsd,
  }));
  return { machines, isGpuHeld };
}

/** Rented machines of one competition's runs. */
export async function readMachines(
  ctx: MoneyContext,
  { id, state }: Pick<Competition, 'id' | 'state'>,
): Promise<MachineView[]> {
  if (state !== 'training') return [];
  const fleet = await listGpuFleet(ctx.state);
  return fleet
    .filter(({ competitionId }) => competitionId === id)
    .map(({ approach, title, provider, microUsdPerHour, firstSignAt }) => ({
      approach,
      title: title ?? '',
      provider,
      usdPerHour: microUsdPerHour / microUsd,
      isStarting: firstSignAt === null,
    }));
}

async function readCompetitions(ctx: MoneyContext): Promise<NonNullable<ModelMoney['competitions']>> {
  const running = (await listCompetitions(ctx.state)).filter(isUnderWay).slice(0, mostCompetitions);
  const costs = await Promise.all(
    running.map(async ({ id, slug }) => {
      const [budget, models] = await Promise.all([readBudget(ctx.state, id), readModelCosts(ctx.state, id)]);
      const modelMicroUsd = models.total?.microUsd ?? 0;
      return {
        slug,
        gpuUsd: Math.max(0, budget.competitionMicroUsd - modelMicroUsd) / microUsd,
        modelUsd: modelMicroUsd / microUsd,
      };
    }),
  );
  return costs.sort((a, b) => b.gpuUsd + b.modelUsd - (a.gpuUsd + a.modelUsd));
}
