import { metricSpec } from '../../domain/metrics/catalog.ts';
import { fenced } from '../../domain/outside-text.ts';
import type { Problem } from '../../domain/problem.ts';
import { bounded, cell } from './bounded.ts';

const mostCharacters = 6_000;
const longestName = 200;

/** What is predicted and how it is judged, as the host fixed it; the same facts as in contract.json. */
export function contractCard(problem: Problem): string {
  const spec = metricSpec(problem.metric);
  const list = (names: readonly string[] | null) =>
    JSON.stringify((names ?? []).map((name) => cell(name, longestName)));
  const lines = [
    `task: ${problem.task}; modality: ${problem.modality}`,
    `metric: ${problem.metric}${problem.metricK === null ? '' : ` with k=${problem.metricK}`} (${spec.displayName}), to ${spec.direction}`,
    ...officialLines(problem),
    `predictionKind: ${problem.predictionKind}`,
    `idColumn: ${JSON.stringify(cell(problem.idColumn, longestName))}`,
    `targetColumns: ${list(problem.targetColumns)}`,
    `predictionColumns: ${list(problem.predictionColumns)}`,
    `submissionColumns: ${list(problem.submissionColumns)}`,
    ...(problem.classes === null ? [] : [`classes: ${list(problem.classes)}`]),
    ...(problem.textColumns.length === 0 ? [] : [`text columns: ${list(problem.textColumns)}`]),
    `split: ${splitOf(problem)}`,
  ];
  return `# The contract of this competition\nFixed by the host. All of it is in contract.json.\n${fenced('names from the data', bounded(lines.join('\n'), mostCharacters))}`;
}

function officialLines({ officialMetric }: Problem): string[] {
  if (officialMetric === undefined) return [];
  const { name, direction } = officialMetric;
  return [
    `the competition itself is judged by ${cell(name, longestName)}, to ${direction}; ours stands in for it`,
  ];
}

function splitOf({ groupColumn, timeColumn, task }: Problem): string {
  const groups = groupColumn === null ? null : `rows of one ${cell(groupColumn)} stay in one fold`;
  const time = timeColumn === null ? null : `ordered by ${cell(timeColumn)}, the test lies later`;
  const rules = [groups, time].filter((rule) => rule !== null);
  if (rules.length > 0) return rules.join('; ');
  return task === 'regression' ? 'plain folds' : 'folds with the same share of every class';
}
