import { createSecret } from '../../../src/config/secret.ts';
import { createLocalSemaphore } from '../../../src/infra/semaphore.ts';
import { createPolicy } from '../../../src/providers/policy.ts';
import { createAgentspace } from '../../../src/providers/research/agentspace.ts';
import { type ApiVersion, createAgentspaceCalls } from '../../../src/providers/research/agentspace-calls.ts';
import { createGoogleTokens } from '../../../src/providers/research/google-tokens.ts';
import { type Agentspace, place } from './start-agentspace.ts';

/** A policy that gives up fast, with its breaker out of the way. */
export function fastPolicy(vendor: string, timeoutMs = 15_000) {
  return createPolicy({
    vendor,
    limit: createLocalSemaphore(4),
    timeoutMs,
    now: () => new Date(),
    random: () => 0.5,
    backoff: { firstMs: 5, longestMs: 50, jitter: 0.1 },
    breaker: {
      failureShare: 0.5,
      windowMs: 300_000,
      minimumCalls: 1_000,
      halfOpenAfterMs: 60_000,
      retryEveryMs: 30_000,
    },
  });
}

/** The real provider, at the emulator. */
export function agentspaceAt(
  server: Agentspace,
  given: {
    version?: ApiVersion;
    idleMs?: number;
    limitMs?: number;
    now?: () => Date;
    app?: string;
    key?: string;
  } = {},
) {
  const now = given.now ?? (() => new Date());
  const key = createSecret(given.key ?? server.key);
  const tokens = createGoogleTokens({ vendor: 'agentspace', key, tokenUrl: server.tokenUrl, fetch });
  const calls = createAgentspaceCalls({
    baseUrl: server.url,
    project: place.project,
    tokens,
    policy: fastPolicy('agentspace'),
    fetch,
    userAgent: 'kaggle-agent/test',
    idleMs: given.idleMs ?? 5_000,
    now,
  });
  return createAgentspace({
    ...place,
    calls,
    app: given.app ?? place.app,
    version: given.version ?? 'v1',
    now,
    lookAgainMs: 7,
    ...(given.limitMs === undefined ? {} : { limitMs: given.limitMs }),
  });
}
