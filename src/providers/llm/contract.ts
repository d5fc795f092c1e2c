import type { z } from 'zod';

/** Who does it: `strong` plans and writes code, `cheap` sums up and checks. The models are configured. */
export const modelRoles = ['strong', 'cheap'] as const;
export type ModelRole = (typeof modelRoles)[number];

/** What language models are used for; the ledger is kept by it. */
export const modelSteps = ['research', 'distil', 'plan', 'code', 'debug', 'review', 'summarise'] as const;
export type ModelStep = (typeof modelSteps)[number];

/** Whose work it is: the ledger's columns. */
export type ModelPurpose = {
  step: ModelStep;
  /** Null for what serves no single competition. */
  competitionId: string | null;
  /** The node it is for. */
  approachId: string | null;
  /**
   * Ours, unique to the answer that is wanted. The same key with the same prompt gives the answer that was paid for
   * before, without a call: so a job that died in the middle repeats no spending.
   */
  key: string;
};

/** A piece of the stable beginning of a prompt. Whatever changes from call to call stands in the messages. */
export type PromptPart = {
  text: string;
  /** What follows may differ; all up to here is kept by the vendor for calls that begin alike. */
  cacheUpToHere: boolean;
};

export type ModelMessage = { role: 'user' | 'assistant'; text: string };

export type ModelCall = {
  purpose: ModelPurpose;
  role: ModelRole;
  /** At most four of them end a cached beginning. */
  system: readonly PromptPart[];
  messages: readonly ModelMessage[];
  /** For thinking and answer together; brought down to what the model allows. */
  maxTokens: number;
  effort?: 'low' | 'medium' | 'high';
};

/** Tokens as the vendor counts them. */
export type ModelUsage = {
  inputTokens: number;
  cacheWriteTokens: number;
  cacheReadTokens: number;
  outputTokens: number;
  searches: number;
};

export type ModelAnswer = {
  text: string;
  /** Id of the model that answered: a refused or overloaded one is followed by the next. */
  model: string;
  usage: ModelUsage;
  costMicroUsd: number;
  /** Paid for before, under the same key. */
  isRepeated: boolean;
};

export type WebCitation = {
  title: string;
  url: string;
  /** Of the page. */
  quote: string | null;
  /** The pieces of the answer's text that rest on it. */
  said: readonly string[];
};

/**
 * A language model. Every call is reserved in the ledger at its worst price before it is made, and settled by what
 * the vendor counted.
 *
 * All three throw: BusinessFailure `llm.budget` (a cap is reached), `llm.attempts` (the same question broke off too
 * often), `llm.refused` (every model in turn declined), `llm.truncated` (too long also when continued),
 * `llm.unreadable` (structured answer in no usable shape), `llm.too_long` (the question); ConfigurationFailure
 * `llm.key_refused`, `llm.not_permitted`, `llm.spend_limit` (the account's own), `llm.unknown_model`; SystemFailure
 * `llm.bad_request`; TransientFailure `llm.*` after the retries of the one policy.
 */
export type LanguageModel = {
  /** For people and rows, e.g. `claude`. */
  name: string;
  /** Text, such as code in fenced blocks. A truncated answer is continued. */
  write(call: ModelCall, options: { signal: AbortSignal }): Promise<ModelAnswer>;
  /** A verdict or plan in a given shape. */
  decide<T extends z.ZodType>(
    call: ModelCall & { schema: T },
    options: { signal: AbortSignal },
  ): Promise<ModelAnswer & { value: z.output<T> }>;
  /** Text with sources from the web. */
  search(
    call: ModelCall & { maxSearches: number },
    options: { signal: AbortSignal },
  ): Promise<ModelAnswer & { citations: WebCitation[] }>;
};

export type ModelReservation = { granted: true } | { granted: false; cap: string; freeMicroUsd: number };

/** Where calls are paid from; the composition root binds it to the state. */
export type ModelLedger = {
  /** The stored answer of an earlier call with this key and prompt; null: it has to be made. */
  recall(key: string, promptSha256: string): Promise<unknown>;
  reserve(call: {
    purpose: ModelPurpose;
    promptSha256: string;
    model: string;
    microUsd: number;
  }): Promise<ModelReservation & { attemptKey: string }>;
  /** Replaces the reservation; `answer` is kept for `recall`, null where there was none. */
  settle(settled: {
    attemptKey: string;
    usage: ModelUsage;
    microUsd: number;
    answer: unknown;
    /** `end_turn`, `refusal`, `max_tokens`, or the failure's code. */
    outcome: string;
  }): Promise<void>;
};
