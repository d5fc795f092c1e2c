import { expect, test } from 'vitest';
import { aCall, startScriptedClaude } from '../../support/claude/a-claude.ts';
import { inTurn, type ScriptedAnswer, say } from '../../support/claude/script.ts';

const { signal } = new AbortController();
const winner = { title: 'First place', url: 'https://example.org/first', text: 'We blended five models.' };
const forum = { title: 'Forum', url: 'https://example.org/forum', text: 'Group by patient.' };
const plain = { title: 'Old page', url: 'http://example.org/old', text: 'No lock on the door.' };

function found(kind: 'search' | 'paused' = 'search'): ScriptedAnswer {
  return {
    kind,
    searches: [{ query: 'winning solution', pages: [winner, forum, plain] }],
    texts: [
      { text: 'Blending won. ', cites: [winner] },
      { text: 'Folds were grouped. ', cites: [forum, winner] },
      { text: 'An old page agrees.', cites: [plain] },
    ],
  };
}

test('a search comes back as text with its sources, each once, https alone', async () => {
  const { emulator, model, rows } = await startScriptedClaude(() => found());

  const answer = await model.search({ ...aCall({ step: 'research' }), maxSearches: 3 }, { signal });

  expect(answer.text).toBe('Blending won. Folds were grouped. An old page agrees.');
  expect(answer.citations).toEqual([
    {
      title: 'First place',
      url: 'https://example.org/first',
      quote: 'We blended five models.',
      said: ['Blending won. ', 'Folds were grouped. '],
    },
    {
      title: 'Forum',
      url: 'https://example.org/forum',
      quote: 'Group by patient.',
      said: ['Folds were grouped. '],
    },
  ]);
  expect(answer.usage.searches).toBe(1);
  expect(emulator.asked[0]?.maxSearches).toBe(3);
  // A search costs a cent of its own.
  expect(rows[0]?.settled?.microUsd).toBeGreaterThan(10_000);
  expect(rows[0]?.reservedMicroUsd).toBeGreaterThan(30_000);
});

test('a turn that the vendor pauses is sent back as it is, and gone on with by the same model', async () => {
  const { emulator, model } = await startScriptedClaude(inTurn(found('paused'), say('And that is all.')));

  const answer = await model.search({ ...aCall(), maxSearches: 3 }, { signal });

  expect(answer.text).toBe('Blending won. Folds were grouped. An old page agrees.And that is all.');
  expect(answer.citations).toHaveLength(2);
  expect(emulator.asked[1]?.messages.at(-1)?.role).toBe('assistant');
});

test('a turn that was declined, put in other words and then paused is gone on with from those words', async () => {
  const { emulator, model } = await startScriptedClaude(
    inTurn({ kind: 'refusal' }, found('paused'), say('And that is all.')),
  );

  const answer = await model.search({ ...aCall(), maxSearches: 3 }, { signal });

  expect(answer.text).toMatch(/And that is all\.$/);
  expect(emulator.asked).toHaveLength(3);
});

test('a search that fails in passing is told as such, is not kept, and works the next time', async () => {
  const { emulator, model } = await startScriptedClaude(
    inTurn(
      {
        kind: 'search',
        searches: [{ query: 'winner', error: 'unavailable' }],
        texts: [{ text: 'I do not know.' }],
      },
      found(),
    ),
  );
  const call = { ...aCall(), maxSearches: 2 };

  await expect(model.search(call, { signal })).rejects.toMatchObject({
    kind: 'transient',
    code: 'llm.search_failed',
  });
  expect((await model.search(call, { signal })).citations).toHaveLength(2);
  expect(emulator.asked).toHaveLength(2);
});

test('a search beyond the allowed number does not spoil what was found before it', async () => {
  const { model } = await startScriptedClaude(() => ({
    kind: 'search',
    searches: [
      { query: 'winner', pages: [winner] },
      { query: 'more', error: 'max_uses_exceeded' },
    ],
    texts: [{ text: 'Blending won.', cites: [winner] }],
  }));

  const answer = await model.search({ ...aCall(), maxSearches: 1 }, { signal });

  expect(answer.citations).toHaveLength(1);
});

test('a search that was not used gives text without sources', async () => {
  const { model } = await startScriptedClaude(() => say('I know that by heart.'));

  expect((await model.search({ ...aCall(), maxSearches: 1 }, { signal })).citations).toEqual([]);
});
