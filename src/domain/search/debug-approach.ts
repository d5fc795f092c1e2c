import type { Approach } from '../approach.ts';

const longestName = 48;
const longestTitle = 120;

/**
 * The plan of the node that mends a failed one: the same, under a name of its own.
 * @param isFree tells whether no node has the name yet
 */
export function debugApproach(
  failed: { spec: Approach; debugDepth: number },
  isFree: (name: string) => boolean,
): Approach {
  const { spec, debugDepth } = failed;
  const base = spec.name.replace(/-fix\d+$/, '');
  return {
    ...spec,
    name: freeName(withSuffix(base, `-fix${debugDepth + 1}`), isFree),
    title: `Mended: ${spec.title.replace(/^Mended: /, '')}`.slice(0, longestTitle),
    basedOn: [spec.name],
  };
}

/** The name, with a number where it is taken: two long names may be cut to the same, and a model may give one again. */
export function freeName(name: string, isFree: (name: string) => boolean): string {
  for (let count = 1; ; count += 1) {
    const free = count === 1 ? name : withSuffix(name, `-${count}`);
    if (isFree(free)) return free;
  }
}

/** A name with an ending, within what names may have. */
function withSuffix(name: string, suffix: string): string {
  return `${name.slice(0, longestName - suffix.length).replace(/-+$/, '')}${suffix}`;
}
