import { expect, test } from 'vitest';
import { createLocalSemaphore } from '../../../src/infra/semaphore.ts';
import { aCall, quickPolicies, startScriptedClaude } from '../../support/claude/a-claude.ts';
import { fail, inTurn, say } from '../../support/claude/script.ts';

const { signal } = new AbortController();

test('a text comes back without the thinking before it, and is paid as the vendor counted it', async () => {
  const { emulator, model, rows } = await startScriptedClaude(() => say('Gradient boosting.', 'Many words.'));

  const answer = await model.write(aCall(), { signal });

  expect(answer).toMatchObject({ text: 'Gradient boosting.', model: 'claude-opus-5-5', isRepeated: false });
  expect(answer.usage.outputTokens).toBe(emulator.billed[0]?.usage.output_tokens);
  expect(rows).toHaveLength(1);
  expect(rows[0]?.settled).toMatchObject({ outcome: 'end_turn', microUsd: answer.costMicroUsd });
  expect(rows[0]?.reservedMicroUsd).toBeGreaterThan(answer.costMicroUsd);
});

test('an answer of many pieces and scripts of the world arrives whole', async () => {
  const text = 'αβγ 機械学習 🚀\n'.repeat(2_000);
  const { model } = await startScriptedClaude(() => say(text));

  const answer = await model.write(aCall({ maxTokens: 64_000 }), { signal });

  expect(answer.text).toBe(text);
});

test('the same question under the same key is answered without a call and without a payment', async () => {
  const { emulator, model, rows } = await startScriptedClaude(() => say('Gradient boosting.'));
  const call = aCall();

  const first = await model.write(call, { signal });
  const second = await model.write(call, { signal });

  expect(second).toEqual({ ...first, isRepeated: true });
  expect(emulator.asked).toHaveLength(1);
  expect(rows).toHaveLength(1);
});

test('another question under the same key is asked', async () => {
  const { emulator, model } = await startScriptedClaude(({ asked }) => say(`You asked: ${asked}`));
  const call = aCall();

  await model.write(call, { signal });
  const other = await model.write(
    { ...call, messages: [{ role: 'user', text: 'And for images?' }] },
    { signal },
  );

  expect(other.text).toBe('You asked: And for images?');
  expect(emulator.asked).toHaveLength(2);
});

test('an answer that stops at the length limit is continued, and the parts are joined', async () => {
  const { emulator, model, rows } = await startScriptedClaude(
    inTurn({ kind: 'truncated', text: 'First half, ' }, say('second half.')),
  );

  const answer = await model.write(aCall(), { signal });

  expect(answer.text).toBe('First half, second half.');
  expect(emulator.asked[1]?.messages.map(({ role }) => role)).toEqual(['user', 'assistant', 'user']);
  expect(answer.costMicroUsd).toBe(rows.reduce((sum, { settled }) => sum + (settled?.microUsd ?? 0), 0));
});

test('a continuation that reopens the fence or repeats the last words is joined without them', async () => {
  const { model } = await startScriptedClaude(
    inTurn(
      { kind: 'truncated', text: '```python\nimport pandas as pd\nframe = pd.read_csv("train.csv")\n' },
      say('```python\nframe = pd.read_csv("train.csv")\nprint(frame)\n```\n'),
    ),
  );

  const answer = await model.write(aCall(), { signal });

  expect(answer.text).toBe(
    '```python\nimport pandas as pd\nframe = pd.read_csv("train.csv")\nprint(frame)\n```\n',
  );
});

test('a continuation that only closes the fence keeps it closed', async () => {
  const { model } = await startScriptedClaude(
    inTurn({ kind: 'truncated', text: '```python\nprint(1)\n' }, say('```\nDone.')),
  );

  expect((await model.write(aCall(), { signal })).text).toBe('```python\nprint(1)\n```\nDone.');
});

test('where thinking took all of the room, the next try has twice as much of it', async () => {
  const { emulator, model } = await startScriptedClaude(
    inTurn({ kind: 'truncated', text: '' }, say('Gradient boosting.')),
  );

  const answer = await model.write(aCall({ maxTokens: 2_000 }), { signal });

  expect(answer.text).toBe('Gradient boosting.');
  expect(emulator.asked.map(({ maxTokens }) => maxTokens)).toEqual([2_000, 4_000]);
  expect(emulator.asked[1]?.messages).toHaveLength(1);
});

test('an answer that is still too long after two continuations is given up', async () => {
  const { emulator, model } = await startScriptedClaude(() => ({ kind: 'truncated', text: 'more and ' }));

  await expect(model.write(aCall(), { signal })).rejects.toMatchObject({
    kind: 'business',
    code: 'llm.truncated',
  });
  expect(emulator.asked).toHaveLength(3);
});

test('an answer cut off between two continuations is gone on with where it stopped, and nothing is paid twice', async () => {
  const script = inTurn(
    { kind: 'truncated', text: 'First half, ' },
    fail({ status: 401 }),
    say('second half.'),
  );
  const { emulator, model } = await startScriptedClaude(script);
  const call = aCall();

  await expect(model.write(call, { signal })).rejects.toMatchObject({ code: 'llm.key_refused' });
  const answer = await model.write(call, { signal });

  expect(answer).toMatchObject({ text: 'First half, second half.', isRepeated: false });
  expect(emulator.billed).toHaveLength(2);
});

