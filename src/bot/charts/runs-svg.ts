import type { Chart } from '../../domain/chart.ts';
import { formatScore } from '../../domain/metrics/score.ts';
import { axes, cutMiddle, drawSvg, heading, palette, plotOf, smallPx, textAt } from './chart-frame.ts';
import { niceTicks, tickText } from './chart-ticks.ts';

type Runs = Extract<Chart, { kind: 'runs' }>;

const longestName = 28;
const rowInk = 22;

/** Cross-validated scores side by side: a point for each fold, a diamond for the mean, the best at the top. */
export function runsSvg({ slug, metric, direction, runs }: Runs): string {
  const values = runs.flatMap(({ cv, folds }) => [cv, ...folds]);
  const low = Math.min(...values);
  const high = Math.max(...values);
  const room = Math.max((high - low) * 0.06, Math.abs(high) * 1e-6, 1e-9);
  // Room at the edge is no reason to speak of scores below zero.
  const x = niceTicks(low < 0 ? low - room : Math.max(0, low - room), high + room, 6);
  const rows = { min: 0, max: runs.length, step: 1, decimals: 0 };
  const names = runs.map(({ name }) => cutMiddle(name, longestName));
  const plot = plotOf(rows, names);
  const best = runs[0];
  const yOf = (index: number) => runs.length - index - 0.5;
  const rowPx = (plot.bottom - plot.top) / runs.length;
  const better = direction === 'maximize' ? 'higher is better' : 'lower is better';
  return drawSvg(plot, {
    ...axes(
      {
        ...x,
        name: `cross-validated ${metric.replaceAll('_', ' ')}, ${better}`,
        text: (value) => tickText(value, x),
      },
      { ...rows, text: () => '' },
    ),
    graphic: [
      ...heading(
        slug,
        'a point for each fold, a diamond for their mean',
        best === undefined ? '' : formatScore(best.cv),
      ),
      ...names.map((name, index) =>
        textAt(
          name,
          { x: plot.right + 14, y: plot.top + rowPx * (index + 0.5) },
          {
            sizePx: Math.min(smallPx, rowPx),
            fill: index === 0 ? palette.ink : palette.quiet,
            isBold: index === 0,
          },
        ),
      ),
    ],
    series: [
      {
        type: 'scatter',
        symbol: 'circle',
        symbolSize: 13,
        itemStyle: { color: palette.blue, opacity: 0.55 },
        data: runs.flatMap(({ folds }, index) => folds.map((score) => [score, yOf(index)])),
      },
      {
        type: 'scatter',
        symbol: 'diamond',
        symbolSize: rowInk,
        z: 10,
        itemStyle: { opacity: 1, color: palette.orange, borderColor: palette.ink, borderWidth: 2 },
        data: runs.map(({ cv }, index) => [cv, yOf(index)]),
      },
    ],
  });
}
