import type { Chart } from './chart.ts';

type CurvesChart = Extract<Chart, { kind: 'curves' }>;
export type CurvePanel = CurvesChart['panels'][number];

/** One above the other: more would be too flat to read. */
const mostPanels = 2;
/** More lines are not told apart. */
const mostCurvesInPanel = 4;

/** What a script measured on rows that it did not learn from says most. */
const onHeldOutRows = /(^|[^a-z])(val|valid|validation|eval|cv|oof|fold)/i;

/**
 * What is drawn of everything that a run measured: `train/loss` and `val/loss` in one panel, as both are a loss, and
 * first what was measured on held-out rows.
 * @param told as the run told it: names, and [step, value]
 */
export function curvePanels(
  told: readonly { name: string; points: readonly (readonly [number, number])[] }[],
): CurvePanel[] {
  const drawable = told.filter(({ points }) => points.length > 1);
  const panels = [...Map.groupBy(drawable, ({ name }) => measureOf(name)).entries()];
  const isHeldOut = ([, curves]: (typeof panels)[number]) =>
    Number(curves.some(({ name }) => onHeldOutRows.test(name)));
  return panels
    .toSorted((a, b) => isHeldOut(b) - isHeldOut(a))
    .slice(0, mostPanels)
    .map(([measure, curves]) => ({
      measure,
      curves: curves.slice(0, mostCurvesInPanel).map(({ name, points }) => ({
        name: name === measure ? measure : name.slice(0, -measure.length - 1),
        points: points.map(([step, value]): [number, number] => [step, value]),
      })),
    }));
}

/** `loss` of `val/loss`. */
function measureOf(name: string): string {
  const [last = name] = name.split('/').slice(-1);
  return last === '' || last.length === name.length ? name : last;
}
