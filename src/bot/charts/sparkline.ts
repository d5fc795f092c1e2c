import type { Chart } from '../../domain/chart.ts';
import { formatScore } from '../../domain/metrics/score.ts';

const cells = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'] as const;
const mostCells = 40;

/** `▁▂▄▅▇ 0.77033 → 0.79186`: a chart for consoles; taller is more, whatever is better. */
export function sparkline(chart: Chart): string {
  const isScores = chart.kind === 'scores';
  const values =
    chart.kind === 'scores' ? chart.points.map(({ value }) => value) : chart.points.map(({ usd }) => usd);
  const text = (value: number) => (isScores ? formatScore(value) : `$${value.toFixed(2)}`);
  const [first = 0] = values;
  const last = values.at(-1) ?? first;
  const ends = values.length < 2 ? text(first) : `${text(first)} → ${text(last)}`;
  return `${bars(thinned(values))} ${ends}`;
}

function bars(values: readonly number[]): string {
  const low = Math.min(...values);
  const span = Math.max(...values) - low;
  return values
    .map(
      (value) => cells[span === 0 ? 0 : Math.round(((value - low) / span) * (cells.length - 1))] ?? cells[0],
    )
    .join('');
}

/** At most `mostCells` of them, evenly chosen, with the last. */
function thinned(values: readonly number[]): readonly number[] {
  if (values.length <= mostCells) return values;
  return Array.from(
    { length: mostCells },
    (_, index) => values[Math.round((index * (values.length - 1)) / (mostCells - 1))] ?? 0,
  );
}
