import type { Context } from '../../context.ts';
import { microUsd } from '../../domain/micro-usd.ts';
import { reachedThresholds } from '../../domain/model-budget.ts';
import { listAlerts } from '../../state/alerts.ts';
import {
  dropModelAnswers,
  type ModelBudgetUse,
  readModelBudgets,
  settleOrphanModelCalls,
} from '../../state/llm.ts';
import { alertPeople, clearPeopleAlert } from '../human-loop/alert.ts';
import { askAboutModelCaps } from './ask-about-cap.ts';

/** Longer than any call may take, its repetitions included: a research of Gemini is given 75 minutes. */
const orphanAfterSeconds = 2 * 3_600;
const answersKeptSeconds = 30 * 86_400;
const droppedAtOnce = 500;
const kindPrefix = 'llm_budget:';
/** From here on it is a warning; below it waits for the digest. */
const warningFromPercent = 80;

/**
 * Looks after the money for language models: calls whose process is gone are settled at what was reserved for them,
 * and people are told once when half, four fifths and nearly all of a cap is used.
 */
export async function watchModelCosts(ctx: Context): Promise<{ settled: number; told: number }> {
  const { settled, microUsd: amount } = await settleOrphanModelCalls(ctx.state, orphanAfterSeconds);
  if (settled > 0) ctx.log.warn({ settled, microUsd: amount }, 'model calls without an end settled');
  await dropModelAnswers(ctx.state, answersKeptSeconds, droppedAtOnce);

  const open = new Set((await listAlerts(ctx.state)).map(({ kind }) => kind));
  const uses = await readModelBudgets(ctx.state);
  await askAboutModelCaps(ctx, uses);
  const reached = uses.flatMap(reachedBy);
  // A competition may have a cap of its own beside the one for all: the first that is reached tells.
  const byKind = new Map(reached.toReversed().map((alert) => [alert.kind, alert]));
  const fresh = [...byKind.values()].reverse().filter(({ kind }) => !open.has(kind));
  for (const alert of fresh) await alertPeople(ctx, alert);
  for (const kind of open) {
    if (kind.startsWith(kindPrefix) && !byKind.has(kind)) await clearPeopleAlert(ctx, kind);
  }
  return { settled, told: fresh.length };
}

function reachedBy(use: ModelBudgetUse) {
  const { slug, capMicroUsd, usedMicroUsd } = use;
  const of = slug === null ? 'today' : `in ${slug}`;
  const used = `${dollars(usedMicroUsd)} of ${dollars(capMicroUsd)}`;
  return reachedThresholds(usedMicroUsd, capMicroUsd).map((percent) => ({
    kind: `${kindPrefix}${slug ?? '*'}:${percent}`,
    severity: percent >= warningFromPercent ? ('warning' as const) : ('info' as const),
    code: 'llm.budget_reached',
    message: `Language models have used ${percent} % of what they may cost ${of}: ${used}, open calls included.`,
  }));
}

function dollars(amount: number): string {
  return `$${(amount / microUsd).toFixed(2)}`;
}
