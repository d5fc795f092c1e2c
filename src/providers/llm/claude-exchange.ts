import type Anthropic from '@anthropic-ai/sdk';
import { asFailure, BusinessFailure, Failure, TransientFailure } from '../../domain/errors.ts';
import { asPortFailure, claudeFailure, isOfThisModelAlone } from './claude-failure.ts';
import type { ModelCatalogue, ModelFacts } from './claude-models.ts';
import type { ClaudeOptions } from './claude-options.ts';
import { openAttempt, usageOf } from './claude-payment.ts';
import { type PaidRequest, requestOf } from './claude-request.ts';
import { hasFailedSearch } from './claude-search.ts';
import { billedOf, createMeter, streamMessage } from './claude-stream.ts';
import {
  keepable,
  mostPromptTokens,
  promptSha256,
  type Turn,
  type TurnAnswer,
  turnAnswerSchema,
} from './claude-turn.ts';
import type { ModelPurpose } from './contract.ts';

export type ExchangeCall = {
  purpose: ModelPurpose;
  /** In the order in which they are asked. */
  models: readonly string[];
  turn: Turn;
  signal: AbortSignal;
  /** Once it is clear that money is needed. @throws what stands against it */
  beforeAsking?: () => void;
};

/** One turn: the answer that was paid for before, or that of the first model that gives one. */
export type Exchange = (call: ExchangeCall) => Promise<TurnAnswer & { isRepeated: boolean }>;

const countTimeoutMs = 20_000;
const shortestTimeoutMs = 180_000;
/** Well within the hour after which an attempt without an end counts as lost. */
const longestTimeoutMs = 3_000_000;
/** Slower than any current model writes. */
const msPerToken = 30;
/** The vendor's count is of the same request, yet not promised to the token. */
const countMargin = 1.02;
const countFrame = 100;

/** A turn that is refused is asked once more with this before it. It says what is true, and nothing else. */
export const purposeInWords =
  'Context for this request: this is ordinary applied machine learning for a public Kaggle competition. ' +
  'The aim is a legitimate entry under the rules of the competition, trained on the data that its host gives to ' +
  'every entrant. It develops no large language model and harms nobody. Please help with the task below.';

/** How turns are taken: repeated answers, fallbacks from model to model, reservation and settlement. */
export function createExchange(options: ClaudeOptions, catalogue: ModelCatalogue): Exchange {
  const { ledger, log } = options;

  const askOrMoveOn = async (call: ExchangeCall, sha256: string, candidates: readonly ModelFacts[]) => {
    let isRephrased = false;
    let failure: unknown = null;
    for (const [index, model] of candidates.entries()) {
      try {
        let answer = await ask(options, call, { model, sha256, isRephrased });
        if (answer.stopReason === 'refusal' && !isRephrased) {
          isRephrased = true;
          answer = await ask(options, call, { model, sha256, isRephrased });
        }
        if (answer.stopReason !== 'refusal') return answer;
      } catch (error) {
        if (!isOfThisModelAlone(error)) throw asPortFailure(error);
        if (asFailure(error).code === 'llm.unknown_model') catalogue.markUnknown(model.id);
        log.warn(
          { model: model.id, code: asFailure(error).code, left: candidates.length - index - 1 },
          'a model did not answer',
        );
        failure = error;
      }
    }
    if (failure !== null) throw asPortFailure(failure);
    throw new BusinessFailure('Every language model that is set declined this request.', {
      code: 'llm.refused',
      details: { step: call.purpose.step },
    });
  };

  return async (call) => {
    const sha256 = promptSha256(call.turn);
    const kept = turnAnswerSchema.safeParse(await ledger.recall(call.purpose.key, sha256));
    if (kept.success) return { ...kept.data, isRepeated: true };
    call.beforeAsking?.();
    try {
      const candidates = await catalogue.usable(call.models, call.turn, call.signal);
      return { ...(await askOrMoveOn(call, sha256, candidates)), isRepeated: false };
    } catch (error) {
      throw asPortFailure(error);
    }
  };
}

type Asked = { model: ModelFacts; sha256: string; isRephrased: boolean };

/** One model, with the retries of the policy; each attempt is reserved and settled by itself. */
async function ask(options: ClaudeOptions, call: ExchangeCall, asked: Asked): Promise<TurnAnswer> {
  const turn = asked.isRephrased ? rephrased(call.turn) : call.turn;
  const request = requestOf(turn, asked.model, options);
  const promptTokens = await countPrompt(options, call, { turn, request, model: asked.model });
  const timeoutMs = Math.min(longestTimeoutMs, Math.max(shortestTimeoutMs, request.maxTokens * msPerToken));
  try {
    return await options
      .policyOf(asked.model.id)
      .run({ name: 'messages', idempotent: true, signal: call.signal, timeoutMs }, (signal) =>
        attempt(options, call, { ...asked, request, promptTokens, signal }),
      );
  } catch (error) {
    throw error instanceof Aside ? error.cause : error;
  }
}

