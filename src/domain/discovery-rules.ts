/** What people want discovery to do by itself. */
export type DiscoveryRules = {
  /** Feasibility from which a competition is suggested, or entered where autostart is on; 0 to 100. */
  threshold: number;
  /** More is left for the digest. */
  mostSuggestionsADay: number;
  /** Where any are named, only these are suggested or entered by themselves. See `matchesPattern`. */
  allow: readonly string[];
  /** These never are. */
  deny: readonly string[];
  /** How many competitions' pages and files are read at one look. */
  readsPerLook: number;
  /** Pages and files of a competition that shows no change are read again after about this time. */
  rereadDays: number;
  /** More does not fit on the machines that may be used. */
  mostDataBytes: number;
};

type Named = { slug: string; category: string | null };

/** A slug, a slug with `*` for any characters, or `category:playground`. */
export const patternForm = /^(?:category:[a-z0-9*-]{1,60}|[a-z0-9*][a-z0-9*-]{0,99})$/;

/** `Getting Started` becomes `getting-started`. */
function wordOf(category: string | null): string {
  return (category ?? '')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '');
}

/** True where a competition is meant by a pattern of the lists. */
export function matchesPattern(pattern: string, { slug, category }: Named): boolean {
  const wanted = /^category:(.+)$/.exec(pattern)?.[1];
  return wanted === undefined ? fits(pattern, slug) : fits(wanted, wordOf(category));
}

/** `*` stands for any characters. The parts between are looked for from left to right, so no text takes long. */
function fits(pattern: string, text: string): boolean {
  const [first = '', ...rest] = pattern.split('*');
  const last = rest.pop();
  if (last === undefined) return text === first;
  if (text.length < first.length + last.length || !text.startsWith(first) || !text.endsWith(last))
    return false;
  const end = text.length - last.length;
  let at = first.length;
  for (const part of rest) {
    const found = text.indexOf(part, at);
    if (found < 0 || found + part.length > end) return false;
    at = found + part.length;
  }
  return true;
}

/** Which list keeps a competition from being suggested or entered by itself; null: none. */
export function keptOutBy(
  { allow, deny }: Pick<DiscoveryRules, 'allow' | 'deny'>,
  named: Named,
): 'deny' | 'allow' | null {
  if (deny.some((pattern) => matchesPattern(pattern, named))) return 'deny';
  if (allow.length > 0 && !allow.some((pattern) => matchesPattern(pattern, named))) return 'allow';
  return null;
}
