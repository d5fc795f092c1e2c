import fc from 'fast-check';
import { expect, test } from 'vitest';
import { BusinessFailure } from '../../src/domain/errors.ts';
import { type FoldPlan, type FoldRequest, planFolds } from '../../src/domain/folds.ts';
import { createRandom } from '../../src/domain/random.ts';
import { aProblem, aRegression } from './problems.ts';

function aRequest(rows: number, changes: Partial<FoldRequest> = {}): FoldRequest {
  const random = createRandom(`labels:${rows}`);
  const labels = [Array.from({ length: rows }, () => (random() < 0.3 ? '1' : '0'))];
  return { problem: aProblem(), rows, labels, groups: null, times: null, seed: 7, ...changes };
}

function sizes(plan: FoldPlan): number[] {
  return Array.from(
    { length: plan.foldCount },
    (_, fold) => plan.fold.filter((value) => value === fold).length,
  );
}

test('a small table has five stratified folds of equal size and no gate', () => {
  const request = aRequest(891);
  const plan = planFolds(request);

  expect(plan).toMatchObject({ scheme: 'stratified', foldCount: 5, gateRows: 0 });
  expect(Math.max(...sizes(plan)) - Math.min(...sizes(plan))).toBeLessThanOrEqual(1);
  const positives = [0, 1, 2, 3, 4].map(
    (fold) => request.labels[0]?.filter((label, row) => label === '1' && plan.fold[row] === fold).length ?? 0,
  );
  expect(Math.max(...positives) - Math.min(...positives)).toBeLessThanOrEqual(1);
  expect(plan.reason).toContain('same share of each class');
});

test('a table of 5,000 rows or more keeps 12 percent, and at least 1,000 rows, behind a stratified gate', () => {
  expect(planFolds(aRequest(4999)).gateRows).toBe(0);
  expect(planFolds(aRequest(5000)).gateRows).toBe(1000);
  const request = aRequest(20_000);
  const plan = planFolds(request);
  const positives =
    request.labels[0]?.filter((label, row) => label === '1' && plan.fold[row] === -1).length ?? 0;
  const share = request.labels[0]?.filter((label) => label === '1').length ?? 0;

  expect(plan.gateRows).toBe(2400);
  expect(Math.abs(positives - share * 0.12)).toBeLessThan(2);
});

test('the plan follows from the seed, and another assignment changes the folds behind the same gate', () => {
  const first = planFolds(aRequest(6000));
  const other = planFolds(aRequest(6000, { assignment: 1 }));
  const gateOf = (plan: FoldPlan) => [...plan.fold.keys()].filter((row) => plan.fold[row] === -1);

  expect(planFolds(aRequest(6000)).fold).toEqual(first.fold);
  expect(planFolds(aRequest(6000, { seed: 8 })).fold).not.toEqual(first.fold);
  expect(other.fold).not.toEqual(first.fold);
  expect(gateOf(other)).toEqual(gateOf(first));
});

test('a class with fewer rows than folds makes the folds plain, and so does regression', () => {
  const labels = [Array.from({ length: 100 }, (_, row) => (row < 4 ? 'rare' : 'common'))];

  expect(planFolds(aRequest(100, { labels })).scheme).toBe('plain');
  expect(planFolds(aRequest(100, { problem: aRegression() })).scheme).toBe('plain');
});

test('several targets are stratified by their combination, with rare ones pooled', () => {
  const random = createRandom('multi');
  const labels = [0.5, 0.1, 0.01].map((share) =>
    Array.from({ length: 1000 }, () => (random() < share ? '1' : '0')),
  );
  const problem = aProblem({ targetColumns: ['a', 'b', 'c'] });
  const plan = planFolds(aRequest(1000, { problem, labels }));

  expect(plan.scheme).toBe('stratified');
  const rare = [0, 1, 2, 3, 4].map(
    (fold) => labels[1]?.filter((label, row) => label === '1' && plan.fold[row] === fold).length ?? 0,
  );
  expect(Math.max(...rare) - Math.min(...rare)).toBeLessThanOrEqual(4);
});

