/**
 * Reduces the many ways to write a metric's name to one: `RocAucScore`, `ROC-AUC score` and `roc_auc score`
 * become `roc auc score`; `MAP@{K}` becomes `map at k`.
 */
export function normaliseMetricText(text: string): string {
  return text
    .replace(/<[^>]*>/g, ' ')
    .replace(/([a-z0-9])([A-Z][a-z])/g, '$1 $2')
    .replaceAll('²', '2')
    .replaceAll('@', ' at ')
    .replaceAll('κ', ' kappa ')
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, ' ')
    .trim();
}

/** The K of MAP@K as a normalised text says it, or null. */
export function readMetricK(normalised: string): number | null {
  const found = /\b(?:map|mean average precision|top|apk)(?: at)? (\d{1,3})\b/.exec(normalised);
  const k = Number(found?.[1]);
  return Number.isInteger(k) && k > 0 ? k : null;
}

/**
 * True where a text asks for the error between the logarithms of prediction and truth,
 * which is not the logarithm of 1 + x of RMSLE.
 */
export function speaksOfLogarithms(normalised: string): boolean {
  return /\b(?:rmse|root mean squared? (?:error|deviation)|error)\b.{0,30}\b(?:logs?|logarithms?)\b.{0,10}\bof\b/.test(
    normalised,
  );
}

/** A metric's name found in a text. */
export type AliasHit<T> = { alias: string; value: T; start: number };

/**
 * Finds the aliases that occur in a text as whole words, first come first. One that lies within a longer one
 * is left out: `balanced accuracy` is no `accuracy`.
 */
export function findAliases<T>(normalised: string, aliases: ReadonlyMap<string, T>): AliasHit<T>[] {
  const padded = ` ${normalised} `;
  const hits: AliasHit<T>[] = [];
  for (const [alias, value] of aliases) {
    let start = padded.indexOf(` ${alias} `);
    while (start >= 0) {
      hits.push({ alias, value, start });
      start = padded.indexOf(` ${alias} `, start + 1);
    }
  }
  return hits
    .filter((hit) => !hits.some((other) => other !== hit && covers(other, hit)))
    .sort((a, b) => a.start - b.start);
}

function covers<T>(outer: AliasHit<T>, inner: AliasHit<T>): boolean {
  const isLonger = outer.alias.length > inner.alias.length;
  return (
    isLonger &&
    outer.start <= inner.start &&
    outer.start + outer.alias.length >= inner.start + inner.alias.length
  );
}
