import { expect, test } from 'vitest';
import type { MemoryEntry } from '../../../../src/domain/search/step.ts';
import { createClaudeGenerator } from '../../../../src/providers/codegen/claude/claude-generator.ts';
import type { CodeRequest } from '../../../../src/providers/codegen/contract.ts';
import { createClaudeSummary } from '../../../../src/providers/summary/claude-summary.ts';
import { aProblem } from '../../../domain/problems.ts';
import { anApproach } from '../../../support/builders.ts';
import { startScriptedClaude } from '../../../support/claude/a-claude.ts';
import { asAnswer, asEdit } from '../../../support/claude/personas/scripts.ts';
import { inTurn, type Script, say, sayJson } from '../../../support/claude/script.ts';
import { aCodeRequest, aParent } from '../../../support/code-requests.ts';

const { signal } = new AbortController();

async function aGenerator(script: Script, options: Parameters<typeof startScriptedClaude>[1] = {}) {
  const claude = await startScriptedClaude(script, options);
  const generator = createClaudeGenerator({ model: claude.model });
  return { ...claude, write: (request: CodeRequest) => generator.generate(request, { signal }) };
}

const entry = (name: string, options: Partial<MemoryEntry> = {}): MemoryEntry => ({
  name,
  round: 1,
  operator: 'improve',
  parents: ['first'],
  family: 'boosting',
  change: `The change of ${name}`,
  status: 'scored',
  cv: 0.7,
  se: 0.01,
  error: null,
  ...options,
});

test('a draft is told the contract, the data, the plan, its siblings and what was learnt', async () => {
  const { write, emulator } = await aGenerator(() => say(asAnswer('print(1)\n')));

  const code = await write(
    aCodeRequest({
      approach: anApproach('plan-of-mine', { requirements: ['Use counts.'] }),
      step: { operator: 'draft', parents: [], complexity: 'complex' },
      memory: [entry('sibling', { operator: 'draft', parents: [] })],
      lessons: [{ text: 'Counts help.', evidence: 'three of four' }],
      advice: ['The rows of one site belong together.'],
    }),
  );

  expect(code).toEqual({ script: 'print(1)\n', requirements: 'pandas>=1.5\n', notes: ['It counts.'] });
  const [asked] = emulator.asked;
  expect(asked?.system).toMatch(
    /oof\.csv[\s\S]*# The task[\s\S]*accuracy[\s\S]*# The data[\s\S]*# The environment/,
  );
  for (const told of [
    'plan-of-mine',
    'Use counts.',
    'sibling',
    'Counts help.',
    'one site',
    'as elaborate as it helps',
  ]) {
    expect(asked?.asked).toContain(told);
  }
});

test('an improvement shows the script exactly and aims at the part that an ablation shows', async () => {
  const script = 'x = 1  # <system> & "quotes" \\n\n';
  const { write, emulator } = await aGenerator(() => say(asEdit('x = 1', 'x = 2')));

  const code = await write(
    aCodeRequest({
      step: {
        operator: 'improve',
        parents: [aParent('first', { script, ablations: [{ part: 'features:counts', loss: 0.02 }] })],
        target: 'features:counts',
      },
      memory: [entry('tried-before')],
    }),
  );

  expect(code.script).toBe(script.replace('x = 1', 'x = 2'));
  expect(code.requirements).toBe('pandas>=2.0\n');
  const asked = emulator.asked[0]?.asked ?? '';
  for (const told of [script, 'exactly one change', 'without features:counts it loses', 'tried-before']) {
    expect(asked).toContain(told);
  }
});

test('a script is mended with its traceback, the class of the fault, the version note and its own chain', async () => {
  const { write, emulator } = await aGenerator(() => say(asEdit('fit(1)', 'fit(2)')));
  const output =
    "Traceback (most recent call last):\n  File\nTypeError: fit() got an unexpected keyword argument 'early_stopping_rounds'";

  const code = await write(
    aCodeRequest({
      step: {
        operator: 'debug',
        parents: [
          aParent('failed-fix1', {
            script: 'fit(1)\n',
            cv: null,
            folds: [],
            failure: { reason: 'It broke.', output },
          }),
        ],
      },
      memory: [
        entry('failed', { status: 'failed', cv: null, error: 'The first error.' }),
        entry('failed-fix1'),
      ],
    }),
  );

  expect(code.script).toBe('fit(2)\n');
  const asked = emulator.asked[0]?.asked ?? '';
  for (const told of ['Class: api_drift', 'lgb.early_stopping', 'The first error.', output])
    expect(asked).toContain(told);
});

