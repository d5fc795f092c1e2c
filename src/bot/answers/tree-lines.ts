import type { NodeView } from '../../domain/search-views.ts';
import { nodeMark } from '../charts/tree-marks.ts';
import { shorten } from '../shorten.ts';
import { alignColumns } from '../text-columns.ts';
import type { Scene } from './scene.ts';

const longestName = 48;
const indent = '  ';
/** Deeper ones would leave no room for their names. */
const deepest = 12;

/** Plain: the tree as an indented list, children below what they were made from. */
export function treeLines({ voice }: Pick<Scene, 'voice'>, nodes: readonly NodeView[]): string[] {
  const rows = inOrder(nodes).map(({ node, depth }) => [
    `${indent.repeat(Math.min(depth, deepest))}${nodeMark(node)} ${node.number} ${shorten(node.name, longestName)}`,
    operatorOf(voice, node),
    voice.plain('answers:tree.in_round', { round: node.round }),
    node.status === 'scored' ? voice.score(node.cv) : voice.plain(`answers:node.is.${node.status}`),
    notesOf(voice, node),
  ]);
  return alignColumns(rows, { align: ['left', 'left', 'left', 'right', 'left'] });
}

function operatorOf(voice: Scene['voice'], { operator, parents }: NodeView): string {
  const word = voice.plain(`cards:operator.${operator}`);
  return operator === 'merge' ? `${word} ${parents.join('+')}` : word;
}

function notesOf(voice: Scene['voice'], { isBest, isSubmitted, failedCheck, status }: NodeView): string {
  return [
    ...(isBest ? [voice.plain('answers:tree.is_best')] : []),
    ...(isSubmitted ? [voice.plain('answers:tree.is_submitted')] : []),
    ...(status === 'failed' && failedCheck !== null ? [failedCheck] : []),
  ].join(voice.comma);
}

/** Each node below the first that it was made from. */
function inOrder(nodes: readonly NodeView[]): { node: NodeView; depth: number }[] {
  const known = new Set(nodes.map(({ number }) => number));
  const children = Map.groupBy(nodes, ({ parents: [first] }) =>
    first !== undefined && known.has(first) ? first : 0,
  );
  const below = (number: number, depth: number): { node: NodeView; depth: number }[] =>
    (children.get(number) ?? []).flatMap((node) => [{ node, depth }, ...below(node.number, depth + 1)]);
  return below(0, 0);
}
