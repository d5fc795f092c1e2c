import type { ConfigurationFailure } from '../../domain/errors.ts';
import { type AccountState, createAccountState } from './claude-account.ts';
import { decideWhole, jsonSchemaOf } from './claude-decide.ts';
import { createExchange, type Exchange, type ExchangeCall } from './claude-exchange.ts';
import { asPortFailure } from './claude-failure.ts';
import { createModelCatalogue } from './claude-models.ts';
import type { ClaudeOptions } from './claude-options.ts';
import { citationsOf, refuseFailedSearch, searchErrorsOf } from './claude-search.ts';
import type { Turn } from './claude-turn.ts';
import { type WholeAnswer, writeWhole } from './claude-write.ts';
import type { LanguageModel, ModelAnswer, ModelCall, ModelUsage } from './contract.ts';

/** The port, and what `doctor` and the health checks ask. */
export type Claude = LanguageModel & {
  /** What stands against asking, as far as the last calls told; null where nothing does. */
  trouble(): ConfigurationFailure | null;
  /** Another key is set: what was said of the one before holds no more. */
  forgetTrouble(): void;
  /** Asks for the list of models, which costs nothing. @throws ConfigurationFailure, TransientFailure `llm.*` */
  check(options: { signal: AbortSignal }): Promise<void>;
};

/** Claude behind the port. */
export function createClaude(options: ClaudeOptions): Claude {
  const { sdk, policyOf, log, now } = options;
  const catalogue = createModelCatalogue({ sdk, policy: policyOf('account'), log, now });
  const account = createAccountState(now);
  const exchange = heeding(account, createExchange(options, catalogue));

  const callOf = (
    { purpose, role, ...call }: ModelCall,
    wanted: Pick<Turn, 'kind' | 'schema' | 'maxSearches'>,
    signal: AbortSignal,
  ): ExchangeCall => ({
    purpose,
    models: options.models[role],
    signal,
    turn: {
      system: call.system,
      messages: call.messages.map(({ role: speaker, text }) => ({ role: speaker, content: text })),
      maxTokens: call.maxTokens,
      effort: call.effort ?? options.effort[role],
      ...wanted,
    },
  });

  return {
    name: 'claude',
    trouble: account.trouble,
    forgetTrouble: account.answered,
    async check({ signal }) {
      try {
        await catalogue.refresh(signal);
      } catch (error) {
        account.note(error);
        throw asPortFailure(error);
      }
      // Of money only a call that is paid tells.
      if (account.trouble()?.code === 'llm.key_refused') account.answered();
    },
    async write(call, { signal }) {
      const wanted = { kind: 'write', schema: null, maxSearches: 0 } as const;
      return answerOf(await writeWhole(exchange, callOf(call, wanted, signal)));
    },
    async decide({ schema, ...call }, { signal }) {
      const wanted = { kind: 'decide', schema: jsonSchemaOf(schema), maxSearches: 0 } as const;
      const whole = await decideWhole(exchange, callOf(call, wanted, signal), schema);
      return { ...answerOf(whole), value: whole.value };
    },
    async search({ maxSearches, ...call }, { signal }) {
      const wanted = { kind: 'search', schema: null, maxSearches: Math.max(1, maxSearches) } as const;
      const whole = await writeWhole(exchange, callOf(call, wanted, signal));
      const content = whole.turns.flatMap((turn) => turn.content);
      refuseFailedSearch(content);
      const errors = searchErrorsOf(content);
      if (errors.length > 0) log.warn({ errors, key: call.purpose.key }, 'some web searches failed');
      return { ...answerOf(whole), citations: citationsOf(content) };
    },
  };
}

/** While the account is known to have nothing left, only answers that were paid for come back. */
function heeding(account: AccountState, exchange: Exchange): Exchange {
  return async (call) => {
    try {
      const answer = await exchange({ ...call, beforeAsking: () => account.refuseWhileKnown() });
      if (!answer.isRepeated) account.answered();
      return answer;
    } catch (error) {
      account.note(error);
      throw error;
    }
  };
}

function answerOf({ text, turns }: WholeAnswer): ModelAnswer {
  const sum = (read: (usage: ModelUsage) => number) =>
    turns.reduce((total, { usage }) => total + read(usage), 0);
  return {
    text,
    model: turns.at(-1)?.model ?? '',
    usage: {
      inputTokens: sum((usage) => usage.inputTokens),
      cacheWriteTokens: sum((usage) => usage.cacheWriteTokens),
      cacheReadTokens: sum((usage) => usage.cacheReadTokens),
      outputTokens: sum((usage) => usage.outputTokens),
      searches: sum((usage) => usage.searches),
    },
    costMicroUsd: turns.reduce((total, turn) => total + turn.costMicroUsd, 0),
    isRepeated: turns.every((turn) => turn.isRepeated),
  };
}
