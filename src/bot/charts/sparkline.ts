import type { Chart } from '../../domain/chart.ts';
import { formatScore } from '../../domain/metrics/score.ts';
import { treeMarks } from './tree-marks.ts';

const cells = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'] as const;
const mostCells = 40;

/** `▁▂▄▅▇ 0.77033 → 0.79186`: a chart for consoles; taller is more, whatever is better. */
export function sparkline(chart: Chart): string {
  if (chart.kind === 'tree') return treeMarks(chart);
  const isMoney = chart.kind === 'costs';
  const values = valuesOf(chart);
  const text = (value: number) => (!isMoney ? formatScore(value) : `$${value.toFixed(2)}`);
  const [first = 0] = values;
  const last = values.at(-1) ?? first;
  const ends = values.length < 2 ? text(first) : `${text(first)} → ${text(last)}`;
  return `${bars(thinned(values))} ${ends}`;
}

function valuesOf(chart: Exclude<Chart, { kind: 'tree' }>): number[] {
  switch (chart.kind) {
    case 'scores':
      return chart.points.map(({ value }) => value);
    case 'costs':
      return chart.points.map(({ usd }) => usd);
    case 'runs':
      return chart.runs.map(({ cv }) => cv);
    case 'curves':
      return chart.panels[0]?.curves[0]?.points.map(([, value]) => value) ?? [];
  }
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
