import { z } from 'zod';

const dollars = z.number().nonnegative().max(100_000);

/** US dollars per million tokens, which is micro-dollars per token. */
const tierSchema = z.strictObject({
  /** The prices hold for prompts up to this many tokens, cached ones included; null: for every longer one. */
  upToPromptTokens: z.number().int().positive().nullable(),
  input: dollars,
  output: dollars,
  cacheWrite5m: dollars,
  cacheWrite1h: dollars,
  cacheRead: dollars,
});

/** What language models cost, as a setting gives it: several rows of one model follow each other in time. */
export const modelPricesSchema = z.strictObject({
  searchUsdPerThousand: dollars,
  models: z
    .array(
      z.strictObject({
        model: z.string().min(1),
        /** First day (UTC) on which they hold, `YYYY-MM-DD`. */
        effectiveFrom: z.iso.date(),
        /** By rising size of the prompt; the last one has no bound. */
        tiers: z
          .array(tierSchema)
          .min(1)
          .refine(isRising, 'tiers must rise, and the last one must have upToPromptTokens null'),
      }),
    )
    .min(1),
});
export type ModelPrices = z.output<typeof modelPricesSchema>;
type Tier = z.output<typeof tierSchema>;

/** Tokens as they are billed. */
export type BilledUsage = {
  inputTokens: number;
  cacheWrite5mTokens: number;
  cacheWrite1hTokens: number;
  cacheReadTokens: number;
  outputTokens: number;
  searches: number;
};

export type ModelBound = {
  /** The most that the prompt can be counted as. */
  promptTokens: number;
  maxOutputTokens: number;
  maxSearches: number;
  /** What parts of the prompt may be written to, and for how long it is kept. */
  cache: 'none' | '5m' | '1h';
};

/** Where floating point ends a hair above a whole number. */
const hair = 1e-6;

/**
 * Price of a call in whole micro-dollars, rounded up.
 * @param at the prices of that day (UTC) hold
 */
export function costMicroUsd(prices: ModelPrices, model: string, usage: BilledUsage, at: Date): number {
  const promptTokens =
    usage.inputTokens + usage.cacheWrite5mTokens + usage.cacheWrite1hTokens + usage.cacheReadTokens;
  return whole(
    Math.max(
      ...tierListsOf(prices, model, at).map((tiers) => {
        const tier = tierFor(tiers, promptTokens);
        return (
          usage.inputTokens * tier.input +
          usage.cacheWrite5mTokens * tier.cacheWrite5m +
          usage.cacheWrite1hTokens * tier.cacheWrite1h +
          usage.cacheReadTokens * tier.cacheRead +
          usage.outputTokens * tier.output
        );
      }),
    ) + searchCost(prices, usage.searches),
  );
}

/** No usage within the bound costs more, in whole micro-dollars. */
export function worstCaseMicroUsd(prices: ModelPrices, model: string, bound: ModelBound, at: Date): number {
  const dearest = Math.max(
    ...tierListsOf(prices, model, at)
      .flatMap((tiers) => reachable(tiers, bound.promptTokens))
      .map((tier) => bound.promptTokens * dearestInput(tier, bound) + bound.maxOutputTokens * tier.output),
  );
  return whole(dearest + searchCost(prices, bound.maxSearches));
}

/** True where the prices name the model; another one is reckoned at the dearest of all. */
export function isPriced(prices: ModelPrices, model: string, at: Date): boolean {
  return rowsOf(prices, model, at).length > 0;
}

function dearestInput(tier: Tier, { cache }: ModelBound): number {
  const rates = [tier.input, tier.cacheRead];
  if (cache !== 'none') rates.push(tier.cacheWrite5m);
  if (cache === '1h') rates.push(tier.cacheWrite1h);
  return Math.max(...rates);
}

/** Tiers of the model; of all models that are priced by then where it is unknown. */
function tierListsOf(prices: ModelPrices, model: string, at: Date): Tier[][] {
  const [newest] = rowsOf(prices, model, at);
  if (newest !== undefined) return [newest.tiers];
  return prices.models.map(({ tiers }) => tiers);
}

/** Newest first. A dated id (`…-20251001`) has the prices of its family. */
function rowsOf(prices: ModelPrices, model: string, at: Date): ModelPrices['models'] {
  const day = at.toISOString().slice(0, 10);
  const family = model.replace(/-\d{8}$/, '');
  const named = prices.models.some((row) => row.model === model) ? model : family;
  return prices.models
    .filter((row) => row.model === named && row.effectiveFrom <= day)
    .sort((a, b) => b.effectiveFrom.localeCompare(a.effectiveFrom));
}

function tierFor(tiers: readonly Tier[], promptTokens: number): Tier {
  const found = tiers.find((tier) => tier.upToPromptTokens === null || promptTokens <= tier.upToPromptTokens);
  if (found === undefined) throw new Error('unreachable: the last tier has no bound');
  return found;
}

function reachable(tiers: readonly Tier[], promptTokens: number): Tier[] {
  const last = tiers.indexOf(tierFor(tiers, promptTokens));
  return tiers.slice(0, last + 1);
}

function isRising(tiers: readonly Tier[]): boolean {
  return tiers.every(({ upToPromptTokens: bound }, index) => {
    if (index === tiers.length - 1) return bound === null;
    const previous = tiers[index - 1]?.upToPromptTokens ?? 0;
    return bound !== null && bound > previous;
  });
}

function searchCost(prices: ModelPrices, searches: number): number {
  return searches * prices.searchUsdPerThousand * 1_000;
}

function whole(microUsd: number): number {
  return Math.ceil(microUsd - hair);
}
