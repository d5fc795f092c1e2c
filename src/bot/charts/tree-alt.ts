import type { Chart } from '../../domain/chart.ts';
import type { Voice } from '../voice.ts';

/** Plain: the words that stand for the picture of a tree; the list of its nodes stands beside it. */
export function treeAlt(chart: Extract<Chart, { kind: 'tree' }>, voice: Voice): string {
  const { plain, score, comma } = voice;
  const { slug, nodes, hidden } = chart;
  const best = nodes.find(({ isBest }) => isBest);
  const count = (wanted: (typeof nodes)[number]['status']) =>
    nodes.filter(({ status }) => status === wanted).length;
  const text = plain('cards:chart.tree', {
    slug,
    count: nodes.length + hidden,
    scored: count('scored'),
    failed: count('failed'),
    open: count('open'),
  });
  const shown = nodes
    .filter(({ status }) => status === 'scored')
    .map((node) =>
      plain('cards:chart.tree_node', {
        number: node.number,
        name: node.name,
        operator: plain(`cards:operator.${node.operator}`),
        score: score(node.cv),
      }),
    );
  return [
    text,
    ...(best === undefined
      ? []
      : [plain('cards:chart.tree_best', { name: best.name, score: score(best.cv) })]),
    ...(shown.length === 0 ? [] : [plain('cards:chart.tree_nodes', { list: shown.join(comma) })]),
  ].join(voice.gap);
}
