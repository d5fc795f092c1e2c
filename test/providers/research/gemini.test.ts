import { expect, test } from 'vitest';
import { type ResearchCall, ResearchPending } from '../../../src/providers/research/contract.ts';
import { createMemoryLedger } from '../../support/claude/memory-ledger.ts';
import { geminiAt } from '../../support/gemini/settings.ts';
import { type Gemini, startGemini } from '../../support/gemini/start-gemini.ts';
import { aResearchRequest } from '../../support/research-requests.ts';

const question = 'What is the state of the art?';
const queryId = 'a3b1c2d4-0000-4000-8000-000000000001';

/** Runs of one query's job, one after another; what one keeps is there for the next. */
function aJob(server: Gemini, settings: Parameters<typeof geminiAt>[1] = {}) {
  const ledger = createMemoryLedger();
  const service = geminiAt(server, { ledger, ...settings });
  const state: { kept: unknown } = { kept: undefined };
  const ask = (changes: Partial<ResearchCall> = {}) =>
    service.ask(question, aResearchRequest(), {
      signal: AbortSignal.timeout(20_000),
      queryId,
      ...(state.kept === undefined ? {} : { kept: state.kept }),
      keep: async (note) => {
        state.kept = structuredClone(note);
      },
      ...changes,
    });
  /** Until it is no longer at work. */
  const finish = async () => {
    for (let turn = 0; turn < 20; turn += 1) {
      const found = await ask().catch((error: unknown) => {
        if (error instanceof ResearchPending) return null;
        throw error;
      });
      if (found !== null) return found;
    }
    throw new Error('it never ends');
  };
  return { ask, finish, state, ledger };
}

test('a research runs in the background, is looked at until it ends, and is paid for once', async () => {
  const text = 'Überblick: boosting won. Linear lost.';
  const end = Buffer.byteLength('Überblick: boosting won.');
  const server = await startGemini({
    polls: 2,
    text,
    annotations: [
      { url: 'https://example.com/a', title: 'Write-up', start: 0, end },
      { url: 'http://example.com/plain', title: 'No https', start: end, end: Buffer.byteLength(text) },
    ],
  });
  const { finish, ledger } = aJob(server);

  expect(await finish()).toEqual({
    prompt: question,
    isPartial: false,
    text: 'Überblick: boosting won.[s1] Linear lost.[s2]',
    citations: [
      { id: 's1', title: 'Write-up', url: 'https://example.com/a', quotes: ['Überblick: boosting won.'] },
      { id: 's2', title: 'No https', quotes: ['Linear lost.'] },
    ],
  });
  expect(server.counts).toEqual({ creates: 1, gets: 3, cancels: 0 });
  expect(server.bodies()).toMatchObject([
    { agent: 'deep-research-preview-04-2026', input: question, background: true, labels: { query: queryId } },
  ]);
  expect(ledger.rows).toMatchObject([
    {
      model: 'deep-research-preview-04-2026',
      purpose: { step: 'research' },
      reservedMicroUsd: 3_000_000,
      settled: { microUsd: 3_000_000, outcome: 'end_turn', usage: { inputTokens: 1000, outputTokens: 250 } },
    },
  ]);
});

test('a restarted job goes on with the interaction that is there', async () => {
  // a state that nobody knows is no end
  const server = await startGemini({ polls: 1, meanwhile: 'thinking_hard' });
  const first = aJob(server);
  await expect(first.ask()).rejects.toBeInstanceOf(ResearchPending);
  const second = aJob(server);
  second.state.kept = JSON.parse(JSON.stringify(first.state.kept));

  expect(await second.finish()).toMatchObject({ isPartial: false });
  expect(server.counts.creates).toBe(1);
});

test('answers of older versions of the API are read as well', async () => {
  const server = await startGemini({ isLegacy: true });

  expect(await aJob(server).finish()).toMatchObject({ text: 'Boosting won. Linear models lost.' });
});

test('what a cap does not allow is not begun', async () => {
  const server = await startGemini();
  const ledger = createMemoryLedger(2_999_999);

  await expect(aJob(server, { ledger }).ask()).rejects.toMatchObject({
    code: 'llm.budget',
    kind: 'business',
  });
  expect(server.requests).toEqual([]);
});

test('a start whose answer was lost is paid for, and never made twice', async () => {
  const server = await startGemini();
  server.fail({ at: 'create', what: 'answer_lost' });
  const { ask, ledger } = aJob(server);

  await expect(ask()).rejects.toMatchObject({ code: 'gemini.unreachable' });
  await expect(ask()).rejects.toMatchObject({ code: 'gemini.lost', kind: 'business' });
  expect(server.counts.creates).toBe(1);
  expect(ledger.rows).toMatchObject([{ settled: { microUsd: 3_000_000 } }]);
});

