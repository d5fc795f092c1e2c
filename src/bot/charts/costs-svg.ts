import type { Chart } from '../../domain/chart.ts';
import { axes, drawSvg, heading, palette, plotOf, smallPx, textAt } from './chart-frame.ts';
import { niceTicks, tickText } from './chart-ticks.ts';

type Costs = Extract<Chart, { kind: 'costs' }>;

const hourMs = 3_600_000;
/** Times since the start are told in the largest unit that has at least two of it. */
const units = [
  { name: 'days since the start', ms: 24 * hourMs },
  { name: 'hours since the start', ms: hourMs },
  { name: 'minutes since the start', ms: hourMs / 60 },
] as const;

/** Finer steps than cents say nothing. */
const leastScaleUsd = 0.05;

/** What a competition cost so far, against its cap. */
export function costsSvg({ slug, points, capUsd }: Costs): string {
  const startMs = points[0]?.at.getTime() ?? 0;
  const totalMs = Math.max(0, (points.at(-1)?.at.getTime() ?? startMs) - startMs);
  const unit = units.find(({ ms }) => totalMs >= 2 * ms) ?? units[2];
  const data = points.map(({ at, usd }) => [(at.getTime() - startMs) / unit.ms, usd]);
  const lastUsd = points.at(-1)?.usd ?? 0;
  // A cap far above would press the curve onto the axis: then it is only written down.
  const isCapNear = capUsd !== null && capUsd > 0 && capUsd <= Math.max(lastUsd, leastScaleUsd) * 5;
  const x = niceTicks(0, totalMs < 5 * units[2].ms ? 5 : totalMs / unit.ms, 6);
  const y = niceTicks(0, Math.max(isCapNear ? capUsd : 0, lastUsd, leastScaleUsd) * 1.1, 5);
  const capLabel = isCapNear ? [`cap ${dollars(capUsd)}`] : [];
  const plot = plotOf({ ...y, decimals: y.decimals === 0 ? 1 : 3 }, capLabel);
  const subtitle = `money spent${capUsd === null ? '' : `, cap ${dollars(capUsd)}`}`;
  const yText = (value: number) => (y.decimals === 0 ? `$${tickText(value, y)}` : dollars(value));
  return drawSvg(plot, {
    ...axes({ ...x, name: unit.name, text: (value) => tickText(value, x) }, { ...y, text: yText }),
    graphic: [
      ...heading(slug, subtitle, lastUsd > 0 && lastUsd < 0.005 ? 'less than $0.01' : dollars(lastUsd)),
      ...capLabel.map((label) =>
        textAt(
          label,
          { x: plot.right + 14, y: plot.bottom - ((capUsd ?? 0) / y.max) * (plot.bottom - plot.top) },
          { sizePx: smallPx, fill: palette.quiet },
        ),
      ),
    ],
    series: [
      {
        type: 'line',
        data,
        step: 'end',
        showSymbol: false,
        lineStyle: { color: palette.blue, width: 5 },
        areaStyle: { color: palette.blue, opacity: 0.1 },
        ...(isCapNear
          ? {
              markLine: {
                silent: true,
                symbol: 'none',
                label: { show: false },
                precision: 12,
                data: [{ yAxis: capUsd, lineStyle: { color: palette.quiet, width: 3, type: [10, 8] } }],
              },
            }
          : {}),
      },
      {
        type: 'scatter',
        symbol: 'diamond',
        symbolSize: 26,
        z: 10,
        itemStyle: { opacity: 1, color: palette.orange, borderColor: palette.ink, borderWidth: 2 },
        data: data.slice(-1),
      },
    ],
  });
}

function dollars(usd: number): string {
  return `$${usd.toFixed(2)}`;
}
