import { expect, test } from 'vitest';
import { lookAtModels, whoWrites } from '../../src/app/doctor-models.ts';
import { startClaude } from '../support/claude/start-claude.ts';
import { loadTestConfig } from '../support/test-config.ts';

const { signal } = new AbortController();

test('without a key doctor says what does the work instead, and how to change that', async () => {
  expect(await lookAtModels(loadTestConfig({}), signal)).toMatchObject({
    status: 'off',
    next: expect.stringContaining('ANTHROPIC_API_KEY'),
  });
  expect(whoWrites(loadTestConfig({}))).toBe('built-in baseline generator');
});

test('doctor names the models and the caps, and pays nothing for it', async () => {
  const emulator = await startClaude();
  const config = loadTestConfig({ ANTHROPIC_API_KEY: emulator.apiKey, ANTHROPIC_BASE_URL: emulator.url });

  const finding = await lookAtModels(config, signal);

  expect(finding).toMatchObject({ status: 'ok', next: null });
  expect(finding.message).toContain('claude-opus-5-5, then claude-sonnet-5-5');
  expect(finding.message).toContain('$5 a day');
  expect(whoWrites(config)).toContain('Claude (claude-opus-5-5, then claude-sonnet-5-5)');
  expect(emulator.asked).toHaveLength(0);
});

test('doctor warns of models that end, are unknown or have no price, and fails where none is left', async () => {
  const emulator = await startClaude();
  const environment = { ANTHROPIC_API_KEY: emulator.apiKey, ANTHROPIC_BASE_URL: emulator.url };
  const ending = loadTestConfig({
    ...environment,
    KAGGLE_AGENT_MODEL_STRONG: 'claude-sonnet-5,claude-unheard-of',
  });
  const gone = loadTestConfig({ ...environment, KAGGLE_AGENT_MODEL_STRONG: 'claude-opus-4-5' });

  const warning = await lookAtModels(ending, signal);

  expect(warning.status).toBe('warn');
  expect(warning.message).toContain('claude-sonnet-5 will be retired on 2026-11-30');
  expect(warning.message).toContain("claude-unheard-of is not in Claude's list");
  expect(warning.message).toContain('claude-unheard-of has no price');
  expect(await lookAtModels(gone, signal)).toMatchObject({
    status: 'error',
    message: expect.stringContaining('claude-opus-4-5 is retired'),
  });
});

test('doctor tells a refused key from a vendor that is away', async () => {
  const emulator = await startClaude();
  const refused = loadTestConfig({ ANTHROPIC_API_KEY: 'sk-ant-old', ANTHROPIC_BASE_URL: emulator.url });
  const away = loadTestConfig({ ANTHROPIC_API_KEY: 'sk-ant-old', ANTHROPIC_BASE_URL: 'http://127.0.0.1:9' });

  expect(await lookAtModels(refused, signal)).toMatchObject({
    status: 'error',
    next: expect.stringContaining('new key'),
  });
  expect(await lookAtModels(away, signal)).toMatchObject({
    status: 'error',
    next: expect.stringContaining('ANTHROPIC_BASE_URL'),
  });
});
