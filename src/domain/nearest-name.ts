import { distance } from 'fastest-levenshtein';

/** Two slips of the finger are still the same word; more would offer words that were not meant. */
export const nearEditDistance = 2;

/**
 * The known name that a mistyped one most likely means, ignoring case.
 * @param farthest edits allowed; a short name allows fewer, so that no two-letter word is offered for another.
 * @returns null when nothing is near enough.
 */
export function nearestName(
  typed: string,
  known: readonly string[],
  farthest: number = nearEditDistance,
): string | null {
  const wanted = typed.toLowerCase();
  const allowed = Math.min(farthest, Math.max(1, wanted.length - 1));
  let best: { name: string; edits: number } | null = null;
  for (const name of known) {
    const edits = distance(wanted, name.toLowerCase());
    if (edits <= allowed && edits < (best?.edits ?? Number.POSITIVE_INFINITY)) best = { name, edits };
  }
  return best?.name ?? null;
}