test('a start that was refused costs nothing and may be made again', async () => {
  const server = await startGemini();
  server.fail(
    { at: 'create', status: 429 },
    { at: 'create', status: 429, retryAfter: '0.01' },
    { at: 'create', status: 429 },
  );
  const { ask, finish, ledger } = aJob(server);

  await expect(ask()).rejects.toMatchObject({ code: 'gemini.quota' });
  expect(ledger.rows).toMatchObject([{ settled: { microUsd: 0, outcome: 'gemini.quota' } }]);
  expect(await finish()).toMatchObject({ isPartial: false });
  expect(server.counts.creates).toBe(1);
});

test('trouble while it is looked at is waited out', async () => {
  const server = await startGemini();
  server.fail({ at: 'get', status: 500 }, { at: 'get', status: 503 });

  expect(await aJob(server).finish()).toMatchObject({ isPartial: false });
});

test('a research that cannot be looked at is not given up before its time is over, and counts as paid then', async () => {
  const server = await startGemini();
  const away = Array.from({ length: 6 }, () => ({ at: 'get', status: 500 }) as const);
  let nowMs = Date.now();
  const { ask, finish, ledger } = aJob(server, { now: () => new Date(nowMs) });
  server.fail(...away.slice(0, 3));

  await expect(ask()).rejects.toBeInstanceOf(ResearchPending);
  expect(await finish()).toMatchObject({ isPartial: false });

  const late = await startGemini();
  late.fail(...away);
  const second = aJob(late, { now: () => new Date(nowMs) });
  await expect(second.ask()).rejects.toBeInstanceOf(ResearchPending);
  nowMs += 76 * 60_000;
  await expect(second.ask()).rejects.toMatchObject({ code: 'gemini.failing' });
  for (const { rows } of [ledger, second.ledger]) {
    expect(rows).toMatchObject([{ settled: { microUsd: 3_000_000 } }]);
  }
});

test.each([
  ['failed', 'gemini.failed'],
  ['budget_exceeded', 'gemini.failed'],
  ['requires_action', 'gemini.failed'],
] as const)('a research that ends as %s is no report', async (ending, code) => {
  const { finish, ledger } = aJob(await startGemini({ ending }));

  await expect(finish()).rejects.toMatchObject({
    code,
    details: { status: ending, vendorText: ending === 'failed' ? 'It ran out of pages.' : '' },
  });
  expect(ledger.rows).toMatchObject([{ settled: { microUsd: 3_000_000, outcome: `gemini.${ending}` } }]);
});

test('a long report that broke off is better than none', async () => {
  const server = await startGemini({ ending: 'incomplete', text: 'Much was found. '.repeat(200) });

  expect(await aJob(server).finish()).toMatchObject({ isPartial: true });
});

test('one that stays at work is ended after 75 minutes, begun once more, and then given up', async () => {
  const server = await startGemini({ ending: 'never' });
  let nowMs = Date.now();
  const { ask, ledger } = aJob(server, { now: () => new Date(nowMs) });
  await expect(ask()).rejects.toBeInstanceOf(ResearchPending);
  nowMs += 76 * 60_000;

  await expect(ask()).rejects.toBeInstanceOf(ResearchPending);
  expect(server.counts).toMatchObject({ creates: 2, cancels: 1 });
  nowMs += 76 * 60_000;

  await expect(ask()).rejects.toMatchObject({ code: 'gemini.stuck' });
  expect(server.counts).toMatchObject({ creates: 2, cancels: 2 });
  expect(ledger.rows.map(({ settled }) => settled?.microUsd)).toEqual([3_000_000, 3_000_000]);
});

test('an interaction that is gone is not begun again', async () => {
  const server = await startGemini();
  const { ask } = aJob(server);
  await expect(ask()).rejects.toBeInstanceOf(ResearchPending);
  server.forget();

  await expect(ask()).rejects.toMatchObject({ code: 'gemini.failed' });
  expect(server.counts.creates).toBe(1);
});

test('a key that is none and an agent that is none are for a person to mend, and cost nothing', async () => {
  const server = await startGemini();
  const wrongKey = aJob(server, { key: 'AIza-another' });

  await expect(wrongKey.ask()).rejects.toMatchObject({ code: 'gemini.refused', kind: 'configuration' });
  await expect(aJob(server, { agent: 'deep-thought' }).ask()).rejects.toMatchObject({
    code: 'gemini.forbidden',
    kind: 'configuration',
  });
  expect(wrongKey.ledger.rows).toMatchObject([{ settled: { microUsd: 0 } }]);
});

test('no failure carries the key', async () => {
  const server = await startGemini();
  server.fail({ at: 'create', status: 500, message: 'x' });
  const error: unknown = await aJob(server)
    .ask()
    .catch((thrown: unknown) => thrown);

  const seen: unknown[] = [];
  for (let one: unknown = error; one instanceof Error; one = one.cause)
    seen.push(String(one), one.stack, { ...one });
  expect(JSON.stringify(seen)).not.toContain('canary');
});

test('whoever asked may go away', async () => {
  const server = await startGemini();
  const controller = new AbortController();
  controller.abort(new Error('the agent stops'));

  await expect(aJob(server).ask({ signal: controller.signal })).rejects.toThrow('the agent stops');
  expect(server.counts.creates).toBe(0);
});
