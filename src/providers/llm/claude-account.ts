import { ConfigurationFailure } from '../../domain/errors.ts';

/** What the vendor said of the whole account lately: there is no sense in asking again at once. */
export type AccountState = {
  /** @throws ConfigurationFailure `llm.spend_limit` while it is known to hold */
  refuseWhileKnown(): void;
  /** Takes note of what a call ended with. */
  note(error: unknown): void;
  answered(): void;
  /** The last word that nothing went against since; null where all is well. */
  trouble(): ConfigurationFailure | null;
};

/** A limit that was raised meanwhile is noticed after this long. */
const askAgainAfterMs = 300_000;
const ofTheAccount = new Set(['llm.key_refused', 'llm.spend_limit']);

export function createAccountState(now: () => Date): AccountState {
  let trouble: { failure: ConfigurationFailure; sinceMs: number } | null = null;
  return {
    refuseWhileKnown() {
      if (trouble?.failure.code !== 'llm.spend_limit') return;
      if (now().getTime() - trouble.sinceMs < askAgainAfterMs) throw trouble.failure;
    },
    note(error) {
      if (!(error instanceof ConfigurationFailure) || !ofTheAccount.has(error.code)) return;
      if (trouble?.failure !== error) trouble = { failure: error, sinceMs: now().getTime() };
    },
    answered() {
      trouble = null;
    },
    trouble: () => trouble?.failure ?? null,
  };
}