test('groups stay whole in folds and gate, and every fold gets about the same number of rows', () => {
  const random = createRandom('groups');
  const groups = Array.from({ length: 10_000 }, () => `patient-${Math.floor(random() ** 2 * 400)}`);
  const problem = aProblem({ groupColumn: 'patient' });
  const plan = planFolds(aRequest(10_000, { problem, groups }));
  const foldsOfGroup = new Map<string, Set<number>>();
  groups.forEach((group, row) => {
    foldsOfGroup.set(group, (foldsOfGroup.get(group) ?? new Set()).add(plan.fold[row] ?? 9));
  });

  expect(plan.scheme).toBe('grouped');
  expect([...foldsOfGroup.values()].every((folds) => folds.size === 1)).toBe(true);
  expect(plan.gateRows).toBeGreaterThanOrEqual(1200);
  expect(plan.gateRows).toBeLessThanOrEqual(1500);
  expect(Math.max(...sizes(plan)) / Math.min(...sizes(plan))).toBeLessThan(1.1);
  expect(planFolds(aRequest(10_000, { problem, groups, assignment: 1 })).fold).not.toEqual(plan.fold);
});

test('too few groups are not used, and the reason says so', () => {
  const groups = Array.from({ length: 100 }, (_, row) => `site-${row % 3}`);
  const plan = planFolds(aRequest(100, { problem: aProblem({ groupColumn: 'site' }), groups }));

  expect(plan.scheme).toBe('stratified');
  expect(plan.reason).toContain('fewer values than there are folds');
});

test('with time order, folds are blocks in time and the gate is the latest block', () => {
  const day = (row: number) =>
    new Date(Date.UTC(2020, 0, 1 + Math.floor(row / 10))).toISOString().slice(0, 10);
  const order = Array.from({ length: 8000 }, (_, row) => (row * 4999) % 8000);
  const times = order.map(day);
  const problem = aRegression({ timeColumn: 'date' });
  const plan = planFolds(aRequest(8000, { problem, times }));
  const spans = [0, 1, 2, 3, 4, -1].map((fold) =>
    times.filter((_, row) => plan.fold[row] === fold).toSorted(),
  );

  expect(plan).toMatchObject({ scheme: 'time', gateRows: 1000 });
  spans.slice(1).forEach((span, index) => {
    expect((span[0] ?? '') > (spans[index]?.at(-1) ?? '')).toBe(true);
  });
  const other = planFolds(aRequest(8000, { problem, times, assignment: 1 }));
  expect(other.fold).not.toEqual(plan.fold);
  expect(other.gateRows).toBe(1000);
});

test('dates with the day first are put in their true order', () => {
  const times = ['03/01/2020', '15/01/2020', '02/02/2020', '01/12/2019', '2/1/2020'];
  const plan = planFolds(aRequest(5, { problem: aRegression({ timeColumn: 'date' }), times }));

  expect([...plan.fold]).toEqual([2, 3, 4, 0, 1]);
});

test('a table with a single row is refused', () => {
  expect(() => planFolds(aRequest(1))).toThrow(BusinessFailure);
});

test('every row is in exactly one fold or the gate, and no fold is empty, whatever the scheme', () => {
  const request = fc.record({
    rows: fc.integer({ min: 2, max: 300 }),
    scheme: fc.constantFrom('label', 'group', 'time'),
    variety: fc.integer({ min: 1, max: 40 }),
    seed: fc.integer(),
    assignment: fc.integer({ min: 0, max: 3 }),
  });

  fc.assert(
    fc.property(request, ({ rows, scheme, variety, seed, assignment }) => {
      const random = createRandom(seed);
      const cells = Array.from({ length: rows }, () => String(Math.floor(random() * variety)));
      const plan = planFolds({
        problem: aProblem({
          groupColumn: scheme === 'group' ? 'patient' : null,
          timeColumn: scheme === 'time' ? 'day' : null,
        }),
        rows,
        labels: [cells],
        groups: scheme === 'group' ? cells : null,
        times: scheme === 'time' ? cells : null,
        seed,
        assignment,
      });
      expect(plan.fold).toHaveLength(rows);
      expect(sizes(plan).reduce((sum, size) => sum + size, plan.gateRows)).toBe(rows);
      expect(Math.min(...sizes(plan))).toBeGreaterThan(0);
    }),
  );
});
