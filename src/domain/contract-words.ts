import { metricSpec } from './metrics/catalog.ts';
import type { Problem } from './problem.ts';

/** `higher is better` */
export function betterWords(direction: 'maximize' | 'minimize'): string {
  return direction === 'maximize' ? 'higher is better' : 'lower is better';
}

const kindWords: Readonly<Record<Problem['predictionKind'], string>> = {
  label: 'as classes',
  probability: 'as probabilities',
  value: 'as numbers',
};
const mostColumns = 6;

/** How a competition is judged, in three lines: metric and direction, id and target columns, rows and format. */
export function contractLines(problem: Problem, testRows: number): [string, string, string] {
  return [
    metricLine(problem),
    `Rows are named by ${problem.idColumn}; ${listed(problem.targetColumns)} is predicted, ${kindWords[problem.predictionKind]}.`,
    `The file has the columns ${listed([problem.idColumn, ...problem.submissionColumns])} and ${testRows.toLocaleString('en')} ${testRows === 1 ? 'row' : 'rows'}.`,
  ];
}

function metricLine({ metric, metricK, officialMetric }: Problem): string {
  const { displayName, direction } = metricSpec(metric);
  const ours = displayName.replace('{K}', String(metricK ?? 'K'));
  if (officialMetric === undefined) return `Metric: ${ours}, ${betterWords(direction)}.`;
  return `Metric: ${officialMetric.name}, ${betterWords(officialMetric.direction)}; it is not computed here, so I work towards ${ours} (${betterWords(direction)}).`;
}

function listed(names: readonly string[]): string {
  const shown = names.slice(0, mostColumns).join(', ');
  return names.length > mostColumns ? `${shown} and ${names.length - mostColumns} more` : shown;
}
