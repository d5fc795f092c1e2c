import { expect, test } from 'vitest';
import { z } from 'zod';
import { aCall, startScriptedClaude } from '../../support/claude/a-claude.ts';
import { inTurn, say, sayJson } from '../../support/claude/script.ts';

const { signal } = new AbortController();
const verdict = z.object({
  leaks: z.boolean(),
  score: z.number().int().min(0).max(10),
  reasons: z.array(z.object({ line: z.number(), why: z.string().max(200) })).max(5),
  kind: z.enum(['target', 'time', 'group']).nullable(),
  note: z.string().optional(),
});
const good = {
  leaks: true,
  score: 7,
  reasons: [{ line: 3, why: 'It fits on the test rows.' }],
  kind: 'time',
};

test('a verdict comes back in its form, and the vendor is given that form', async () => {
  const { emulator, model } = await startScriptedClaude(() => sayJson(good));

  const answer = await model.decide({ ...aCall({ role: 'cheap' }), schema: verdict }, { signal });

  expect(answer.value).toEqual(good);
  expect(answer.model).toBe('claude-haiku-5-5');
  expect(emulator.asked[0]?.schema).toMatchObject({ type: 'object', additionalProperties: false });
});

test('forms with choices, references and recursion are taken by the vendor', async () => {
  type Tree = { name: string; children: Tree[] };
  const tree: z.ZodType<Tree> = z.object({
    name: z.string(),
    get children() {
      return z.array(tree);
    },
  });
  const schema = z.object({
    step: z.discriminatedUnion('operator', [
      z.object({ operator: z.literal('draft'), family: z.string() }),
      z.object({ operator: z.literal('merge'), parents: z.array(z.uuid()).min(2) }),
    ]),
    tree,
    when: z.iso.date(),
  });
  const value = {
    step: { operator: 'draft', family: 'trees' },
    tree: { name: 'root', children: [{ name: 'leaf', children: [] }] },
    when: '2026-11-22',
  };
  const { model } = await startScriptedClaude(() => sayJson(value));

  expect((await model.decide({ ...aCall(), schema }, { signal })).value).toEqual(value);
});

test('a verdict outside its bounds is asked for once more, with the fault named', async () => {
  const { emulator, model } = await startScriptedClaude(
    inTurn(sayJson({ ...good, score: 11 }), sayJson(good)),
  );

  const answer = await model.decide({ ...aCall(), schema: verdict }, { signal });

  expect(answer.value).toEqual(good);
  expect(emulator.asked[1]?.asked).toContain('score');
  expect(answer.costMicroUsd).toBeGreaterThan(0);
});

test('text that is no JSON is mended once', async () => {
  const { model } = await startScriptedClaude(inTurn(say('{"leaks": tru'), sayJson(good)));

  expect((await model.decide({ ...aCall(), schema: verdict }, { signal })).value).toEqual(good);
});

test('a verdict that stays wrong is given up, and says what was wrong', async () => {
  const { emulator, model } = await startScriptedClaude(() => sayJson({ ...good, score: 11 }));

  await expect(model.decide({ ...aCall(), schema: verdict }, { signal })).rejects.toMatchObject({
    kind: 'business',
    code: 'llm.unreadable',
    details: { faults: [expect.stringContaining('score')] },
  });
  expect(emulator.asked).toHaveLength(2);
});

test('a verdict that was cut off is asked for again with twice the room', async () => {
  const { emulator, model } = await startScriptedClaude(
    inTurn({ kind: 'truncated', text: '{"leaks": true, "sco' }, sayJson(good)),
  );

  const answer = await model.decide({ ...aCall({ maxTokens: 1_000 }), schema: verdict }, { signal });

  expect(answer.value).toEqual(good);
  expect(emulator.asked.map(({ maxTokens }) => maxTokens)).toEqual([1_000, 2_000]);
});

test('a verdict that is cut off twice is given up', async () => {
  const { model } = await startScriptedClaude(() => ({ kind: 'truncated', text: '{"leaks": true, "sco' }));

  await expect(model.decide({ ...aCall(), schema: verdict }, { signal })).rejects.toMatchObject({
    code: 'llm.truncated',
  });
});

test('a repaired verdict is repeated without a call', async () => {
  const { emulator, model } = await startScriptedClaude(
    inTurn(sayJson({ ...good, score: 11 }), sayJson(good)),
  );
  const call = { ...aCall(), schema: verdict };

  const first = await model.decide(call, { signal });
  const second = await model.decide(call, { signal });

  expect(second).toEqual({ ...first, isRepeated: true });
  expect(emulator.asked).toHaveLength(2);
});
