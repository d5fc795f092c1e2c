import type { Context } from '../../context.ts';
import { microUsd } from '../../domain/micro-usd.ts';
import { reachedThresholds } from '../../domain/model-budget.ts';
import { listAlerts } from '../../state/alerts.ts';
import { type GpuBudgetUse, readGpuBudgets } from '../../state/gpu-life.ts';
import { alertPeople, clearPeopleAlert } from '../human-loop/alert.ts';

const kindPrefix = 'gpu_budget:';
/**
 * A warning is over once so much less of the cap is used. What is reserved for a run comes back for the most part when it
 * ends, and the next one reserves it again: that is no news.
 */
const slackShare = 0.2;

/** People are told once when half, four fifths and nearly all of a cap on machines is used. @returns how often */
export async function watchGpuBudgets(ctx: Context): Promise<number> {
  const open = new Set((await listAlerts(ctx.state)).map(({ kind }) => kind));
  const budgets = await readGpuBudgets(ctx.state);
  // A competition may have several caps: the first that is reached tells.
  const kinds = new Map(
    budgets
      .flatMap(reachedBy)
      .toReversed()
      .map((alert) => [alert.kind, alert]),
  );
  const lasting = new Set(
    budgets
      .map(withSlack)
      .flatMap(reachedBy)
      .map(({ kind }) => kind),
  );
  const fresh = [...kinds.values()].reverse().filter(({ kind }) => !open.has(kind));
  for (const alert of fresh) await alertPeople(ctx, alert);
  for (const kind of open) {
    if (kind.startsWith(kindPrefix) && !lasting.has(kind)) await clearPeopleAlert(ctx, kind);
  }
  return fresh.length;
}

function withSlack(budget: GpuBudgetUse): GpuBudgetUse {
  return { ...budget, usedMicroUsd: budget.usedMicroUsd + slackShare * budget.capMicroUsd };
}

function reachedBy({ slug, capMicroUsd, usedMicroUsd }: GpuBudgetUse) {
  const of = slug === null ? 'today' : `in ${slug}`;
  const used = `${dollars(usedMicroUsd)} of ${dollars(capMicroUsd)}`;
  return reachedThresholds(usedMicroUsd, capMicroUsd).map((percent) => ({
    kind: `${kindPrefix}${slug ?? '*'}:${percent}`,
    severity: 'warning' as const,
    code: 'gpu.budget_reached',
    message: `Rented machines have used ${percent} % of what they may cost ${of}: ${used}, with what is reserved for those that run.`,
  }));
}

function dollars(amount: number): string {
  return `$${(amount / microUsd).toFixed(2)}`;
}
