import { z } from 'zod';
import { type ModelPrices, modelPricesSchema } from '../domain/model-prices.ts';

type Tier = ModelPrices['models'][number]['tiers'][number];

/** US dollars per million tokens: input, output, cache written for 5 minutes and for 1 hour, cache read. */
function tier(
  prices: readonly [number, number, number, number, number],
  upToPromptTokens: number | null = null,
): Tier {
  const [input, output, cacheWrite5m, cacheWrite1h, cacheRead] = prices;
  return { upToPromptTokens, input, output, cacheWrite5m, cacheWrite1h, cacheRead };
}

/**
 * List prices, where no setting says otherwise. Where sources differ, the dearer one.
 * Source: platform.claude.com, model pages and pricing, 2026-09 and 2026-10
 */
export const listPrices: ModelPrices = {
  searchUsdPerThousand: 10,
  models: [
    { model: 'claude-opus-5-5', effectiveFrom: '2026-09-22', tiers: [tier([4, 20, 5, 8, 0.2])] },
    { model: 'claude-sonnet-5-5', effectiveFrom: '2026-09-28', tiers: [tier([2, 10, 2.5, 4, 0.2])] },
    {
      model: 'claude-haiku-5-5',
      effectiveFrom: '2026-10-07',
      tiers: [tier([0.1, 0.5, 0.125, 0.2, 0.01], 100_000), tier([0.5, 2.5, 0.625, 1, 0.05])],
    },
    { model: 'claude-fable-5-1', effectiveFrom: '2026-01-01', tiers: [tier([10, 50, 12.5, 20, 0.25])] },
    { model: 'claude-fable-5-2', effectiveFrom: '2026-01-01', tiers: [tier([10, 50, 12.5, 20, 0.25])] },
    { model: 'claude-opus-5', effectiveFrom: '2026-01-01', tiers: [tier([5, 25, 6.25, 10, 0.5])] },
    { model: 'claude-sonnet-5', effectiveFrom: '2026-01-01', tiers: [tier([2, 10, 2.5, 4, 0.2])] },
  ],
};

/** JSON in the form of `modelPricesSchema`; its rows come before those of the list, which still price other models. */
export function modelPrices(): z.ZodType<ModelPrices> {
  const message = 'be JSON with searchUsdPerThousand and models (model, effectiveFrom, tiers)';
  return z.string().transform((text, check) => {
    if (text.trim() === '') return listPrices;
    const parsed = modelPricesSchema.safeParse(jsonOf(text));
    if (parsed.success) return { ...parsed.data, models: withList(parsed.data.models) };
    const issue = parsed.error.issues[0];
    const where = issue === undefined || issue.path.length === 0 ? '' : `; wrong at ${issue.path.join('.')}`;
    check.addIssue({ code: 'custom', message: `${message}${where}` });
    return z.NEVER;
  });
}

function withList(models: ModelPrices['models']): ModelPrices['models'] {
  const named = new Set(models.map(({ model }) => model));
  return [...models, ...listPrices.models.filter(({ model }) => !named.has(model))];
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
