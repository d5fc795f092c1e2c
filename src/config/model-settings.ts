import { modelPrices } from './model-prices.ts';
import { machineSetting, optionalSetting, setting } from './setting.ts';
import { choice, httpUrl, nameList, secret } from './value-schemas.ts';

const modelForm = /^[a-z0-9][a-z0-9.:@_-]{1,99}$/i;
const modelMessage = 'be names of models separated by commas, such as claude-opus-5-5,claude-sonnet-5-5';
const efforts = ['default', 'low', 'medium', 'high'] as const;

export const models = {
  claudeKey: optionalSetting({
    env: 'ANTHROPIC_API_KEY',
    schema: secret(),
    isSecret: true,
    example: 'sk-ant-…',
    description: 'Key of the Claude API, from platform.claude.com.',
    switchesOn: 'Claude plans, writes and mends code, within KAGGLE_AGENT_LLM_USD_PER_DAY.',
  }),
  claudeUrl: setting({
    env: 'ANTHROPIC_BASE_URL',
    schema: httpUrl(),
    default: 'https://api.anthropic.com',
    example: 'https://api.anthropic.com',
    description: 'Where the Claude API is called, without /v1.',
  }),
  strong: setting({
    env: 'KAGGLE_AGENT_MODEL_STRONG',
    schema: atLeastOne(),
    default: 'claude-opus-5-5,claude-sonnet-5-5',
    example: 'claude-sonnet-5-5,claude-opus-5-5',
    description:
      'Models for plans and code. The first is asked; the others follow where it declines, is overloaded or retired.',
  }),
  cheap: setting({
    env: 'KAGGLE_AGENT_MODEL_CHEAP',
    schema: atLeastOne(),
    default: 'claude-haiku-5-5,claude-sonnet-5-5',
    example: 'claude-haiku-5-5',
    description: 'Models for summaries and checks; the others follow as above.',
  }),
  strongEffort: setting({
    env: 'KAGGLE_AGENT_MODEL_STRONG_EFFORT',
    schema: choice(efforts),
    default: 'medium',
    example: 'high',
    description: 'How much the models for plans and code think: low, medium, high, or their own default.',
  }),
  cheapEffort: setting({
    env: 'KAGGLE_AGENT_MODEL_CHEAP_EFFORT',
    schema: choice(efforts),
    default: 'low',
    example: 'medium',
    description: 'The same for the models for summaries and checks.',
  }),
  promptCache: setting({
    env: 'KAGGLE_AGENT_MODEL_PROMPT_CACHE',
    schema: choice(['5m', '1h']),
    default: '5m',
    example: '1h',
    description:
      'How long the vendor keeps the first part of a prompt for the next call. An hour costs more to write and pays where calls lie further apart than five minutes.',
  }),
  prices: machineSetting({
    env: 'KAGGLE_AGENT_MODEL_PRICES',
    schema: modelPrices(),
    default: () => '',
    defaultText: 'the list prices of 2026-10',
    example:
      '{"searchUsdPerThousand":10,"models":[{"model":"claude-opus-5-5","effectiveFrom":"2026-09-22","tiers":[{"upToPromptTokens":null,"input":4,"output":20,"cacheWrite5m":5,"cacheWrite1h":8,"cacheRead":0.2}]}]}',
    description:
      'Prices in US dollars per million tokens, as JSON: replaces the built-in list for the models that it names. A model without a price is reckoned at the dearest of all.',
  }),
};

function atLeastOne() {
  return nameList(modelForm, modelMessage).refine((names) => names.length > 0, modelMessage);
}
