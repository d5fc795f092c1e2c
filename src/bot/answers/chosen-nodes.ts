import type { NodeView } from '../../domain/search-views.ts';

/**
 * The nodes that matter most first: the best with what it was made from, what was handed in, the other scored ones from
 * the newest, what is open, what failed.
 * @param most how many; left out: all
 */
export function chosenNodes(nodes: readonly NodeView[], most = nodes.length): NodeView[] {
  const byNumber = new Map(nodes.map((node) => [node.number, node]));
  const best = nodes.find(({ isBest }) => isBest);
  const newestFirst = nodes.toReversed();
  const wanted = [
    ...(best === undefined ? [] : ancestry(best, byNumber)),
    ...newestFirst.filter(({ isSubmitted }) => isSubmitted),
    ...newestFirst.filter(({ status }) => status === 'scored'),
    ...newestFirst.filter(({ status }) => status === 'open'),
    ...newestFirst,
  ];
  return [...new Set(wanted)].slice(0, most);
}

/** A node and everything behind it, nearest first. */
function ancestry(node: NodeView, byNumber: ReadonlyMap<number, NodeView>): NodeView[] {
  const found = new Set([node]);
  // a set goes on over what is added meanwhile
  for (const one of found) {
    for (const parent of one.parents) {
      const known = byNumber.get(parent);
      if (known !== undefined) found.add(known);
    }
  }
  return [...found];
}
