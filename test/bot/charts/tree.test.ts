import fc from 'fast-check';
import { expect, test } from 'vitest';
import { drawChart } from '../../../src/bot/charts/draw-chart.ts';
import { sparkline } from '../../../src/bot/charts/sparkline.ts';
import { layOutTree, type TreeChartNode } from '../../../src/bot/charts/tree-layout.ts';
import type { Chart } from '../../../src/domain/chart.ts';
import { operators } from '../../../src/domain/search/step.ts';

function chartNode(number: number, overrides: Partial<TreeChartNode> = {}): TreeChartNode {
  return {
    number,
    name: `boosting-${number}`,
    round: Math.ceil(number / 3),
    operator: 'draft',
    parents: [],
    status: 'scored',
    cv: 0.78,
    isBest: number === 1,
    isSubmitted: false,
    ...overrides,
  };
}

function aTreeChart(nodes: readonly TreeChartNode[]): Extract<Chart, { kind: 'tree' }> {
  return {
    kind: 'tree',
    slug: 'titanic',
    metric: 'rmse',
    direction: 'minimize',
    nodes: [...nodes],
    hidden: 0,
  };
}

/** Trees of any form: each node is made from up to two earlier ones. */
const trees = fc
  .array(
    fc.record({ picks: fc.array(fc.nat(), { maxLength: 2 }), operator: fc.constantFrom(...operators) }),
    {
      minLength: 1,
      maxLength: 40,
    },
  )
  .map((made) =>
    made.map(({ picks, operator }, index) =>
      chartNode(index + 1, {
        operator,
        parents: index === 0 ? [] : [...new Set(picks.map((pick) => (pick % index) + 1))],
      }),
    ),
  );

test('no line of a tree runs through a node that it has nothing to do with', () => {
  fc.assert(
    fc.property(trees, (nodes) => {
      const { placed, edges } = layOutTree(nodes);
      expect(placed.map(({ row }) => row)).toEqual(nodes.map((_, index) => index));
      for (const { from, to } of edges) {
        const inWay = placed.filter(({ lane, row }) => lane === from.lane && row > from.row && row < to.row);
        // what stands below in the same lane was made from it too, or is on its way
        expect(inWay).toEqual([]);
      }
    }),
  );
});

test('a branch stays in its lane, and a lane is free again where a branch ended', () => {
  const { placed, lanes } = layOutTree([
    chartNode(1),
    chartNode(2),
    chartNode(3, { parents: [1], operator: 'improve' }),
    chartNode(4, { parents: [3], operator: 'improve' }),
    chartNode(5),
    chartNode(6, { parents: [4, 5], operator: 'merge' }),
  ]);

  expect(placed.map(({ lane }) => lane)).toEqual([0, 1, 0, 0, 1, 0]);
  expect(lanes).toBe(2);
});

test.each([
  ['one node', [chartNode(1)]],
  ['forty nodes', Array.from({ length: 40 }, (_, index) => chartNode(index + 1))],
  [
    'hostile names',
    [chartNode(1, { name: '</text><script>&"\'\u0000' }), chartNode(2, { status: 'failed', cv: null })],
  ],
])('%s are drawn as wide as a phone shows sharply', async (_, nodes) => {
  const png = await drawChart(aTreeChart(nodes));

  expect(png.readUInt32BE(16)).toBe(900);
  expect(png.length).toBeLessThan(500_000);
});

test('a console sees a tree as a sign for each node', () => {
  const open = chartNode(3, { status: 'open', cv: null });
  const failed = chartNode(2, { status: 'failed', cv: null });

  expect(sparkline(aTreeChart([chartNode(1), failed, open, chartNode(4)]))).toBe('★✗○●');
});
