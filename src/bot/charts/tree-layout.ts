import type { Chart } from '../../domain/chart.ts';

export type TreeChartNode = Extract<Chart, { kind: 'tree' }>['nodes'][number];

/** Where one node stands: its row from the top, and its lane from the left. */
export type PlacedNode = { node: TreeChartNode; row: number; lane: number };

/** A line from a node to one that was made from it. */
export type TreeEdge = { from: PlacedNode; to: PlacedNode };

export type TreeLayout = { placed: readonly PlacedNode[]; edges: readonly TreeEdge[]; lanes: number };

/**
 * Places a tree by rounds: a row for each node, oldest first, as nothing that is written beside it can then overlap.
 * Whatever continues its parent stays in its lane; everything else takes the leftmost lane that no line passes.
 */
export function layOutTree(nodes: readonly TreeChartNode[]): TreeLayout {
  const ordered = nodes.toSorted((a, b) => a.round - b.round || a.number - b.number);
  const rowOf = new Map(ordered.map(({ number }, row) => [number, row]));
  const lastChild = lastChildRows(ordered, rowOf);
  const byNumber = new Map<number, PlacedNode>();
  /** By lane: the row up to which a line or a node is in it. */
  const takenUntil: number[] = [];
  const edges: TreeEdge[] = [];
  for (const [row, node] of ordered.entries()) {
    const parents = node.parents.flatMap((number) => byNumber.get(number) ?? []);
    const lane = laneOf(parents, { row, takenUntil });
    const placed = { node, row, lane };
    takenUntil[lane] = Math.max(row, lastChild.get(node.number) ?? row);
    byNumber.set(node.number, placed);
    for (const from of parents) {
      edges.push({ from, to: placed });
      // the line comes down in the parent's lane up to this row
      takenUntil[from.lane] = Math.max(takenUntil[from.lane] ?? 0, row);
    }
  }
  return { placed: [...byNumber.values()], edges, lanes: Math.max(1, takenUntil.length) };
}

/** The row of the last node that was made from each. */
function lastChildRows(
  ordered: readonly TreeChartNode[],
  rowOf: ReadonlyMap<number, number>,
): Map<number, number> {
  const last = new Map<number, number>();
  for (const { number, parents } of ordered) {
    for (const parent of parents) {
      last.set(parent, Math.max(last.get(parent) ?? 0, rowOf.get(number) ?? 0));
    }
  }
  return last;
}

function laneOf(
  parents: readonly PlacedNode[],
  { row, takenUntil }: { row: number; takenUntil: readonly number[] },
): number {
  const own = parents.find(({ lane }) => (takenUntil[lane] ?? -1) <= row);
  if (own !== undefined) return own.lane;
  const free = takenUntil.findIndex((until) => until < row);
  return free === -1 ? takenUntil.length : free;
}
