import type { EChartsOption, SeriesOption } from 'echarts';
import type { Chart } from '../../domain/chart.ts';
import { formatScore } from '../../domain/metrics/score.ts';
import {
  axes,
  cutMiddle,
  drawSvg,
  font,
  heading,
  heightPx,
  type Plot,
  palette,
  plotOf,
  smallPx,
  textAt,
  textWidth,
} from './chart-frame.ts';
import { niceTicks, spreadLabels, type Ticks, tickText } from './chart-ticks.ts';
import { scoresRange } from './scores-range.ts';

type Scores = Extract<Chart, { kind: 'scores' }>;

/** Dark enough for text on white. */
const lineColours: Readonly<Record<string, string>> = {
  gold: '#8A6A00',
  silver: '#5F6670',
  bronze: '#9A4F16',
};
const otherLineColour = palette.quiet;
const longestLineLabel = 16;
const bestLabelPx = 24;
const arrowPx = 22;
/** More dots than this are drawn small. */
const crowd = 60;
/** More would cover each other. */
const mostOutsideLabels = 2;

/** A competition's scores: a dot for each submission, the best so far as a line, thresholds dashed. */
export function scoresSvg(chart: Scores): string {
  const { slug, metric, direction, points, lines } = chart;
  const values = points.map(({ value }) => value);
  const isUp = direction === 'maximize';
  const thresholds = lines.map(({ value }) => value);
  const y = niceTicks(...scoresRange({ values, thresholds, isUp }), 5);
  // Room that was only made for a label is no reason to speak of scores below zero.
  const isNegative = Math.min(...values, ...thresholds) < 0;
  const labels = lines.map(
    ({ label, value }) => `${cutMiddle(label, longestLineLabel)} ${formatScore(value)}`,
  );
  const plot = plotOf(y, labels);
  return drawSvg(plot, {
    ...axes(
      { ...submissionTicks(points.length), name: 'submission', text: (value) => submissionText(value) },
      { ...y, text: (value) => (value < 0 && !isNegative ? '' : tickText(value, y)) },
    ),
    graphic: [
      ...heading(
        slug,
        `${cutMiddle(metric.replaceAll('_', ' '), 40)}, public score: ${isUp ? 'higher is better' : 'lower is better'}`,
        fromTo(values),
      ),
      ...edgeLabels(chart, labels, plot, y),
    ],
    series: seriesOf(chart, bestSoFar(values, isUp), { plot, y }),
  });
}

function fromTo(values: readonly number[]): string {
  const [first = 0] = values;
  const last = values.at(-1) ?? first;
  return values.length < 2 ? formatScore(first) : `${formatScore(first)} → ${formatScore(last)}`;
}

function submissionTicks(count: number): Ticks {
  if (count <= 20) return { min: 0.5, max: count + 0.5, step: 0.5, decimals: 0 };
  const step = Math.max(1, Math.ceil(count / 10 / 5) * 5);
  return { min: 0, max: count + Math.max(0.5, count * 0.02), step, decimals: 0 };
}

function submissionText(value: number): string {
  return Number.isInteger(value) && value > 0 ? String(value) : '';
}

/** The best value after each submission, and where the best of all is. */
function bestSoFar(values: readonly number[], isUp: boolean): { path: number[]; bestIndex: number } {
  const path: number[] = [];
  let bestIndex = 0;
  for (const [index, value] of values.entries()) {
    const best = values[bestIndex] ?? value;
    if (isUp ? value > best : value < best) bestIndex = index;
    path.push(values[bestIndex] ?? value);
  }
  return { path, bestIndex };
}

