import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type BlendMember, combinePredictions, combineRule, selectBlend } from '../../src/domain/blend.ts';
import { isBetter } from '../../src/domain/metrics/score.ts';
import { createPredictionScorer } from '../../src/domain/prediction-score.ts';
import type { Problem } from '../../src/domain/problem.ts';
import { createRandom } from '../../src/domain/random.ts';
import { aMulticlassProblem, aProbabilityProblem, aProblem, aRegression } from './problems.ts';

const column = (...values: number[]) => Float64Array.from(values);

test('the metric decides how predictions are combined', () => {
  expect(combineRule(aProbabilityProblem())).toBe('rank');
  expect(combineRule(aRegression())).toBe('mean');
  expect(combineRule(aRegression({ metric: 'mae' }))).toBe('median');
  expect(combineRule(aMulticlassProblem())).toBe('mean');
});

test('means and medians follow the weights', () => {
  const members = [
    { columns: [column(0, 10)], weight: 0.5 },
    { columns: [column(4, 20)], weight: 0.25 },
    { columns: [column(8, 30)], weight: 0.25 },
  ];

  expect(combinePredictions(aRegression(), members)).toEqual([column(3, 17.5)]);
  expect(combinePredictions(aRegression({ metric: 'mae' }), members)).toEqual([column(2, 15)]);
});

test('ranks make members of different scale count alike', () => {
  const members = [
    { columns: [column(0.1, 0.2, 0.3, 0.4)], weight: 0.5 },
    { columns: [column(4000, 3000, 1000, 2000)], weight: 0.5 },
  ];

  expect(combinePredictions(aProbabilityProblem(), members)).toEqual([column(0.625, 0.625, 0.5, 0.75)]);
});

test('rows of class probabilities sum to one after blending', () => {
  const members = [1, 2].map((scale) => ({
    columns: [column(scale), column(scale), column(0)],
    weight: scale,
  }));

  expect(combinePredictions(aMulticlassProblem(), members)).toEqual([column(0.5), column(0.5), column(0)]);
});

test('one member alone stays as it is, and none at all is refused', () => {
  expect(combinePredictions(aProbabilityProblem(), [{ columns: [column(0.3, 0.9)], weight: 1 }])).toEqual([
    column(0.3, 0.9),
  ]);
  expect(() => combinePredictions(aRegression(), [])).toThrow('nothing to blend');
});

/** Members that see the truth through noise of their own. */
function aLibrary(problem: Problem, noises: readonly number[], seed: number, rows = 120) {
  const random = createRandom(seed);
  const truth = [Array.from({ length: rows }, () => (random() < 0.4 ? '1' : '0'))];
  const columnOf = (noise: number) =>
    Float64Array.from(truth[0] ?? [], (label) =>
      Math.min(1, Math.max(0, Number(label) * 0.4 + 0.3 + (random() - 0.5) * noise)),
    );
  const members: BlendMember[] = noises.map((noise, index) => {
    const positive = columnOf(noise);
    const columns =
      problem.predictionColumns.length === 2 ? [positive.map((value) => 1 - value), positive] : [positive];
    return { name: `member-${index}`, columns };
  });
  return { members, score: createPredictionScorer(problem, truth) };
}

test('a blend of members with errors of their own is better than the best of them', () => {
  const problem = aRegression();
  const { members, score } = aLibrary(problem, [0.8, 0.8, 0.8, 4], 3, 400);

  const blend = selectBlend({ problem, members, score });

  expect(blend.score).toBeLessThan(blend.bestMember.score * 0.9);
  expect(blend.weights.reduce((sum, { weight }) => sum + weight, 0)).toBeCloseTo(1);
  expect(blend.weights.map(({ name }) => name)).toContain('member-0');
  const weightOf = (name: string) => blend.weights.find((member) => member.name === name)?.weight ?? 0;
  const combined = members.map(({ name, columns }) => ({ columns, weight: weightOf(name) }));
  expect(score(combinePredictions(problem, combined))).toBeCloseTo(blend.score, 12);
});

test('at most six members are used, and a member that cannot be scored is left out', () => {
  const problem = aRegression();
  const { members, score } = aLibrary(problem, new Array(12).fill(1.5), 5, 400);
  const broken = { name: 'broken', columns: [new Float64Array(400).fill(Number.NaN)] };

  const blend = selectBlend({ problem, members: [broken, ...members], score });

  expect(blend.weights.length).toBeLessThanOrEqual(6);
  expect(blend.weights.map(({ name }) => name)).not.toContain('broken');
  expect(() => selectBlend({ problem, members: [broken], score })).toThrow('nothing to blend');
});

test('a blend is never worse than its best member on the rows it was chosen on', () => {
  const problems = [
    aRegression(),
    aRegression({ metric: 'mae' }),
    aProbabilityProblem(),
    aProbabilityProblem({ metric: 'log_loss' }),
    aProblem({ metric: 'f1' }),
  ];
  const noises = fc.array(fc.double({ min: 0.1, max: 5, noNaN: true }), { minLength: 1, maxLength: 5 });

  fc.assert(
    fc.property(fc.constantFrom(...problems), noises, fc.integer(), (problem, drawn, seed) => {
      const { members, score } = aLibrary(problem, drawn, seed);
      const blend = selectBlend({ problem, members, score });
      const singles = members.map(({ columns }) => score(columns));
      for (const single of singles) expect(isBetter(problem.metric, single, blend.score)).toBe(false);
      expect(singles).toContain(blend.bestMember.score);
    }),
    { numRuns: 40 },
  );
});
