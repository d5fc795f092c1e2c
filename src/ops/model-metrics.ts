import { Counter, Gauge, type Registry } from 'prom-client';
import { microUsd } from '../domain/micro-usd.ts';
import type { MetricDescription } from './gauges.ts';

/** One call of a language model that was paid for. */
export type ObservedModelCall = {
  model: string;
  step: string;
  /** The vendor's word for how it ended, or the code of a failure. */
  outcome: string;
  usage: {
    inputTokens: number;
    cacheWriteTokens: number;
    cacheReadTokens: number;
    outputTokens: number;
    searches: number;
  };
  microUsd: number;
};

/** What this process spent on language models. */
export function createModelCounters(registry: Registry) {
  const list: MetricDescription[] = [];
  const counter = <T extends string>(name: string, labels: T[], help: string) => {
    list.push({ name, type: 'counter', help, labels });
    return new Counter<T>({ name, help, labelNames: labels, registers: [registry] });
  };
  const describeShare = {
    name: 'kaggle_agent_model_cache_hit_share',
    help: "Share of a model's prompt tokens that the vendor's cache gave, since this process began.",
    labels: ['model'],
  };
  list.push({ ...describeShare, type: 'gauge' });
  return {
    list,
    prompts: new Map<string, { read: number; all: number }>(),
    cacheHitShare: new Gauge({
      name: describeShare.name,
      help: describeShare.help,
      labelNames: describeShare.labels,
      registers: [registry],
    }),
    calls: counter(
      'kaggle_agent_model_calls_total',
      ['model', 'step', 'outcome'],
      'Calls of language models by what they were for and how they ended.',
    ),
    tokens: counter(
      'kaggle_agent_model_tokens_total',
      ['model', 'kind'],
      'Tokens of language models: input (uncached), cache_write, cache_read and output.',
    ),
    searches: counter(
      'kaggle_agent_model_searches_total',
      ['model'],
      'Searches of the web that language models made.',
    ),
    dollars: counter(
      'kaggle_agent_model_spent_dollars_total',
      ['model', 'step'],
      'Spent on language models in US dollars, at the prices that are set.',
    ),
  };
}

export function countModelCall(
  counters: ReturnType<typeof createModelCounters>,
  { model, step, outcome, usage, microUsd: cost }: ObservedModelCall,
): void {
  counters.calls.inc({ model, step, outcome });
  counters.tokens.inc({ model, kind: 'input' }, usage.inputTokens);
  counters.tokens.inc({ model, kind: 'cache_write' }, usage.cacheWriteTokens);
  counters.tokens.inc({ model, kind: 'cache_read' }, usage.cacheReadTokens);
  counters.tokens.inc({ model, kind: 'output' }, usage.outputTokens);
  countPrompt(counters, model, usage);
  if (usage.searches > 0) counters.searches.inc({ model }, usage.searches);
  counters.dollars.inc({ model, step }, cost / microUsd);
}

function countPrompt(
  { prompts, cacheHitShare }: ReturnType<typeof createModelCounters>,
  model: string,
  { inputTokens, cacheWriteTokens, cacheReadTokens }: ObservedModelCall['usage'],
): void {
  const before = prompts.get(model) ?? { read: 0, all: 0 };
  const read = before.read + cacheReadTokens;
  const all = before.all + inputTokens + cacheWriteTokens + cacheReadTokens;
  prompts.set(model, { read, all });
  if (all > 0) cacheHitShare.set({ model }, read / all);
}
