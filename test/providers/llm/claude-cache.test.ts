import { expect, test } from 'vitest';
import { aCall, startScriptedClaude } from '../../support/claude/a-claude.ts';
import { say } from '../../support/claude/script.ts';

const { signal } = new AbortController();
const rules = { text: 'You write training scripts. '.repeat(400), cacheUpToHere: true };
const brief = { text: 'The competition is about passengers. '.repeat(400), cacheUpToHere: true };
const otherBrief = { text: 'The competition is about houses. '.repeat(400), cacheUpToHere: true };
let number = 0;

/** A call whose end differs from every other one's. */
function call(system = [rules, brief]) {
  number += 1;
  return aCall({ system, messages: [{ role: 'user', text: `Try idea ${number}.` }] });
}

test('the beginning that calls share is written once and read from then on', async () => {
  const { model } = await startScriptedClaude(() => say('Fine.'));

  const first = await model.write(call(), { signal });
  const second = await model.write(call(), { signal });
  const other = await model.write(call([rules, otherBrief]), { signal });

  expect(first.usage).toMatchObject({ cacheReadTokens: 0, cacheWriteTokens: expect.any(Number) });
  expect(second.usage).toMatchObject({ cacheReadTokens: first.usage.cacheWriteTokens, cacheWriteTokens: 0 });
  expect(second.costMicroUsd).toBeLessThan(first.costMicroUsd / 4);
  expect(other.usage.cacheReadTokens).toBeGreaterThan(0);
  expect(other.usage.cacheReadTokens).toBeLessThan(second.usage.cacheReadTokens);
});

test('what is kept for five minutes is written anew after them, what is kept for an hour is not', async () => {
  let nowMs = Date.parse('2026-11-22T10:00:00Z');
  const now = () => new Date(nowMs);
  const emulator = { now };
  const short = await startScriptedClaude(() => say('Fine.'), { emulator, now });
  const long = await startScriptedClaude(() => say('Fine.'), { emulator, now, firstPartForAnHour: true });
  const firstShort = await short.model.write(call(), { signal });
  const firstLong = await long.model.write(call(), { signal });

  nowMs += 10 * 60_000;
  const laterShort = await short.model.write(call(), { signal });
  const laterLong = await long.model.write(call(), { signal });

  expect(laterShort.usage).toEqual(firstShort.usage);
  expect(laterLong.usage.cacheReadTokens).toBeGreaterThan(0);
  expect(firstLong.costMicroUsd).toBeGreaterThan(firstShort.costMicroUsd);
});

test('a beginning that is too short is not kept, and nothing is charged for it', async () => {
  const { model } = await startScriptedClaude(() => say('Fine.'));
  const system = [{ text: 'Be brief.', cacheUpToHere: true }];

  const { usage } = await model.write(call(system), { signal });

  expect(usage).toMatchObject({ cacheReadTokens: 0, cacheWriteTokens: 0 });
});

test('more than four kept beginnings are a fault of ours', async () => {
  const { emulator, model } = await startScriptedClaude(() => say('Fine.'));
  const system = Array.from({ length: 5 }, (_, index) => ({ text: `Part ${index}.`, cacheUpToHere: true }));

  await expect(model.write(call(system), { signal })).rejects.toMatchObject({
    kind: 'system',
    code: 'llm.bad_request',
  });
  expect(emulator.asked).toHaveLength(0);
});

test('the same parts make the same bytes, call after call', async () => {
  const { emulator, model } = await startScriptedClaude(() => say('Fine.'));

  await model.write(call(), { signal });
  await model.write(call(), { signal });

  const systems = emulator.calls
    .filter(({ path }) => path === '/v1/messages')
    .map(({ body }) => JSON.stringify(body).split('"messages"')[0]);
  expect(new Set(systems).size).toBe(1);
});
