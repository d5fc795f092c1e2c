import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Failure } from '../../../src/domain/errors.ts';
import { aCall, claudeAt } from '../../support/claude/a-claude.ts';
import { billOf } from '../../support/claude/bill.ts';
import { createMemoryLedger } from '../../support/claude/memory-ledger.ts';
import { fail, inTurn, type ScriptedAnswer, say } from '../../support/claude/script.ts';
import { startClaude } from '../../support/claude/start-claude.ts';

const { signal } = new AbortController();
const answers: readonly ScriptedAnswer[] = [
  say('Gradient boosting.'),
  say('Gradient boosting, at length. '.repeat(50), 'Long thoughts. '.repeat(20)),
  { kind: 'truncated', text: 'Half of it, ' },
  { kind: 'truncated', text: '' },
  { kind: 'refusal' },
  { kind: 'refusal', text: 'I would rather' },
  fail({ status: 529 }),
  fail({ status: 500 }),
  fail({ status: 429, retryAfterSeconds: 0 }),
  fail({ cut: 'before' }),
  fail({ cut: 'after' }),
  fail({ cut: 'short' }),
  fail({ streamError: 'api_error' }),
  fail({ status: 404 }),
];
/** All that these may end in. */
const known = [
  'llm.truncated',
  'llm.refused',
  'llm.overloaded',
  'llm.failing',
  'llm.busy',
  'llm.unreachable',
  'llm.unavailable',
  'llm.unknown_model',
];

test('whatever goes wrong in whatever order, the ledger never says less than the vendor bills, and nothing is left open', async () => {
  const emulator = await startClaude();
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.constantFrom(...answers), { minLength: 1, maxLength: 12 }),
      async ([first = say('Fine.'), ...others]) => {
        emulator.play(inTurn(first, ...others));
        const begin = emulator.billed.length;
        const ledger = createMemoryLedger();
        const model = claudeAt(emulator, { ledger });
        for (let repetition = 0; repetition < 2; repetition += 1) {
          const end = await model
            .write(aCall({ maxTokens: 700 }), { signal })
            .catch((error: unknown) => error);
          if (end instanceof Error)
            expect(end instanceof Failure && known.includes(end.code) ? 'known' : end).toBe('known');
        }
        const paid = ledger.rows.reduce((sum, { settled }) => sum + (settled?.microUsd ?? Number.NaN), 0);
        expect(paid).toBeGreaterThanOrEqual(billOf(emulator.billed.slice(begin)));
        for (const { settled, reservedMicroUsd } of ledger.rows) {
          expect(settled?.microUsd).toBeLessThanOrEqual(reservedMicroUsd);
        }
      },
    ),
    { numRuns: 15 },
  );
});
