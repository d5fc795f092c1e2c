import type { Chart } from '../../domain/chart.ts';

type Node = Pick<Extract<Chart, { kind: 'tree' }>['nodes'][number], 'status' | 'isBest'>;

/** One sign for each way a node can stand; beside it always a word or a number that says the same. */
export function nodeMark({ status, isBest }: Node): string {
  if (isBest) return '★';
  if (status === 'failed') return '✗';
  return status === 'open' ? '○' : '●';
}

/** `●●✗★○`: the nodes of a tree in the order in which they were made, for consoles. */
export function treeMarks({ nodes }: Extract<Chart, { kind: 'tree' }>): string {
  return nodes.map(nodeMark).join('');
}