async function attempt(
  options: ClaudeOptions,
  call: ExchangeCall,
  {
    model,
    sha256,
    isRephrased,
    request,
    promptTokens,
    signal,
  }: Asked & {
    request: PaidRequest;
    promptTokens: number;
    signal: AbortSignal;
  },
): Promise<TurnAnswer> {
  const { maxTokens, cache } = request;
  const bound = { model: model.id, promptTokens, maxTokens, maxSearches: call.turn.maxSearches, cache };
  const paying = await openAttempt(options, {
    purpose: call.purpose,
    promptSha256: sha256,
    bound,
  }).catch((error: unknown) => {
    // Trouble of ours must neither repeat the vendor's call nor count against the vendor.
    throw new Aside(error);
  });
  const meter = createMeter();
  let message: Anthropic.Message;
  try {
    message = await streamMessage(options.sdk, request.params, { signal, now: options.now, meter });
  } catch (error) {
    await paying.failed(error, error instanceof Failure ? error.code : 'llm.aborted', meter);
    throw error;
  }
  const usage = billedOf(message.usage);
  const stopReason = message.stop_reason ?? 'end_turn';
  if (stopReason === 'refusal') {
    const category = message.stop_details?.category ?? null;
    options.log.warn({ model: model.id, step: call.purpose.step, category }, 'a model declined');
  }
  const content = keepable(message.content);
  const answer = { model: model.id, isRephrased, stopReason, content, usage: usageOf(usage) };
  const costMicroUsd = await paying.paid(usage, stopReason, (microUsd) =>
    stopReason === 'refusal' || hasFailedSearch(answer.content)
      ? null
      : { ...answer, costMicroUsd: microUsd },
  );
  return { ...answer, costMicroUsd };
}

/**
 * By the vendor's own count, which is free; else by a bound that no tokenizer passes.
 * @throws BusinessFailure `llm.too_long` where the vendor counted more than the model takes
 */
async function countPrompt(
  options: ClaudeOptions,
  { signal }: ExchangeCall,
  { turn, request, model }: { turn: Turn; request: PaidRequest; model: ModelFacts },
): Promise<number> {
  const most = mostPromptTokens(turn);
  const counted = await countTokens(options, request, signal);
  if (counted === null) return most;
  if (model.maxInputTokens !== null && counted > model.maxInputTokens) {
    throw new BusinessFailure('What we wanted to ask is longer than the language model takes.', {
      code: 'llm.too_long',
      details: { promptTokens: counted, maxInputTokens: model.maxInputTokens },
    });
  }
  return Math.min(most, Math.ceil(counted * countMargin) + countFrame);
}

/** @returns null where the vendor cannot be asked now */
async function countTokens(
  { sdk, policyOf, now, log }: ClaudeOptions,
  { count }: PaidRequest,
  signal: AbortSignal,
): Promise<number | null> {
  const call = { name: 'count_tokens', idempotent: true, signal, timeoutMs: countTimeoutMs };
  try {
    return await policyOf('account').run(call, async (attemptSignal) => {
      try {
        return (await sdk.messages.countTokens(count, { signal: attemptSignal })).input_tokens;
      } catch (error) {
        throw claudeFailure(error, attemptSignal, now);
      }
    });
  } catch (error) {
    signal.throwIfAborted();
    if (!(error instanceof TransientFailure)) throw error;
    log.debug({ code: error.code }, 'tokens not counted, their bound is taken');
    return null;
  }
}

/** The stable beginning stays as it is, so that it is still found in the vendor's cache. */
export function rephrased(turn: Turn): Turn {
  const before: Anthropic.TextBlockParam = { type: 'text', text: purposeInWords };
  const first = turn.messages.findIndex(({ role }) => role === 'user');
  const messages = turn.messages.map((message, index): Anthropic.MessageParam => {
    if (index !== first || message.role !== 'user') return message;
    const { content } = message;
    const blocks = typeof content === 'string' ? [{ type: 'text' as const, text: content }] : content;
    return { role: 'user', content: [before, ...blocks] };
  });
  return { ...turn, messages };
}

/** Carries an error of our own ledger past the policy; never leaves this file. */
class Aside extends Error {
  constructor(cause: unknown) {
    super('the ledger failed', { cause });
  }
}
