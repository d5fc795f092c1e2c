import { setTimeout as wait } from 'node:timers/promises';
import { BusinessFailure } from '../../domain/errors.ts';
import { type BilledUsage, costMicroUsd, worstCaseMicroUsd } from '../../domain/model-prices.ts';
import { isSurelyFree } from './claude-failure.ts';
import type { ClaudeOptions } from './claude-options.ts';
import type { Meter } from './claude-stream.ts';
import { billedNothing } from './claude-turn.ts';
import type { ModelPurpose, ModelUsage } from './contract.ts';

/** What one attempt may cost at most. */
export type AttemptBound = {
  model: string;
  promptTokens: number;
  maxTokens: number;
  maxSearches: number;
  cache: 'none' | '5m' | '1h';
};

export type Attempt = {
  /** It went well. `answer` is kept for a repetition; null: not worth it. */
  paid(usage: BilledUsage, outcome: string, answerOf: (microUsd: number) => unknown): Promise<number>;
  /** It failed: what it may have cost by then is paid. */
  failed(error: unknown, code: string, meter: Meter): Promise<void>;
};

/**
 * Each search brings text that the model reads again at every later step of the same call; the vendor names no
 * bound, so this is an estimate on the high side.
 */
const tokensPerSearch = 10_000;
const settleWaitsMs = [0, 500, 2_000];

/**
 * Reserves the worst price of one attempt.
 * @throws BusinessFailure `llm.budget`, `llm.attempts`; what the ledger throws
 */
export async function openAttempt(
  options: ClaudeOptions,
  call: { purpose: ModelPurpose; promptSha256: string; bound: AttemptBound },
): Promise<Attempt> {
  const { ledger, log, onPaid } = options;
  const { purpose, promptSha256, bound } = call;
  const microUsd = worstOf(options, bound);
  const reservation = await ledger.reserve({ purpose, promptSha256, model: bound.model, microUsd });
  if (!reservation.granted) throw refusal(reservation, microUsd);
  const { attemptKey } = reservation;

  const settle = async (settled: {
    usage: ModelUsage;
    microUsd: number;
    answer: unknown;
    outcome: string;
  }) => {
    onPaid?.({ model: bound.model, step: purpose.step, ...settled });
    for (const waitMs of settleWaitsMs) {
      await wait(waitMs);
      try {
        return await ledger.settle({ attemptKey, ...settled });
      } catch (error) {
        // The answer is here, whatever happens to the ledger: what is not settled stays reserved, and is settled
        // at that amount later.
        log.warn({ attemptKey, error }, 'cost of a model call not written down yet');
      }
    }
  };

  return {
    async paid(usage, outcome, answerOf) {
      const cost = costMicroUsd(options.prices, bound.model, usage, options.now());
      await settle({ usage: usageOf(usage), microUsd: cost, answer: answerOf(cost), outcome });
      return cost;
    },
    async failed(error, code, meter) {
      const usage = mostUsed(bound, meter);
      const cost = isSurelyFree(error) ? 0 : mostSpent(options, bound, usage, microUsd);
      await settle({ usage: usageOf(usage ?? billedNothing()), microUsd: cost, answer: null, outcome: code });
    },
  };
}

/** The counters of the port. */
export function usageOf(usage: BilledUsage): ModelUsage {
  return {
    inputTokens: usage.inputTokens,
    cacheWriteTokens: usage.cacheWrite5mTokens + usage.cacheWrite1hTokens,
    cacheReadTokens: usage.cacheReadTokens,
    outputTokens: usage.outputTokens,
    searches: usage.searches,
  };
}

function worstOf({ prices, now }: ClaudeOptions, bound: AttemptBound): number {
  const { promptTokens, maxSearches, maxTokens, cache, model } = bound;
  // With n searches the prompt is read n + 1 times, the k-th result n + 1 - k times.
  const read = promptTokens * (maxSearches + 1) + (tokensPerSearch * maxSearches * (maxSearches + 1)) / 2;
  return worstCaseMicroUsd(
    prices,
    model,
    { promptTokens: read, maxOutputTokens: maxTokens, maxSearches, cache },
    now(),
  );
}

/**
 * What an attempt that broke off may have cost. Where a search was allowed, nothing below what was reserved bounds
 * it. Before the first event of a stream only the prompt can have been read.
 */
function mostSpent(
  { prices, now }: ClaudeOptions,
  bound: AttemptBound,
  usage: BilledUsage | null,
  reservedMicroUsd: number,
): number {
  if (bound.maxSearches > 0) return reservedMicroUsd;
  if (usage !== null) return costMicroUsd(prices, bound.model, usage, now());
  const { promptTokens, cache } = bound;
  const promptAlone = { promptTokens, maxOutputTokens: 0, maxSearches: 0, cache };
  return worstCaseMicroUsd(prices, bound.model, promptAlone, now());
}

/**
 * The vendor's own counters of the prompt, and of the answer what was seen: a token is at least a byte. Thinking is
 * not all shown. Null: no event came.
 */
function mostUsed(bound: AttemptBound, { usage, shownBytes, hasHidden }: Meter): BilledUsage | null {
  if (usage === null) return null;
  const seen = Math.max(usage.outputTokens, Math.min(shownBytes, bound.maxTokens));
  return { ...usage, outputTokens: hasHidden ? bound.maxTokens : seen };
}

function refusal(reservation: { cap: string; freeMicroUsd: number }, askedMicroUsd: number): BusinessFailure {
  const { cap, freeMicroUsd } = reservation;
  if (cap === 'attempts') {
    return new BusinessFailure(
      'The same question to a language model broke off too often; it is not paid again.',
      {
        code: 'llm.attempts',
      },
    );
  }
  return new BusinessFailure(
    `The cap on language models is reached (${cap}): ${usd(freeMicroUsd)} are free, and the next call may cost ${usd(askedMicroUsd)}.`,
    { code: 'llm.budget', details: { cap, freeMicroUsd, askedMicroUsd } },
  );
}

function usd(microUsd: number): string {
  return `$${(microUsd / 1_000_000).toFixed(2)}`;
}
