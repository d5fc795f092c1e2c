export type ListedModel = {
  id: string;
  lifecycle: 'active' | 'deprecated' | 'retired';
  maxTokens: number;
  efforts: readonly string[];
  /** Shorter beginnings are not cached. */
  leastCachedTokens: number;
  /** Thinking cannot be switched, tools cannot be forced, answers cannot be begun. */
  isCurrent: boolean;
  givesJson: boolean;
};

const allEfforts = ['low', 'medium', 'high', 'xhigh', 'max'];

function model(id: string, changes: Partial<ListedModel> = {}): ListedModel {
  return {
    id,
    lifecycle: 'active',
    maxTokens: 128_000,
    efforts: allEfforts,
    leastCachedTokens: 1_024,
    isCurrent: true,
    givesJson: true,
    ...changes,
  };
}

/** As the vendor lists them, the newest first. Source: contract of Claude, sections 3.4, 3.11 and 4 */
export const listedModels: readonly ListedModel[] = [
  model('claude-haiku-5-5'),
  model('claude-sonnet-5-5'),
  model('claude-opus-5-5'),
  model('claude-fable-5-1'),
  model('claude-opus-5', { leastCachedTokens: 512, isCurrent: false }),
  model('claude-sonnet-5', { lifecycle: 'deprecated', maxTokens: 64_000, isCurrent: false }),
  model('claude-opus-4-5', { lifecycle: 'retired', maxTokens: 32_000, efforts: [], isCurrent: false }),
];

/** The vendor's form of one. */
export function modelInfo(one: ListedModel): Record<string, unknown> {
  const supported = (value: boolean) => ({ supported: value });
  return {
    type: 'model',
    id: one.id,
    display_name: one.id,
    created_at: '2026-09-22T00:00:00Z',
    lifecycle: one.lifecycle,
    deprecated_at: one.lifecycle === 'active' ? null : '2026-06-01T00:00:00Z',
    retires_at: one.lifecycle === 'active' ? null : '2026-11-30T00:00:00Z',
    max_input_tokens: 1_000_000,
    max_tokens: one.maxTokens,
    capabilities: {
      batch: supported(true),
      citations: supported(true),
      code_execution: supported(true),
      effort: {
        supported: one.efforts.length > 0,
        ...Object.fromEntries(allEfforts.map((level) => [level, supported(one.efforts.includes(level))])),
      },
      image_input: supported(true),
      pdf_input: supported(true),
      server_tools: { supported: true, web_search: supported(true), code_execution: supported(true) },
      structured_outputs: supported(one.givesJson),
      thinking: supported(true),
    },
  };
}
