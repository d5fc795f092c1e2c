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

const mostSuggestions = 3;
/** Shorter pieces occur in too many names to mean one. */
const shortestPiece = 3;

/**
 * The known names that may be meant by one that is not known: the nearest by its letters first, then those that
 * begin with it or contain it, or one of its words.
 */
export function closeNames(
  typed: string,
  known: readonly string[],
  most: number = mostSuggestions,
): string[] {
  const wanted = typed.trim().toLowerCase();
  const words = wanted.split(/[^a-z0-9]+/).filter((word) => word.length >= shortestPiece);
  const rank = (name: string): number | null => {
    const lower = name.toLowerCase();
    if (nearestName(wanted, [lower]) !== null) return distance(wanted, lower);
    if (wanted.length >= shortestPiece && lower.startsWith(wanted)) return 10;
    if (wanted.length >= shortestPiece && lower.includes(wanted)) return 11;
    const parts = lower.split('-');
    const hits = words.filter((word) => parts.some((part) => nearestName(word, [part], 1) !== null)).length;
    return hits === 0 ? null : 20 - hits;
  };
  return known
    .flatMap((name) => {
      const place = rank(name);
      return place === null ? [] : [{ name, place }];
    })
    .sort((a, b) => a.place - b.place || (a.name < b.name ? -1 : 1))
    .slice(0, most)
    .map(({ name }) => name);
}
