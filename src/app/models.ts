import type { Config } from '../config/load.ts';
import type { Log } from '../domain/log.ts';
import type { Semaphore } from '../infra/semaphore.ts';
import type { Metrics } from '../ops/metrics.ts';
import type { Claude } from '../providers/llm/claude.ts';
import type { Effort } from '../providers/llm/claude-turn.ts';
import type { ModelLedger } from '../providers/llm/contract.ts';
import { createPolicy, type Policy, type PolicyState } from '../providers/policy.ts';
import type { ModelCallReservation } from '../state/llm.ts';
import { recallModelAnswer, reserveModelCall, settleModelCall } from '../state/llm.ts';
import type { StatePort } from '../state/port.ts';

export type Models = {
  claude: Claude;
  /** Of the models together: open only where none of those that were asked can be asked now. */
  policy: { state(): PolicyState };
};

/** Longer than the policy gives any call. */
const sdkTimeoutMs = 7_200_000;
const callTimeoutMs = 60_000;
/** Pings come every few seconds. */
const stallMs = 180_000;
/** Of one question that may have cost something: rephrased, with another model, and after crashes. */
const maxAttempts = 12;

/** Claude, where a key is set; null: no language model is used. */
export async function openModels(options: {
  config: Config;
  state: StatePort;
  semaphore: Semaphore;
  metrics: Pick<Metrics, 'observeCall' | 'watchBreaker' | 'observeModelCall'>;
  log: Log;
}): Promise<Models | null> {
  const { config, state, semaphore, metrics, log } = options;
  const { claudeKey, claudeUrl, strong, cheap, strongEffort, cheapEffort, promptCache, prices } =
    config.models;
  if (claudeKey === null) return null;
  // The SDK takes its time to load; whoever has no key does not wait for it.
  const [{ createClaude }, { createClaudeSdk }] = await Promise.all([
    import('../providers/llm/claude.ts'),
    import('../providers/llm/claude-sdk.ts'),
  ]);
  const policies = createPolicies(semaphore, metrics);
  metrics.watchBreaker('claude', () => policies.state().breaker);
  const claude = createClaude({
    sdk: createClaudeSdk({ apiKey: claudeKey, baseUrl: claudeUrl, fetch, timeoutMs: sdkTimeoutMs, stallMs }),
    policyOf: policies.of,
    ledger: ledgerIn(state),
    models: { strong, cheap },
    effort: { strong: effortOf(strongEffort), cheap: effortOf(cheapEffort) },
    prices,
    firstPartForAnHour: promptCache === '1h',
    log,
    now: () => new Date(),
    onPaid: (call) => metrics.observeModelCall(call),
  });
  claudeKey.onChange(claude.forgetTrouble);
  return { claude, policy: policies };
}

/** Where calls are paid from: the caps and the ledger of the database. */
export function ledgerIn(state: StatePort): ModelLedger {
  return {
    recall: (key, promptSha256) => recallModelAnswer(state, key, promptSha256),
    reserve({ purpose, promptSha256, model, microUsd }): Promise<ModelCallReservation> {
      const { key: callKey, competitionId, approachId, step } = purpose;
      const call = { callKey, promptSha256, competitionId, approachId, step, model, microUsd, maxAttempts };
      return reserveModelCall(state, call);
    },
    settle: (settled) => settleModelCall(state, settled),
  };
}

/** A breaker for each model and one for the account, and one limit for all. */
function createPolicies(limit: Semaphore, metrics: Pick<Metrics, 'observeCall'>) {
  const made = new Map<string, Policy>();
  return {
    of(scope: string): Policy {
      const policy =
        made.get(scope) ??
        createPolicy({
          vendor: 'claude',
          limit,
          timeoutMs: callTimeoutMs,
          now: () => new Date(),
          random: Math.random,
          onAttempt: (attempt) => metrics.observeCall(attempt),
        });
      made.set(scope, policy);
      return policy;
    },
    state(): PolicyState {
      const states = [...made].filter(([scope]) => scope !== 'account').map(([, policy]) => policy.state());
      const closed: PolicyState = { breaker: 'closed', retryAfterMs: null };
      return states.find(({ breaker }) => breaker === 'closed') ?? states[0] ?? closed;
    },
  };
}

function effortOf(text: Effort | 'default'): Effort | null {
  return text === 'default' ? null : text;
}
