import type { GraphicComponentOption, SeriesOption } from 'echarts';
import type { Chart } from '../../domain/chart.ts';
import { formatScore } from '../../domain/metrics/score.ts';
import {
  axes,
  cutMiddle,
  drawSvg,
  heading,
  type Plot,
  palette,
  plotOf,
  smallPx,
  textAt,
} from './chart-frame.ts';
import { niceTicks, spreadLabels, type Ticks, tickText } from './chart-ticks.ts';

type Curves = Extract<Chart, { kind: 'curves' }>;
type Panel = Curves['panels'][number];
type Placed = { panel: Panel; plot: Plot; y: Ticks };

/** Beside the colour the kind of line tells them apart. Source: Okabe and Ito, "Color Universal Design". */
const looks = [
  { color: palette.blue, type: 'solid' as const },
  { color: '#B8460B', type: [14, 8] },
  { color: '#00795A', type: [3, 7] },
  { color: '#8F4B73', type: [16, 6, 3, 6] },
];
const longestName = 18;
const longestMeasure = 32;
/** Between two panels, for the upper one's name. */
const gapPx = 62;

/** What a script measured while it trained: a panel for each measure, a line for each of its curves. */
export function curvesSvg({ slug, name, panels }: Curves): string {
  const steps = panels.flatMap(({ curves }) => curves.flatMap(({ points }) => points.map(([step]) => step)));
  const x = niceTicks(Math.min(...steps), Math.max(...steps), 6);
  const placed = placesOf(panels);
  const drawn = placed.map(({ plot, y }, index) => {
    const isLast = index === placed.length - 1;
    const text = (step: number) => (isLast ? tickText(step, x) : '');
    const made = axes(
      { ...x, name: isLast ? "step of the script's own counting" : '', text },
      { ...y, text: (value) => tickText(value, y) },
    );
    return {
      grid: gridOf(plot),
      xAxis: { ...made.xAxis, gridIndex: index },
      yAxis: { ...made.yAxis, gridIndex: index },
    };
  });
  const [first] = placed;
  return drawSvg(first?.plot ?? plotOf(x, []), {
    grid: drawn.map(({ grid }) => grid),
    xAxis: drawn.flatMap(({ xAxis }) => xAxis),
    yAxis: drawn.flatMap(({ yAxis }) => yAxis),
    graphic: [
      ...heading(name, `${slug}: as its script measured while it trained`, ''),
      ...placed.flatMap((one) => wordsOf(one)),
    ],
    series: placed.flatMap(({ panel }, index) => seriesOf(panel, index)),
  });
}

function placesOf(panels: readonly Panel[]): Placed[] {
  const scales = panels.map(({ curves }) => {
    const values = curves.flatMap(({ points }) => points.map(([, value]) => value));
    return niceTicks(Math.min(...values), Math.max(...values), panels.length > 1 ? 3 : 5);
  });
  const labels = panels.flatMap(({ curves }) => curves.map(labelOf));
  // The same width for all, so that steps stand below one another.
  const plots = scales.map((y) => plotOf(y, labels));
  const left = Math.max(...plots.map((plot) => plot.left));
  return panels.flatMap((panel, index) => {
    const plot = plots[index];
    const y = scales[index];
    if (plot === undefined || y === undefined) return [];
    const { right, top, bottom } = plot;
    const height = (bottom - top - gapPx * (panels.length - 1)) / panels.length;
    const from = top + index * (height + gapPx);
    return [{ panel, y, plot: { left, right, top: from, bottom: from + height } }];
  });
}

function gridOf({ left, right, top, bottom }: Plot) {
  return { left, top, width: right - left, height: bottom - top, containLabel: false };
}

function labelOf({ name, points }: Panel['curves'][number]): string {
  return `${cutMiddle(name, longestName)} ${formatScore(points.at(-1)?.[1] ?? 0)}`;
}

/** What is measured above its panel; at its right edge which line is which, with the last value. */
function wordsOf({ panel: { measure, curves }, plot, y }: Placed): GraphicComponentOption[] {
  const pixelOf = (value: number) =>
    plot.bottom - ((value - y.min) / (y.max - y.min)) * (plot.bottom - plot.top);
  const ends = curves.map(({ points }) => pixelOf(points.at(-1)?.[1] ?? y.min));
  const places = spreadLabels(ends, { gap: smallPx + 6, top: plot.top, bottom: plot.bottom });
  return [
    textAt(
      cutMiddle(measure, longestMeasure),
      { x: plot.left, y: plot.top - smallPx },
      { sizePx: smallPx, fill: palette.ink, isBold: true },
    ),
    ...curves.map((curve, index) =>
      textAt(
        labelOf(curve),
        { x: plot.right + 14, y: places[index] ?? plot.top },
        { sizePx: smallPx, fill: lookOf(index).color },
      ),
    ),
  ];
}

function lookOf(index: number): (typeof looks)[number] {
  return looks[index % looks.length] ?? { color: palette.blue, type: 'solid' };
}

function seriesOf({ curves }: Panel, index: number): SeriesOption[] {
  return curves.map(({ points }, place) => {
    const { color, type } = lookOf(place);
    return {
      type: 'line',
      xAxisIndex: index,
      yAxisIndex: index,
      showSymbol: points.length < 12,
      symbol: 'circle',
      symbolSize: 11,
      itemStyle: { color },
      lineStyle: { color, width: 4, type },
      connectNulls: false,
      data: withGaps(points),
    };
  });
}

/** Where a script counts from the start again (the next fold), the line does too. */
function withGaps(points: Panel['curves'][number]['points']): ([number, number] | [number, null])[] {
  return points.flatMap(([step, value], index): ([number, number] | [number, null])[] => {
    const before = points[index - 1]?.[0] ?? step;
    return step < before
      ? [
          [step, null],
          [step, value],
        ]
      : [[step, value]];
  });
}
