import { z } from 'zod';
import type { StatePort } from './port.ts';

const reservation = z.discriminatedUnion('granted', [
  z.object({ granted: z.literal(true), attemptKey: z.string() }),
  z.object({ granted: z.literal(false), cap: z.string(), freeMicroUsd: z.number(), attemptKey: z.string() }),
]);
export type ModelCallReservation = z.output<typeof reservation>;

export type ModelCallUsage = {
  inputTokens: number;
  cacheWriteTokens: number;
  cacheReadTokens: number;
  outputTokens: number;
  searches: number;
};

/**
 * Reserves the worst price of one attempt under the caps for language models, in one step.
 * @param input.callKey names the answer that is wanted; asked again after a crash it is a new attempt
 * @param input.maxAttempts of the same question that may have cost something
 */
export function reserveModelCall(
  state: StatePort,
  input: {
    callKey: string;
    promptSha256: string;
    competitionId: string | null;
    approachId: string | null;
    step: string;
    model: string;
    microUsd: number;
    maxAttempts: number;
  },
): Promise<ModelCallReservation> {
  return state.call(
    'reserve_model_call',
    {
      p_call_key: input.callKey,
      p_prompt_sha256: input.promptSha256,
      p_competition_id: input.competitionId,
      p_approach_id: input.approachId,
      p_step: input.step,
      p_model: input.model,
      p_micro_usd: input.microUsd,
      p_max_attempts: input.maxAttempts,
    },
    reservation,
  );
}

/** Puts what it cost in the place of the reservation, once. @param input.answer kept for `recallModelAnswer` */
export async function settleModelCall(
  state: StatePort,
  input: { attemptKey: string; usage: ModelCallUsage; microUsd: number; outcome: string; answer: unknown },
): Promise<void> {
  await state.call(
    'settle_model_call',
    {
      p_attempt_key: input.attemptKey,
      p_usage: input.usage,
      p_micro_usd: input.microUsd,
      p_outcome: input.outcome,
      p_answer: input.answer,
    },
    z.object({ settled: z.boolean() }),
  );
}

/** @returns the answer to exactly this question that was paid for before; null: there is none */
export function recallModelAnswer(state: StatePort, callKey: string, promptSha256: string): Promise<unknown> {
  return state.call(
    'recall_model_answer',
    { p_call_key: callKey, p_prompt_sha256: promptSha256 },
    z.unknown(),
  );
}

/** Settles attempts whose process is gone at what was reserved for them. */
export function settleOrphanModelCalls(
  state: StatePort,
  olderSeconds: number,
): Promise<{ settled: number; microUsd: number }> {
  return state.call(
    'settle_orphan_model_calls',
    { p_older_seconds: olderSeconds },
    z.object({ settled: z.number().int(), microUsd: z.number() }),
  );
}

/** Forgets answers that nobody asks for again; their cost stays. @returns how many; `limit`: there may be more */
export async function dropModelAnswers(
  state: StatePort,
  olderSeconds: number,
  limit: number,
): Promise<number> {
  const { dropped } = await state.call(
    'drop_model_answers',
    { p_older_seconds: olderSeconds, p_limit: limit },
    z.object({ dropped: z.number().int() }),
  );
  return dropped;
}

const costs = z.object({
  /** Of an approach its id; null: for none in particular. */
  name: z.string().nullable(),
  calls: z.number().int(),
  inputTokens: z.number(),
  cacheWriteTokens: z.number(),
  cacheReadTokens: z.number(),
  outputTokens: z.number(),
  searches: z.number(),
  microUsd: z.number(),
});
export type ModelCosts = z.output<typeof costs>;

const costsAnswer = z.object({
  /** Null where nothing was asked yet. */
  total: costs.nullable(),
  bySteps: z.array(costs),
  byApproaches: z.array(costs),
  byModels: z.array(costs),
});
export type ModelCostReading = z.output<typeof costsAnswer>;

/** Where the money for language models went, dearest first. @param competitionId null: of the whole installation */
export function readModelCosts(state: StatePort, competitionId: string | null): Promise<ModelCostReading> {
  return state.call('read_model_costs', { p_competition_id: competitionId }, costsAnswer);
}

const budgetUse = z.object({
  /** `llm_day`, `llm_competition` or `llm:<competition id>`. */
  scope: z.string(),
  competitionId: z.uuid().nullable(),
  slug: z.string().nullable(),
  capMicroUsd: z.number(),
  usedMicroUsd: z.number(),
});
export type ModelBudgetUse = z.output<typeof budgetUse>;

/** Each cap on language models and how much of it is used, reservations included. */
export function readModelBudgets(state: StatePort): Promise<ModelBudgetUse[]> {
  return state.call('read_model_budgets', {}, z.array(budgetUse));
}
