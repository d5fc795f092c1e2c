import { expect, test } from 'vitest';
import { purposeInWords } from '../../../src/providers/llm/claude-exchange.ts';
import type { ModelCall } from '../../../src/providers/llm/contract.ts';
import { aCall, claudeAt, startScriptedClaude } from '../../support/claude/a-claude.ts';
import { createMemoryLedger } from '../../support/claude/memory-ledger.ts';
import { listedModels } from '../../support/claude/model-list.ts';
import { fail, inTurn, say } from '../../support/claude/script.ts';
import { startClaude } from '../../support/claude/start-claude.ts';
import { recordingLog } from '../../support/silent-log.ts';

const { signal } = new AbortController();
const write = (model: { write: (call: ModelCall, options: { signal: AbortSignal }) => Promise<unknown> }) =>
  model.write(aCall(), { signal });

test('a refused question is asked once more with its purpose said, the kept beginning untouched', async () => {
  const { emulator, model } = await startScriptedClaude(({ messages }) =>
    messages[0]?.text.startsWith(purposeInWords) ? say('With pleasure.') : { kind: 'refusal' },
  );

  const answer = await model.write(aCall(), { signal });

  expect(answer).toMatchObject({ text: 'With pleasure.', model: 'claude-opus-5-5' });
  expect(emulator.asked[1]?.system).toBe(emulator.asked[0]?.system);
});

test('a model that refuses twice is followed by the next one', async () => {
  const { emulator, model } = await startScriptedClaude(({ model: asked }) =>
    asked === 'claude-opus-5-5' ? { kind: 'refusal', text: 'I can' } : say('With pleasure.'),
  );

  const answer = await model.write(aCall(), { signal });

  expect(answer).toMatchObject({ text: 'With pleasure.', model: 'claude-sonnet-5-5' });
  expect(emulator.asked).toHaveLength(3);
});

test('where every model refuses, that is the answer, and nothing of it is kept', async () => {
  const { emulator, model, rows } = await startScriptedClaude(() => ({ kind: 'refusal' }));

  await expect(write(model)).rejects.toMatchObject({ kind: 'business', code: 'llm.refused' });
  expect(emulator.asked).toHaveLength(3);
  expect(rows.map(({ settled }) => settled?.answer)).toEqual([null, null, null]);
  expect(rows.map(({ settled }) => settled?.outcome)).toEqual(['refusal', 'refusal', 'refusal']);
});

test('a model that is gone is followed by the next one, and is not asked again', async () => {
  const { emulator, model } = await startScriptedClaude(() => say('Fine.'), {
    models: { strong: ['claude-unheard-of', 'claude-opus-5-5'], cheap: ['claude-haiku-5-5'] },
  });

  await write(model);
  await write(model);

  expect(emulator.asked.map(({ model: asked }) => asked)).toEqual(['claude-opus-5-5', 'claude-opus-5-5']);
  const refused = emulator.calls.filter(({ status }) => status === 404);
  expect(refused).toHaveLength(1);
});

test('a retired model is never asked, and a deprecated one is warned of once', async () => {
  const { log, lines } = recordingLog();
  const { emulator, model } = await startScriptedClaude(() => say('Fine.'), {
    models: { strong: ['claude-opus-4-5', 'claude-sonnet-5'], cheap: ['claude-haiku-5-5'] },
    log,
  });

  await write(model);
  await write(model);

  expect(emulator.asked.map(({ model: asked }) => asked)).toEqual(['claude-sonnet-5', 'claude-sonnet-5']);
  expect(lines.filter(({ message }) => message.includes('retired'))).toHaveLength(1);
});

test('where no model is left, an operator is asked to set others', async () => {
  const { model } = await startScriptedClaude(() => say('Fine.'), {
    models: { strong: ['claude-opus-4-5'], cheap: [] },
  });

  await expect(write(model)).rejects.toMatchObject({ kind: 'configuration', code: 'llm.unknown_model' });
});

test('room and effort are brought down to what a model allows', async () => {
  const small = listedModels.map((one) =>
    one.id === 'claude-opus-5-5' ? { ...one, maxTokens: 8_000, efforts: ['low', 'medium'] } : one,
  );
  const { emulator, model } = await startScriptedClaude(() => say('Fine.'), { emulator: { models: small } });

  await model.write(aCall({ maxTokens: 64_000, effort: 'high' }), { signal });

  expect(emulator.asked[0]).toMatchObject({ maxTokens: 8_000, effort: 'medium' });
});

