import type Anthropic from '@anthropic-ai/sdk';
import { clampTurn, type ModelFacts } from './claude-models.ts';
import { systemOf, type Turn } from './claude-turn.ts';

export type PaidRequest = {
  params: Anthropic.MessageStreamParams;
  /** The same as the vendor counts its tokens. */
  count: Anthropic.MessageCountTokensParams;
  maxTokens: number;
  /** What of the prompt is written to the vendor's cache. */
  cache: 'none' | '5m' | '1h';
};

/** A turn as one model is asked it. Nothing here differs between two calls with the same beginning. */
export function requestOf(
  turn: Turn,
  model: ModelFacts,
  options: { firstPartForAnHour: boolean },
): PaidRequest {
  const { maxTokens, effort } = clampTurn(turn, model);
  const system = systemOf(turn.system, options);
  const output: Anthropic.OutputConfig = {
    ...(effort === null ? {} : { effort }),
    ...(turn.schema === null ? {} : { format: { type: 'json_schema', schema: turn.schema } }),
  };
  const tool: Anthropic.WebSearchTool20260318 = {
    type: 'web_search_20260318',
    name: 'web_search',
    max_uses: turn.maxSearches,
  };
  const count = {
    model: model.id,
    ...(turn.maxSearches === 0 ? {} : { tools: [tool] }),
    ...(system.length === 0 ? {} : { system }),
    messages: [...turn.messages],
    ...(Object.keys(output).length === 0 ? {} : { output_config: output }),
  };
  return { maxTokens, cache: cacheOf(system), params: { ...count, max_tokens: maxTokens }, count };
}

function cacheOf(system: readonly Anthropic.TextBlockParam[]): PaidRequest['cache'] {
  const marks = system.flatMap(({ cache_control }) => (cache_control == null ? [] : [cache_control.ttl]));
  if (marks.length === 0) return 'none';
  return marks.includes('1h') ? '1h' : '5m';
}
