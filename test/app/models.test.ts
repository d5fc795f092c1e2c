import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test, vi } from 'vitest';
import { claudeCheck } from '../../src/app/health-services.ts';
import { ledgerIn, openModels } from '../../src/app/models.ts';
import { createLocalSemaphore } from '../../src/infra/semaphore.ts';
import { createMetrics } from '../../src/ops/metrics.ts';
import { readModelCosts, settleOrphanModelCalls } from '../../src/state/llm.ts';
import { readBudget, setBudget } from '../../src/state/money.ts';
import { someActor } from '../support/builders.ts';
import { aCall, claudeAt, quickPolicies } from '../support/claude/a-claude.ts';
import { billOf } from '../support/claude/bill.ts';
import { fail, say } from '../support/claude/script.ts';
import { type ClaudeEmulator, startClaude } from '../support/claude/start-claude.ts';
import { freshState } from '../support/database.ts';
import { silentLog } from '../support/silent-log.ts';
import { loadTestConfig } from '../support/test-config.ts';

const { signal } = new AbortController();
const callerPath = fileURLToPath(new URL('../support/claude/dying-caller.ts', import.meta.url));

test('of twenty calls at once never more than five are open, and all are paid to the micro-dollar', async () => {
  const { state } = await freshState();
  await setBudget(state, 'llm_day', 5_000_000, someActor);
  const emulator: ClaudeEmulator = await startClaude({
    script: async ({ number }) => {
      await vi.waitFor(() => expect(emulator.mostOpen()).toBeGreaterThanOrEqual(5), 20_000);
      return say(`Answer ${number}. ${'x'.repeat(50 * number)}`);
    },
  });
  const model = claudeAt(emulator, {
    ledger: ledgerIn(state),
    policyOf: quickPolicies(createLocalSemaphore(5)),
  });

  const answers = await Promise.all(Array.from({ length: 20 }, () => model.write(aCall(), { signal })));

  expect(emulator.mostOpen()).toBe(5);
  const spent = answers.reduce((sum, { costMicroUsd: cost }) => sum + cost, 0);
  expect(spent).toBe(billOf(emulator.billed));
  expect((await readBudget(state, null)).llmTodayMicroUsd).toBe(spent);
});

test('an answer that holds a zero character is paid and kept like any other', async () => {
  const { state } = await freshState();
  const emulator = await startClaude({ script: () => say('Boosting\0, and print("\\u0000").') });
  const model = claudeAt(emulator, { ledger: ledgerIn(state) });
  const call = aCall();

  const first = await model.write(call, { signal });
  const again = await model.write(call, { signal });

  expect(first.text).toBe('Boosting\uFFFD, and print("\\u0000").');
  expect(again).toEqual({ ...first, isRepeated: true });
  expect((await readBudget(state, null)).llmTodayMicroUsd).toBe(billOf(emulator.billed));
});

test('twenty calls at once never pass the cap, whatever of them fails', async () => {
  const { state } = await freshState();
  const capMicroUsd = 150_000;
  await setBudget(state, 'llm_day', capMicroUsd, someActor);
  const emulator = await startClaude({
    script: ({ number, maxTokens }) => {
      // Too few for the breaker to open: the cap is what has to end it.
      if (number % 7 === 3) return fail({ cut: 'after' });
      if (number % 7 === 5) return fail({ status: 529 });
      return say('word '.repeat(maxTokens));
    },
  });
  const model = claudeAt(emulator, { ledger: ledgerIn(state) });

  const ends = await Promise.allSettled(
    Array.from({ length: 20 }, () => model.write(aCall({ maxTokens: 1_000 }), { signal })),
  );

  const codes = ends.flatMap((end) => (end.status === 'rejected' ? [end.reason.code] : []));
  expect(codes).toContain('llm.budget');
  expect(billOf(emulator.billed)).toBeLessThanOrEqual(capMicroUsd);
  const { llmTodayMicroUsd } = await readBudget(state, null);
  expect(llmTodayMicroUsd).toBeLessThanOrEqual(capMicroUsd);
  expect(llmTodayMicroUsd).toBeGreaterThanOrEqual(billOf(emulator.billed));
});

