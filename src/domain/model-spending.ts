import { microUsd } from './micro-usd.ts';

/** What calls of language models used and cost. */
export type ModelFigures = {
  calls: number;
  /** Not from the vendor's cache. */
  inputTokens: number;
  cacheWriteTokens: number;
  cacheReadTokens: number;
  outputTokens: number;
  searches: number;
  /** Open calls count at what is reserved for them. */
  microUsd: number;
};

type NamedFigures = ModelFigures & { name: string | null };

/** Where the money for language models went, as it is stored. */
export type ModelCostFigures = {
  total: ModelFigures | null;
  bySteps: readonly NamedFigures[];
  byModels: readonly NamedFigures[];
};

export type SpendingLine = {
  name: string;
  calls: number;
  usd: number;
  /** Share of the prompts' tokens that the vendor's cache gave, 0 to 1; null where nothing was sent. */
  cacheShare: number | null;
};

/** The spending on language models as people see it. */
export type ModelSpending = SpendingLine & {
  /** Of prompts, cached or not. */
  promptTokens: number;
  outputTokens: number;
  searches: number;
  /** Dearest first. */
  bySteps: readonly SpendingLine[];
  byModels: readonly SpendingLine[];
};

/** @returns null where no language model was asked yet */
export function spendingOf({ total, bySteps, byModels }: ModelCostFigures): ModelSpending | null {
  if (total === null || total.calls === 0) return null;
  return {
    ...lineOf({ ...total, name: 'total' }),
    promptTokens: promptTokens(total),
    outputTokens: total.outputTokens,
    searches: total.searches,
    bySteps: bySteps.map(lineOf),
    byModels: byModels.map(lineOf),
  };
}

function lineOf(figures: NamedFigures): SpendingLine {
  const { name, calls, cacheReadTokens, microUsd: cost } = figures;
  const prompt = promptTokens(figures);
  return {
    name: name ?? '',
    calls,
    usd: cost / microUsd,
    cacheShare: prompt === 0 ? null : cacheReadTokens / prompt,
  };
}

function promptTokens({ inputTokens, cacheWriteTokens, cacheReadTokens }: ModelFigures): number {
  return inputTokens + cacheWriteTokens + cacheReadTokens;
}
