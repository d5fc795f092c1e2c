import { listPrices } from '../../../src/config/model-prices.ts';
import { type BilledUsage, costMicroUsd } from '../../../src/domain/model-prices.ts';
import type { BilledMessage } from './start-claude.ts';

/** What the vendor asks for it, at list prices, in micro-dollars. */
export function billOf(billed: readonly BilledMessage[]): number {
  return billed.reduce((sum, { model, usage }) => sum + priceOf(model, usedOf(usage)), 0);
}

/** The same prompts and answers, had the vendor kept no beginnings. */
export function billWithoutCache(billed: readonly BilledMessage[]): number {
  return billed.reduce((sum, { model, usage }) => {
    const { inputTokens, cacheWrite5mTokens, cacheWrite1hTokens, cacheReadTokens, ...rest } = usedOf(usage);
    const whole = inputTokens + cacheWrite5mTokens + cacheWrite1hTokens + cacheReadTokens;
    const none = { cacheWrite5mTokens: 0, cacheWrite1hTokens: 0, cacheReadTokens: 0 };
    return sum + priceOf(model, { ...rest, ...none, inputTokens: whole });
  }, 0);
}

function priceOf(model: string, usage: BilledUsage): number {
  return costMicroUsd(listPrices, model, usage, new Date());
}

function usedOf(usage: BilledMessage['usage']): BilledUsage {
  return {
    inputTokens: usage.input_tokens,
    cacheWrite5mTokens: usage.cache_creation.ephemeral_5m_input_tokens,
    cacheWrite1hTokens: usage.cache_creation.ephemeral_1h_input_tokens,
    cacheReadTokens: usage.cache_read_input_tokens,
    outputTokens: usage.output_tokens,
    searches: usage.server_tool_use?.web_search_requests ?? 0,
  };
}