test('a process that dies while it waits for an answer is repeated once, and its reservation is settled', async () => {
  const { state, connectionString } = await freshState();
  await setBudget(state, 'llm_day', 5_000_000, someActor);
  const emulator = await startClaude({ script: () => fail({ stall: true }) });
  const start = () => {
    const args = [callerPath, connectionString, emulator.url, emulator.apiKey, 'plan:kill'];
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    onTestFinished(() => void child.kill('SIGKILL'));
    return child;
  };
  const first = start();
  await vi.waitFor(() => expect(emulator.billed).toHaveLength(1), 20_000);
  first.kill('SIGKILL');
  await once(first, 'exit');
  const reserved = (await readBudget(state, null)).llmTodayMicroUsd;
  expect(reserved).toBeGreaterThan(0);

  emulator.play(() => say('Gradient boosting.'));
  const answered = await readAll(start());
  const repeated = await readAll(start());

  expect(answered).toMatchObject({ text: 'Gradient boosting.', isRepeated: false });
  expect(repeated).toMatchObject({ text: 'Gradient boosting.', isRepeated: true });
  expect(emulator.asked).toHaveLength(2);
  expect(await settleOrphanModelCalls(state, 0)).toEqual({ settled: 1, microUsd: reserved });
  const { total } = await readModelCosts(state, null);
  expect(total).toMatchObject({ calls: 2 });
  expect((await readBudget(state, null)).llmTodayMicroUsd).toBe(total?.microUsd);
});

async function readAll(child: ReturnType<typeof spawn>): Promise<unknown> {
  let text = '';
  for await (const chunk of child.stdout ?? []) text += String(chunk);
  return JSON.parse(text);
}

test('a key that is set switches the port on, and what is spent shows in the metrics', async () => {
  const { state } = await freshState();
  const emulator = await startClaude();
  const metrics = createMetrics({ version: '1.0.0', roles: ['worker'] });
  const parts = { state, semaphore: createLocalSemaphore(5), metrics, log: silentLog };
  const none = await openModels({ ...parts, config: loadTestConfig({}) });
  const config = loadTestConfig({
    ANTHROPIC_API_KEY: emulator.apiKey,
    ANTHROPIC_BASE_URL: `${emulator.url}/`,
  });
  const models = await openModels({ ...parts, config });

  expect(none).toBeNull();
  const answer = await models?.claude.write(aCall(), { signal });

  expect(answer).toMatchObject({ text: 'It is done.', model: 'claude-opus-5-5' });
  const shown = await metrics.render();
  expect(shown).toContain(
    'kaggle_agent_model_calls_total{model="claude-opus-5-5",step="plan",outcome="end_turn"} 1',
  );
  expect(shown).toContain('kaggle_agent_model_tokens_total{model="claude-opus-5-5",kind="output"}');
  expect(shown).toContain(
    'kaggle_agent_vendor_calls_total{vendor="claude",method="messages",outcome="ok"} 1',
  );
});

test('a key that is replaced while the agent runs is used from the next call on', async () => {
  const { state } = await freshState();
  const emulator = await startClaude({ apiKey: 'sk-ant-the-second-key' });
  const config = loadTestConfig({
    ANTHROPIC_API_KEY: 'sk-ant-the-first-key',
    ANTHROPIC_BASE_URL: emulator.url,
  });
  const metrics = createMetrics({ version: '1.0.0', roles: ['worker'] });
  const models = await openModels({
    config,
    state,
    semaphore: createLocalSemaphore(5),
    metrics,
    log: silentLog,
  });
  if (models === null) throw new Error('a key is set');
  const health = claudeCheck(models);
  await health.check(signal);
  await expect(models.claude.write(aCall(), { signal })).rejects.toMatchObject({ code: 'llm.key_refused' });
  await expect(health.check(signal)).rejects.toMatchObject({ code: 'llm.key_refused' });

  config.models.claudeKey?.replace('sk-ant-the-second-key');

  await health.check(signal);
  expect((await models.claude.write(aCall(), { signal })).text).toBe('It is done.');
});