function seriesOf(
  { points, lines, direction }: Scores,
  { path, bestIndex }: { path: readonly number[]; bestIndex: number },
  { plot, y }: { plot: Plot; y: Ticks },
): SeriesOption[] {
  const isUp = direction === 'maximize';
  const inside = (value: number) => Math.min(y.max, Math.max(y.min, value));
  return [
    {
      type: 'line',
      data: path.map((value, index) => [index + 1, inside(value)]),
      step: 'end',
      showSymbol: false,
      lineStyle: { color: palette.blue, width: 5 },
      markLine: {
        silent: true,
        symbol: 'none',
        label: { show: false },
        precision: 12,
        data: lines.map(({ label, value }) => ({
          yAxis: value,
          lineStyle: { color: lineColour(label), width: 3, type: [10, 8] },
        })),
      },
    },
    dots(points, { y, inside }),
    bestMark(points[bestIndex]?.value ?? 0, bestIndex, { count: points.length, isUp, plot }),
  ];
}

/** A dot for each score; at the edge an arrow to those outside, with their value where there is room. */
function dots(
  points: Scores['points'],
  { y, inside }: { y: Ticks; inside: (value: number) => number },
): SeriesOption {
  const sizePx = points.length > crowd ? 8 : 16;
  const outside = points.filter(({ value }) => inside(value) !== value).length;
  return {
    type: 'scatter',
    symbolSize: sizePx,
    itemStyle: { opacity: 1, color: palette.paper, borderColor: palette.blue, borderWidth: sizePx / 5 },
    data: points.map(({ value }, index) => {
      const at = [index + 1, inside(value)];
      if (inside(value) === value) return { value: at };
      return {
        value: at,
        symbol: 'triangle',
        symbolSize: arrowPx,
        symbolOffset: [0, value > y.max ? arrowPx / 2 : -arrowPx / 2],
        symbolRotate: value > y.max ? 0 : 180,
        itemStyle: { color: palette.blue },
        label: {
          show: outside <= mostOutsideLabels,
          position: 'top' as const,
          align: index === 0 ? ('left' as const) : ('center' as const),
          formatter: formatScore(value),
          fontFamily: font,
          fontSize: smallPx,
          color: palette.quiet,
          backgroundColor: palette.paper,
        },
      };
    }),
  };
}

function bestMark(
  value: number,
  index: number,
  { count, isUp, plot }: { count: number; isUp: boolean; plot: Plot },
): SeriesOption {
  const text = `best ${formatScore(value)}`;
  const x = submissionTicks(count);
  const at = plot.left + ((index + 1 - x.min) / (x.max - x.min)) * (plot.right - plot.left);
  const half = textWidth(text, bestLabelPx, true) / 2;
  const align = at + half > plot.right ? 'right' : at - half < plot.left ? 'left' : 'center';
  return {
    type: 'scatter',
    symbol: 'diamond',
    symbolSize: 30,
    z: 10,
    itemStyle: { opacity: 1, color: palette.orange, borderColor: palette.ink, borderWidth: 2 },
    label: {
      show: true,
      position: isUp ? 'top' : 'bottom',
      distance: 8,
      align,
      formatter: text,
      fontFamily: font,
      fontSize: bestLabelPx,
      fontWeight: 'bold',
      color: palette.ink,
      backgroundColor: palette.paper,
      padding: [2, 6],
      borderRadius: 4,
    },
    data: [[index + 1, value]],
  };
}

function lineColour(label: string): string {
  return lineColours[label.toLowerCase()] ?? otherLineColour;
}

function edgeLabels(
  { lines }: Scores,
  labels: readonly string[],
  plot: Plot,
  y: Ticks,
): NonNullable<Extract<EChartsOption['graphic'], unknown[]>> {
  const pixelOf = (value: number) =>
    plot.bottom - ((value - y.min) / (y.max - y.min)) * (plot.bottom - plot.top);
  const places = spreadLabels(
    lines.map(({ value }) => pixelOf(value)),
    { gap: smallPx + 6, top: plot.top, bottom: Math.min(plot.bottom, heightPx - smallPx) },
  );
  return lines.map(({ label }, index) =>
    textAt(
      labels[index] ?? '',
      { x: plot.right + 14, y: places[index] ?? plot.top },
      { sizePx: smallPx, fill: lineColour(label) },
    ),
  );
}
