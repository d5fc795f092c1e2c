import type { Worker } from 'node:worker_threads';
import { expect, onTestFinished, test } from 'vitest';
import { chartKey, createChartDrawer, drawChart } from '../../../src/bot/charts/draw-chart.ts';
import type { Chart } from '../../../src/domain/chart.ts';
import { costs, inHours, scores } from '../cards/samples.ts';

const mostBytes = 150_000;
const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);

/** Of the PNG's first chunk. Source: PNG specification, IHDR. */
function sizeOf(png: Buffer): { width: number; height: number } {
  expect(png.subarray(0, 8)).toEqual(signature);
  expect(png.subarray(12, 16).toString('latin1')).toBe('IHDR');
  return { width: png.readUInt32BE(16), height: png.readUInt32BE(20) };
}

const curves: Chart = {
  kind: 'curves',
  slug: 'titanic',
  name: 'boosting-counts',
  panels: [
    {
      measure: 'loss',
      curves: [
        { name: 'train', points: Array.from({ length: 200 }, (_, step) => [step, Math.exp(-step / 40)]) },
        // Each fold counts from the start.
        {
          name: 'val',
          points: Array.from({ length: 100 }, (_, step) => [step % 50, 0.2 + Math.exp(-step / 30)]),
        },
      ],
    },
    {
      measure: 'auc',
      curves: [
        {
          name: 'val',
          points: [
            [0, 0.5],
            [199, 0.81],
          ],
        },
      ],
    },
  ],
};
const flat = {
  name: 'a/very/long/name'.repeat(5),
  points: [
    [7, 0.5],
    [7, 0.5],
  ] as [number, number][],
};

function manyScores(count: number, overrides: Partial<Extract<Chart, { kind: 'scores' }>> = {}): Chart {
  return {
    kind: 'scores',
    slug: 'titanic',
    metric: 'accuracy',
    direction: 'maximize',
    points: Array.from({ length: count }, (_, index) => ({
      round: index + 1,
      at: inHours(index),
      value: 0.7 + 0.09 * (1 - Math.exp(-index / 50)) + Math.sin(index * 7.3) * 0.01,
    })),
    lines: [],
    ...overrides,
  };
}

test.each([
  ['scores', scores],
  ['one score', manyScores(1)],
  [
    'equal scores',
    manyScores(1, { points: [1, 2].map((round) => ({ round, at: inHours(round), value: 0.5 })) }),
  ],
  ['two hundred scores', manyScores(200)],
  ['lower is better', manyScores(5, { direction: 'minimize' })],
  [
    'five lines close together',
    manyScores(3, { lines: [1, 2, 3, 4, 5].map((n) => ({ label: `line ${n}`, value: 0.8 + n / 1e5 })) }),
  ],
  ['a very long name', manyScores(3, { slug: 'a-'.repeat(50), metric: 'm'.repeat(300) })],
  [
    'huge scores',
    manyScores(2, { points: [1e9, -1e9].map((value) => ({ round: 1, at: inHours(1), value })) }),
  ],
  ['hostile names', manyScores(2, { slug: '</text><script>&"\'', metric: '\u0000]]>' })],
  ['costs', costs],
  ['one cost', { kind: 'costs', slug: 'titanic', points: [{ at: inHours(0), usd: 0 }], capUsd: null }],
  [
    'costs beyond the cap',
    {
      kind: 'costs',
      slug: 'titanic',
      points: [0, 30].map((usd) => ({ at: inHours(usd * 50), usd })),
      capUsd: 20,
    },
  ],
  ['learning curves', curves],
  [
    'learning curves that go nowhere',
    {
      ...curves,
      name: 'n'.repeat(200),
      panels: [{ measure: 'm'.repeat(80), curves: [flat, flat, flat, flat] }],
    },
  ],
] satisfies [string, Chart][])(
  '%s are drawn as a PNG of 1200 × 600 that is small enough to upload',
  async (_, chart) => {
    const png = await drawChart(chart);

    expect(sizeOf(png)).toEqual({ width: 1200, height: 600 });
    expect(png.length).toBeLessThan(mostBytes);
  },
);

test('the same facts give the same bytes, others do not', async () => {
  const [first, second, other] = await Promise.all(
    [scores, scores, manyScores(4)].map((chart) => drawChart(chart)),
  );

  expect(first?.equals(second ?? Buffer.alloc(0))).toBe(true);
  expect(first?.equals(other ?? Buffer.alloc(0))).toBe(false);
  expect(chartKey(scores)).toBe(chartKey(structuredClone(scores)));
  expect(chartKey(scores)).not.toBe(chartKey(costs));
});

test('a smaller picture can be asked for', async () => {
  expect(sizeOf(await drawChart(scores, { scale: 0.5 }))).toEqual({ width: 600, height: 300 });
});

test('whoever waits for a chart can give up', async () => {
  await expect(drawChart(scores, { signal: AbortSignal.abort() })).rejects.toMatchObject({
    code: 'chart.not_drawn',
  });
});

test('what cannot be drawn fails with a code, so that the message goes without it', async () => {
  await expect(drawChart({ ...costs, points: [] })).rejects.toMatchObject({
    code: 'chart.not_drawn',
    kind: 'transient',
  });
});

/** How many threads of this process were there at once, from now on. */
function mostThreads(): () => number {
  let running = 0;
  let most = 0;
  const count = (worker: Worker) => {
    running += 1;
    most = Math.max(most, running);
    worker.once('exit', () => {
      running -= 1;
    });
  };
  process.on('worker', count);
  onTestFinished(() => void process.off('worker', count));
  return () => most;
}

test('many charts at once are drawn two at a time, and none is left out', async () => {
  const draw = createChartDrawer();
  const most = mostThreads();
  const hollow: Chart = { ...costs, points: [] };

  const drawn = await Promise.allSettled(
    [scores, hollow, scores, hollow, scores].map((chart) => draw(chart)),
  );

  expect(most()).toBe(2);
  expect(drawn.map(({ status }) => status)).toEqual([
    'fulfilled',
    'rejected',
    'fulfilled',
    'rejected',
    'fulfilled',
  ]);
});

test('whoever gives up while others are drawn leaves the queue, and the next one comes', async () => {
  const draw = createChartDrawer(1);
  const giving = new AbortController();
  const first = draw(scores);
  const second = draw(scores, { signal: giving.signal });
  const third = draw(costs);
  giving.abort();

  await expect(second).rejects.toMatchObject({ code: 'chart.not_drawn' });
  for (const png of await Promise.all([first, third])) expect(png.length).toBeGreaterThan(0);
  await expect(draw(scores, { signal: AbortSignal.abort() })).rejects.toMatchObject({
    code: 'chart.not_drawn',
  });
});
