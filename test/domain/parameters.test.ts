import { expect, test } from 'vitest';
import { approachSchema } from '../../src/domain/approach.ts';
import { asFailure } from '../../src/domain/errors.ts';
import {
  type Assignment,
  applyChanges,
  readAssignments,
  tunedApproach,
  viewParameters,
} from '../../src/domain/parameters.ts';
import { anApproach } from '../support/builders.ts';

const params = {
  lightgbm: { learning_rate: 0.05, num_leaves: 31, seeds: 2 },
  linear: { C: 1, penalty: 'l2', scaled: true, max_features: null, seeds: 1 },
};

function set(...typed: string[]) {
  const values = typed.map((word): Assignment => {
    const [name = '', value = ''] = word.split('=');
    return { name, value };
  });
  return readAssignments(params, values);
}
function codeOf(...typed: string[]): string {
  try {
    set(...typed);
    return 'taken';
  } catch (error) {
    return asFailure(error).code;
  }
}

test('every parameter is shown with its type and its range', () => {
  expect(viewParameters(params)).toContainEqual({
    model: 'lightgbm',
    name: 'num_leaves',
    value: 31,
    kind: 'whole',
    min: 2,
    max: 4_096,
  });
  expect(viewParameters(params).map(({ name, kind }) => `${name}:${kind}`)).toEqual([
    'learning_rate:number',
    'num_leaves:whole',
    'seeds:whole',
    'C:number',
    'penalty:text',
    'scaled:flag',
    'max_features:any',
    'seeds:whole',
  ]);
});

test('values are read as the type of what stands there', () => {
  expect(set('learning_rate=3e-2', 'linear.seeds=3', 'scaled=off', 'penalty=l1', 'max_features=0.5')).toEqual(
    [
      { model: 'lightgbm', name: 'learning_rate', from: 0.05, to: 0.03 },
      { model: 'linear', name: 'seeds', from: 1, to: 3 },
      { model: 'linear', name: 'scaled', from: true, to: false },
      { model: 'linear', name: 'penalty', from: 'l2', to: 'l1' },
      { model: 'linear', name: 'max_features', from: null, to: 0.5 },
    ],
  );
});

test.each([
  ['parameters.unknown', ['learnin_rate=0.1']],
  ['parameters.unknown', ['__proto__=1']],
  ['parameters.ambiguous', ['seeds=3']],
  ['parameters.twice', ['C=2', 'linear.C=3']],
  ['parameters.bad_value', ['learning_rate=fast']],
  ['parameters.bad_value', ['learning_rate=0x10']],
  ['parameters.bad_value', ['learning_rate=NaN']],
  ['parameters.bad_value', ['learning_rate=1e999']],
  ['parameters.bad_value', ['num_leaves=3.5']],
  ['parameters.bad_value', ['scaled=maybe']],
  ['parameters.out_of_range', ['learning_rate=7']],
  ['parameters.out_of_range', ['num_leaves=-1']],
  ['parameters.unchanged', ['C=1.0']],
])('nonsense is refused as %s: %s', (code, typed) => {
  expect(codeOf(...typed)).toBe(code);
});

test('a slip of the finger is answered with what may be meant', () => {
  expect(() => set('learnin_rate=0.1')).toThrow('learning_rate');
});

test('changes go on top of what was set before, and the parent stays as it was', () => {
  const before = { lightgbm: { seeds: 4 } };

  expect(applyChanges(before, set('learning_rate=0.03'))).toEqual({
    lightgbm: { seeds: 4, learning_rate: 0.03 },
  });
  expect(before).toEqual({ lightgbm: { seeds: 4 } });
});

test('the plan of a tuned node is a valid approach that says what it changes', () => {
  const parent = anApproach(`${'long-'.repeat(9)}nm`, {
    title: 'x'.repeat(120),
    models: [{ kind: 'lightgbm', params: { learning_rate: 0.05 } }],
  });
  const spec = tunedApproach(parent, set('learning_rate=0.03'), { mark: 'abc123', why: 'A person set' });
  const again = tunedApproach(spec, set('learning_rate=0.01'), { mark: 'def456', why: 'A person set' });

  expect(approachSchema.parse(spec)).toMatchObject({
    rationale: 'A person set learning_rate 0.03.',
    models: [{ kind: 'lightgbm', params: { learning_rate: 0.03 } }],
    basedOn: [parent.name],
  });
  expect(spec.name).toMatch(/-pabc123$/);
  expect(again.name).toMatch(/^(long-)+.*-pdef456$/);
  expect(again.name).not.toContain('abc123');
});
