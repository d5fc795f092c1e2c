import { listPrices } from '../../../src/config/model-prices.ts';
import { createSecret } from '../../../src/config/secret.ts';
import { createLocalSemaphore } from '../../../src/infra/semaphore.ts';
import { createClaude } from '../../../src/providers/llm/claude.ts';
import type { ClaudeOptions } from '../../../src/providers/llm/claude-options.ts';
import { createClaudeSdk } from '../../../src/providers/llm/claude-sdk.ts';
import type { LanguageModel, ModelCall, ModelLedger } from '../../../src/providers/llm/contract.ts';
import { createPolicy, type Policy } from '../../../src/providers/policy.ts';
import { silentLog } from '../silent-log.ts';
import { createMemoryLedger, type LedgerRow } from './memory-ledger.ts';
import type { Script } from './script.ts';
import { type ClaudeEmulator, type ClaudeEmulatorOptions, startClaude } from './start-claude.ts';

/** The real SDK through our provider, against the emulator. Retries come without waiting. */
export function claudeAt(
  emulator: Pick<ClaudeEmulator, 'url' | 'apiKey'>,
  changes: Partial<Omit<ClaudeOptions, 'sdk'>> & { ledger: ModelLedger; stallMs?: number; apiKey?: string },
): LanguageModel {
  const { stallMs = 20_000, apiKey = emulator.apiKey, ...options } = changes;
  return createClaude({
    sdk: createClaudeSdk({
      apiKey: createSecret(apiKey),
      baseUrl: emulator.url,
      fetch,
      timeoutMs: 60_000,
      stallMs,
    }),
    policyOf: quickPolicies(),
    models: {
      strong: ['claude-opus-5-5', 'claude-sonnet-5-5'],
      cheap: ['claude-haiku-5-5', 'claude-sonnet-5-5'],
    },
    effort: { strong: null, cheap: null },
    prices: listPrices,
    firstPartForAnHour: false,
    log: silentLog,
    now: () => new Date(),
    ...options,
  });
}

/** An emulator whose model is played by the script, a Claude on it and the ledger that it pays from. */
export async function startScriptedClaude(
  script: Script,
  options: Partial<Omit<ClaudeOptions, 'sdk' | 'ledger'>> & {
    emulator?: ClaudeEmulatorOptions;
    capMicroUsd?: number;
    stallMs?: number;
  } = {},
): Promise<{ emulator: ClaudeEmulator; model: LanguageModel; rows: LedgerRow[] }> {
  const { emulator: emulated, capMicroUsd, ...rest } = options;
  const emulator = await startClaude({ ...emulated, script });
  const ledger = createMemoryLedger(capMicroUsd);
  return { emulator, model: claudeAt(emulator, { ledger, ...rest }), rows: ledger.rows };
}

/** The one policy with all its rules, and hardly a wait between attempts. */
export function quickPolicies(limit = createLocalSemaphore(5)): (scope: string) => Policy {
  const made = new Map<string, Policy>();
  return (scope) => {
    const policy =
      made.get(scope) ??
      createPolicy({
        vendor: 'claude',
        limit,
        timeoutMs: 30_000,
        now: () => new Date(),
        random: () => 0.5,
        backoff: { firstMs: 1, longestMs: 2_000, jitter: 0.1 },
      });
    made.set(scope, policy);
    return policy;
  };
}

let calls = 0;

/** A call that differs from every other one by its key. */
export function aCall(changes: Partial<ModelCall> & { step?: ModelCall['purpose']['step'] } = {}): ModelCall {
  calls += 1;
  const { step = 'plan', ...rest } = changes;
  return {
    purpose: { step, competitionId: null, approachId: null, key: `test:${calls}` },
    role: 'strong',
    system: [{ text: 'You are a careful data scientist.', cacheUpToHere: true }],
    messages: [{ role: 'user', text: 'Name one model for tabular data.' }],
    maxTokens: 2_000,
    ...rest,
  };
}