test('a model that is overloaded is asked three times, then the next one answers', async () => {
  const { emulator, model, rows } = await startScriptedClaude(({ model: asked }) =>
    asked === 'claude-opus-5-5' ? fail({ status: 529 }) : say('From the second model.'),
  );

  const answer = await model.write(aCall(), { signal });

  expect(answer).toMatchObject({ text: 'From the second model.', model: 'claude-sonnet-5-5' });
  expect(emulator.asked.map((one) => one.model)).toEqual([
    'claude-opus-5-5',
    'claude-opus-5-5',
    'claude-opus-5-5',
    'claude-sonnet-5-5',
  ]);
  expect(rows.slice(0, 3).map(({ settled }) => settled?.microUsd)).toEqual([0, 0, 0]);
});

test.each([408, 409, 500, 503, 504, 529] as const)('a passing error %i is repeated', async (status) => {
  const { model, rows } = await startScriptedClaude(inTurn(fail({ status }), say('There it is.')));

  expect((await model.write(aCall(), { signal })).text).toBe('There it is.');
  expect(rows.map(({ settled }) => settled?.outcome)).toHaveLength(2);
});

test('a stream that breaks off with an error event is begun anew, and what it may have cost is paid', async () => {
  const { emulator, model, rows } = await startScriptedClaude(
    inTurn(fail({ streamError: 'overloaded_error' }), say('There it is.')),
  );

  expect((await model.write(aCall(), { signal })).text).toBe('There it is.');
  expect(emulator.asked).toHaveLength(2);
  expect(rows[0]?.settled?.outcome).toBe('claude.overloaded');
  expect(rows[0]?.settled?.microUsd).toBeGreaterThan(0);
  expect(rows[0]?.settled?.microUsd).toBeLessThanOrEqual(rows[0]?.reservedMicroUsd ?? 0);
});

test('a connection that ends before an answer is begun anew, and at most the prompt is paid', async () => {
  const { model, rows } = await startScriptedClaude(inTurn(fail({ cut: 'before' }), say('There it is.')));

  expect((await model.write(aCall(), { signal })).text).toBe('There it is.');
  expect(rows[0]?.settled?.outcome).toBe('claude.unreachable');
  expect(rows[0]?.settled?.usage.outputTokens).toBe(0);
});

test('a connection that ends in the middle costs no less than the vendor bills, and is begun anew', async () => {
  const { emulator, model, rows } = await startScriptedClaude(
    inTurn(fail({ cut: 'after' }), say('There it is.')),
  );

  expect((await model.write(aCall(), { signal })).text).toBe('There it is.');
  const paid = rows[0]?.settled?.usage;
  expect(paid?.outputTokens).toBeGreaterThanOrEqual(emulator.billed[0]?.usage.output_tokens ?? Number.NaN);
});

test('a stream that ends in good order before its message does is no answer, and is begun anew', async () => {
  const { emulator, model, rows } = await startScriptedClaude(
    inTurn(fail({ cut: 'short' }), say('There it is.')),
  );

  expect((await model.write(aCall(), { signal })).text).toBe('There it is.');
  expect(rows[0]?.settled).toMatchObject({ outcome: 'claude.unreachable', answer: null });
  const paid = rows[0]?.settled?.usage.outputTokens;
  expect(paid).toBeGreaterThanOrEqual(emulator.billed[0]?.usage.output_tokens ?? Number.NaN);
});

test('a stream that stands still is given up and begun anew', async () => {
  const { model, rows } = await startScriptedClaude(inTurn(fail({ stall: true }), say('There it is.')), {
    stallMs: 150,
  });

  expect((await model.write(aCall(), { signal })).text).toBe('There it is.');
  expect(rows[0]?.settled?.outcome).toBe('claude.stalled');
});

test('a wait that the vendor asks for is kept', async () => {
  const { emulator, model } = await startScriptedClaude(
    inTurn(fail({ status: 429, retryAfterSeconds: 0.2 }), say('There it is.')),
  );

  expect((await model.write(aCall(), { signal })).text).toBe('There it is.');
  expect(emulator.calls.filter(({ path, status }) => path === '/v1/messages' && status === 429)).toHaveLength(
    1,
  );
});

test('a wait that is longer than ours sends the question to the next model', async () => {
  const { emulator, model } = await startScriptedClaude(({ model: asked }) =>
    asked === 'claude-opus-5-5'
      ? fail({ status: 429, retryAfterSeconds: 900 })
      : say('From the second model.'),
  );

  expect((await model.write(aCall(), { signal })).model).toBe('claude-sonnet-5-5');
  expect(emulator.asked).toHaveLength(2);
});

test('use that grows too fast is the whole account’s: no other model is asked, and the wait is told', async () => {
  const { emulator, model } = await startScriptedClaude(() =>
    fail({ status: 429, code: 'ramp_limit_exceeded', retryAfterSeconds: 900 }),
  );

  await expect(model.write(aCall(), { signal })).rejects.toMatchObject({
    kind: 'transient',
    code: 'llm.ramp_limit',
    retryAfterMs: 900_000,
  });
  expect(emulator.asked).toHaveLength(1);
});

test('where no model answers, the failure may pass', async () => {
  const { model } = await startScriptedClaude(() => fail({ status: 529 }));

  await expect(model.write(aCall(), { signal })).rejects.toMatchObject({
    kind: 'transient',
    code: 'llm.overloaded',
  });
});

test('who gives up waiting gets that as the reason, and the place is free again', async () => {
  const limit = createLocalSemaphore(1);
  const controller = new AbortController();
  const { emulator, model, rows } = await startScriptedClaude(
    async ({ number }) => {
      if (number === 1) controller.abort(new Error('nobody waits any more'));
      return say('Too late.');
    },
    { policyOf: quickPolicies(limit) },
  );

  await expect(model.write(aCall(), { signal: controller.signal })).rejects.toThrow('nobody waits any more');
  expect((await model.write(aCall(), { signal })).text).toBe('Too late.');
  expect(rows[0]?.settled).not.toBeNull();
  expect(emulator.asked).toHaveLength(2);
});
