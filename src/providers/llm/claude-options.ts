import type Anthropic from '@anthropic-ai/sdk';
import type { Log } from '../../domain/log.ts';
import type { ModelPrices } from '../../domain/model-prices.ts';
import type { Policy } from '../policy.ts';
import type { Effort } from './claude-turn.ts';
import type { ModelLedger, ModelRole, ModelStep, ModelUsage } from './contract.ts';

/** One call of the vendor that was paid for. */
export type PaidCall = {
  model: string;
  step: ModelStep;
  usage: ModelUsage;
  microUsd: number;
  outcome: string;
};

export type ClaudeOptions = {
  sdk: Anthropic;
  /**
   * The one policy, with a breaker for each model (a model that is overloaded says nothing about the next) and one
   * for `account`: what is asked of no model. All share the limit on calls at once.
   */
  policyOf: (scope: string) => Policy;
  ledger: ModelLedger;
  /** By role: the first is asked, the others follow where it refuses, is overloaded or retired. */
  models: Readonly<Record<ModelRole, readonly string[]>>;
  /** Where a call names none; null: the model's own default. */
  effort: Readonly<Record<ModelRole, Effort | null>>;
  prices: ModelPrices;
  /** The first kept beginning of a prompt is kept for an hour instead of five minutes, at twice the price. */
  firstPartForAnHour: boolean;
  log: Log;
  now: () => Date;
  onPaid?: (call: PaidCall) => void;
};