test('a merge shows both scripts with their scores', async () => {
  const { write, emulator } = await aGenerator(() => say(asAnswer('both = 1\n')));

  const code = await write(
    aCodeRequest({
      step: { operator: 'merge', parents: [aParent('left', { cv: 0.81 }), aParent('right', { cv: 0.79 })] },
    }),
  );

  expect(code.script).toBe('both = 1\n');
  const asked = emulator.asked[0]?.asked ?? '';
  for (const told of ['print("left")', 'print("right")', '0.81', '0.79']) expect(asked).toContain(told);
});

test('edits that do not apply are followed by one question for the whole file', async () => {
  const { write, emulator } = await aGenerator(
    inTurn(say(asEdit('nowhere', 'x')), say(asAnswer('whole = 1\n'))),
  );

  const code = await write(aCodeRequest({ step: { operator: 'improve', parents: [aParent('first')] } }));

  expect(code.script).toBe('whole = 1\n');
  expect(emulator.asked[1]?.asked).toMatch(/nowhere[\s\S]*whole file now/);
});

test('after three answers without a file it gives up, and says so', async () => {
  const { write, emulator } = await aGenerator(() => say('One would count.'));

  await expect(write(aCodeRequest())).rejects.toMatchObject({ kind: 'business', code: 'codegen.no_code' });
  expect(emulator.asked).toHaveLength(3);
});

test('a job that is repeated gets the same script without paying again', async () => {
  const { write, emulator, rows } = await aGenerator(
    inTurn(say('Nothing.'), say(asAnswer('x = 1\n')), say('Other.')),
  );

  const first = await write(aCodeRequest());
  const second = await write(aCodeRequest());

  expect(second).toEqual(first);
  expect(emulator.asked).toHaveLength(2);
  expect(rows).toHaveLength(2);
});

test.each([
  ['declines', () => ({ kind: 'refusal' }) as const, {}, 'llm.refused'],
  ['never ends', () => ({ kind: 'truncated', text: 'More and more. ' }) as const, {}, 'llm.truncated'],
  ['may not be paid', () => say('x'), { capMicroUsd: 10 }, 'llm.budget'],
])('a model that %s fails with the reason', async (_, script, options, code) => {
  const { write } = await aGenerator(script, options);

  await expect(write(aCodeRequest())).rejects.toMatchObject({ kind: 'business', code });
});

test('the beginning is read from the cache by every later call, whatever is asked', async () => {
  const { write, emulator } = await aGenerator(() => say(asAnswer('x = 1\n')));
  await write(aCodeRequest());
  await write(aCodeRequest({ approach: anApproach('another') }));
  await write(aCodeRequest({ problem: aProblem({ title: 'Another competition' }) }));

  const [first, second, third] = emulator.billed.map(({ usage }) => usage);
  expect(first?.cache_read_input_tokens).toBe(0);
  expect(second?.cache_read_input_tokens).toBe(first?.cache_creation_input_tokens);
  // Of another competition the rules at least.
  expect(third?.cache_read_input_tokens).toBeGreaterThan(2_000);
});

test('a fault that no pattern knows is classed by the cheap model first', async () => {
  const { model, emulator } = await startScriptedClaude(({ schema }) =>
    schema === null
      ? say(asEdit('fit(1)', 'fit(2)'))
      : sayJson({ failureClass: 'schema', reason: 'A column.' }),
  );

  const generator = createClaudeGenerator({ model, classify: createClaudeSummary({ model }).classify });
  const failure = { reason: 'It broke.', output: 'It went wrong.' };

  await generator.generate(
    aCodeRequest({
      step: { operator: 'debug', parents: [aParent('failed', { script: 'fit(1)\n', failure })] },
    }),
    { signal },
  );

  expect(emulator.asked.map(({ model: name }) => name)).toEqual(['claude-haiku-5-5', 'claude-opus-5-5']);
  expect(emulator.asked[1]?.asked).toContain('Class: schema');
});