test('the list of models is read once by all who come at once, and without it work goes on', async () => {
  const { emulator, model } = await startScriptedClaude(() => say('Fine.'));
  emulator.failNext('/v1/models', { status: 500 }, { status: 500 }, { status: 500 });

  await Promise.all([write(model), write(model), write(model)]);

  expect(emulator.calls.filter(({ path }) => path.startsWith('/v1/models'))).toHaveLength(3);
  expect(emulator.asked).toHaveLength(3);
});

test('a refused key is for an operator, and costs nothing', async () => {
  const emulator = await startClaude();
  const ledger = createMemoryLedger();
  const model = claudeAt(emulator, { ledger, apiKey: 'sk-ant-another-key' });

  const failure = await write(model).catch((error: unknown) => error);

  expect(failure).toMatchObject({ kind: 'configuration', code: 'llm.key_refused' });
  expect(JSON.stringify(failure)).not.toContain('another-key');
  expect(ledger.rows).toHaveLength(0);
});

test.each([
  ['an open bill', fail({ status: 402 })],
  ['the limit of the month', fail({ status: 429, code: 'enforced_spend_limit_reached' })],
] as const)('%s is for an operator, is asked once, and is not asked again at once', async (_, answer) => {
  const { emulator, model } = await startScriptedClaude(() => answer);

  await expect(write(model)).rejects.toMatchObject({ kind: 'configuration', code: 'llm.spend_limit' });
  await expect(write(model)).rejects.toMatchObject({ code: 'llm.spend_limit' });

  expect(emulator.asked).toHaveLength(1);
});

test('the limit of the month says until when it lasts', async () => {
  const { model } = await startScriptedClaude(
    () => fail({ status: 429, code: 'enforced_spend_limit_reached' }),
    { now: () => new Date('2026-12-15T10:00:00Z') },
  );

  await expect(write(model)).rejects.toMatchObject({ message: expect.stringContaining('2027-01-01') });
});

test('a limit that was raised is noticed after five minutes', async () => {
  let nowMs = Date.parse('2026-11-22T10:00:00Z');
  const { model } = await startScriptedClaude(inTurn(fail({ status: 402 }), say('Fine.')), {
    now: () => new Date(nowMs),
  });
  await expect(write(model)).rejects.toMatchObject({ code: 'llm.spend_limit' });

  nowMs += 301_000;

  await expect(write(model)).resolves.toMatchObject({ text: 'Fine.' });
});

test('a request that the vendor does not understand is a fault of ours, and is not repeated', async () => {
  const { emulator, model } = await startScriptedClaude(() => fail({ status: 400, code: 'something_new' }));

  await expect(write(model)).rejects.toMatchObject({ kind: 'system', code: 'llm.bad_request' });
  expect(emulator.asked).toHaveLength(1);
});

test('a prompt that is too long is told as such', async () => {
  const { model } = await startScriptedClaude(() => fail({ status: 413 }));

  await expect(write(model)).rejects.toMatchObject({ kind: 'business', code: 'llm.too_long' });
});

test('a call that does not fit under the cap is never made', async () => {
  const { emulator, model } = await startScriptedClaude(() => say('Fine.'), { capMicroUsd: 10_000 });

  await expect(write(model)).rejects.toMatchObject({
    kind: 'business',
    code: 'llm.budget',
    details: { cap: 'llm_day', freeMicroUsd: 10_000 },
  });
  expect(emulator.asked).toHaveLength(0);
});

test('without the vendor’s count the bound of the bytes is reserved', async () => {
  const { emulator, model, rows } = await startScriptedClaude(() => say('Fine.'));
  const call = () => aCall({ messages: [{ role: 'user', text: '長い質問。'.repeat(2_000) }] });
  await model.write(call(), { signal });
  const down = { status: 500 } as const;
  emulator.failNext('/v1/messages/count_tokens', down, down, down);

  await model.write(call(), { signal });

  expect(rows[1]?.reservedMicroUsd).toBeGreaterThan(rows[0]?.reservedMicroUsd ?? Number.NaN);
});

test('no prompt and no key reaches the log', async () => {
  const { log, lines } = recordingLog();
  const { emulator, model } = await startScriptedClaude(
    inTurn({ kind: 'refusal' }, fail({ status: 529 }), say('Fine.')),
    {
      log,
    },
  );

  await model.write(aCall({ messages: [{ role: 'user', text: 'a secret recipe' }] }), { signal });

  expect(JSON.stringify(lines)).not.toContain('secret recipe');
  expect(JSON.stringify(lines)).not.toContain(emulator.apiKey);
});
