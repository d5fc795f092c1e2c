import { createSecret } from '../../../src/config/secret.ts';
import type { ModelLedger } from '../../../src/providers/llm/contract.ts';
import { createGemini } from '../../../src/providers/research/gemini.ts';
import { createGeminiCalls } from '../../../src/providers/research/gemini-calls.ts';
import { fastPolicy } from '../agentspace/settings.ts';
import { createMemoryLedger } from '../claude/memory-ledger.ts';
import { type Gemini, geminiAgent, geminiKey } from './start-gemini.ts';

/** The real provider over the real SDK, at the emulator. */
export function geminiAt(
  server: Pick<Gemini, 'url'>,
  given: { ledger?: ModelLedger; key?: string; agent?: string; now?: () => Date } = {},
) {
  const now = given.now ?? (() => new Date());
  return createGemini({
    calls: createGeminiCalls({
      apiKey: createSecret(given.key ?? geminiKey),
      baseUrl: server.url,
      policy: fastPolicy('gemini'),
      now,
    }),
    agent: given.agent ?? geminiAgent,
    ledger: given.ledger ?? createMemoryLedger(),
    microUsd: 3_000_000,
    now,
    lookAgainMs: 7,
  });
}
