import { z } from 'zod';
import type { Actor } from '../domain/actor.ts';
import type { StatePort } from './port.ts';

const budgetAnswer = z.object({
  caps: z.record(z.string(), z.number()),
  gpuTodayMicroUsd: z.number(),
  llmTodayMicroUsd: z.number(),
  competitionMicroUsd: z.number(),
});
/** Caps by scope and what was spent or is reserved, in micro-dollars. */
export type BudgetReading = z.output<typeof budgetAnswer>;

/**
 * Sets a cap: `fleet_hour`, `gpu_day`, `llm_day`, `llm_competition`, `gpu:<competition id>`, `llm:<competition id>`.
 * @param reason in the person's words, for the audit log
 */
export async function setBudget(
  state: StatePort,
  scope: string,
  microUsd: number,
  actor: Actor,
  reason: string | null = null,
): Promise<void> {
  await state.call(
    'set_budget',
    { p_scope: scope, p_micro_usd: microUsd, p_reason: reason, p_actor: actor },
    z.number(),
  );
}

/**
 * Applies a configured cap where the configuration says something new: what a person set since stands otherwise.
 * @returns whether it was applied
 */
export async function configureBudget(
  state: StatePort,
  scope: string,
  microUsd: number,
  actor: Actor,
): Promise<boolean> {
  const { applied } = await state.call(
    'configure_budget',
    { p_scope: scope, p_micro_usd: microUsd, p_actor: actor },
    z.object({ applied: z.boolean() }),
  );
  return applied;
}

export function readBudget(state: StatePort, competitionId: string | null): Promise<BudgetReading> {
  return state.call('read_budget', { p_competition_id: competitionId }, budgetAnswer);
}
