/** How the text of a table's cell is read: as a number, as a class label. */

const NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i;
const INTEGER = /^[+-]?\d+$/;
const BOOLEAN = /^(?:true|false)$/i;
/** Beyond so many characters two different integers may become one double. */
const SAFE_INTEGER_LENGTH = 15;
const MISSING = new Set([
  '',
  'na',
  'n/a',
  'nan',
  'none',
  'null',
  'inf',
  '-inf',
  '+inf',
  'infinity',
  '-infinity',
]);

/** The finite number that a cell holds, or null. Hexadecimal, `Infinity`, `NaN` and blanks are no numbers. */
export function parseNumber(cell: string): number | null {
  const text = cell.trim();
  if (!NUMBER.test(text)) return null;
  const value = Number(text);
  return Number.isFinite(value) ? value : null;
}

/** True for a blank cell and for the texts that stand for "no value" or an infinite one. */
export function isMissing(cell: string): boolean {
  return MISSING.has(cell.trim().toLowerCase());
}

/**
 * The one text for all ways to write a label: `1`, `1.0` and `+1` are equal, and so are `True` and `true`.
 * Integers too long for a double stay as written.
 */
export function canonicalLabel(cell: string): string {
  const text = cell.trim();
  if (INTEGER.test(text) && text.length > SAFE_INTEGER_LENGTH) return text;
  const value = parseNumber(text);
  // Adding zero turns -0 into 0.
  if (value !== null) return String(value + 0);
  return BOOLEAN.test(text) ? text.toLowerCase() : text;
}

/** Labels in the order of classes: by value where all are numbers, else by code point. */
export function sortLabels(labels: Iterable<string>): string[] {
  const sorted = [...labels].map((label) => ({ label, value: parseNumber(label) }));
  if (sorted.every(({ value }) => value !== null)) {
    return sorted.sort((a, b) => (a.value ?? 0) - (b.value ?? 0)).map(({ label }) => label);
  }
  return sorted.map(({ label }) => label).sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
}
