import { expect, onTestFinished, test } from 'vitest';
import { lookAtResearch } from '../../src/app/doctor-research.ts';
import { openResearch } from '../../src/app/research.ts';
import { createClosers } from '../../src/infra/closers.ts';
import { createLocalSemaphore } from '../../src/infra/semaphore.ts';
import type { LanguageModel } from '../../src/providers/llm/contract.ts';
import { type Agentspace, place, startAgentspace } from '../support/agentspace/start-agentspace.ts';
import { startScriptedClaude } from '../support/claude/a-claude.ts';
import { createMemoryLedger } from '../support/claude/memory-ledger.ts';
import { sayJson } from '../support/claude/script.ts';
import { type Gemini, geminiKey, startGemini } from '../support/gemini/start-gemini.ts';
import { aResearchRequest } from '../support/research-requests.ts';
import { silentLog } from '../support/silent-log.ts';
import { loadTestConfig } from '../support/test-config.ts';

const signal = AbortSignal.timeout(60_000);

const agentspaceAt = (server: Agentspace) => ({
  AGENTSPACE_PROJECT: place.project,
  AGENTSPACE_APP_ID: place.app,
  AGENTSPACE_SERVICE_ACCOUNT_JSON: server.key,
  AGENTSPACE_BASE_URL: server.url,
  AGENTSPACE_TOKEN_URL: server.tokenUrl,
});
const geminiAt = (server: Gemini) => ({ GEMINI_API_KEY: geminiKey, GEMINI_BASE_URL: server.url });

async function opened(environment: Record<string, string>, model: LanguageModel | null = null) {
  const closers = createClosers({ log: silentLog });
  onTestFinished(() => closers.close());
  return openResearch({
    config: loadTestConfig(environment),
    model,
    ledger: createMemoryLedger(),
    semaphore: () => createLocalSemaphore(4),
    metrics: { observeCall: () => undefined, watchBreaker: () => undefined },
    version: '1.2.3',
    closers,
    log: silentLog,
  });
}

test('nothing is asked for research where nothing is set', async () => {
  expect(await opened({})).toEqual({ providers: [], checks: [] });
  expect(await lookAtResearch(loadTestConfig({}), false, signal)).toEqual({
    status: 'ok',
    message: 'built-in playbooks',
    next: null,
  });
});

test('what is set is asked in its order, and doctor says so after trying the keys', async () => {
  const agentspace = await startAgentspace();
  const gemini = await startGemini();
  const { model } = await startScriptedClaude(() => sayJson({}));
  const environment = { ...agentspaceAt(agentspace), ...geminiAt(gemini) };

  const { providers } = await opened(environment, model);

  expect(providers.map(({ name, isDeep }) => [name, isDeep])).toEqual([
    ['agentspace', true],
    ['gemini', true],
    ['claude-search', false],
    ['pages', false],
  ]);
  expect(await lookAtResearch(loadTestConfig(environment), true, signal)).toMatchObject({
    status: 'ok',
    message:
      'Agentspace (my-project, global), then Gemini (deep-research-preview-04-2026), then Claude with web search, then built-in playbooks',
  });
  expect(agentspace.counts).toMatchObject({ tokens: 1, plans: 0, runs: 0 });
  expect(gemini.counts).toMatchObject({ creates: 0 });
});

test('doctor names a key that is refused, and caps under which no research fits', async () => {
  const gemini = await startGemini();
  const wrong = loadTestConfig({ ...geminiAt(gemini), GEMINI_API_KEY: 'AIza-wrong' });
  const poor = loadTestConfig({ ...geminiAt(gemini), GEMINI_USD_PER_RESEARCH: '7' });

  await expect(lookAtResearch(wrong, false, signal)).rejects.toMatchObject({ code: 'gemini.refused' });
  expect(await lookAtResearch(poor, false, signal)).toMatchObject({
    status: 'warn',
    message: expect.stringContaining('$7.00'),
  });
});

test('a service that a person has to mend shows in the health until it answers', async () => {
  const server = await startAgentspace();
  server.fail({ at: 'plan', status: 403, canonical: 'PERMISSION_DENIED' });
  const { providers, checks } = await opened(agentspaceAt(server));
  const settings = checks.find(({ name }) => name === 'agentspace settings');
  const ask = async () => await providers[0]?.research(aResearchRequest(), { signal });

  await expect(ask()).rejects.toMatchObject({ code: 'agentspace.forbidden' });
  await expect(settings?.check(signal)).rejects.toMatchObject({ code: 'agentspace.forbidden' });
  expect(await ask()).toMatchObject({ provider: 'agentspace' });

  await expect(settings?.check(signal)).resolves.toBeUndefined();
});

test('the key of Agentspace without its app is a fault that names what is missing', async () => {
  expect(() => loadTestConfig({ AGENTSPACE_SERVICE_ACCOUNT_JSON: '{}' })).toThrow(
    /AGENTSPACE_PROJECT: is needed[\s\S]*AGENTSPACE_APP_ID: is needed/,
  );
});
