import { createHash } from 'node:crypto';

/** A labelled row before it has an id: its cells as they will be written. */
export type SourceRow = { features: readonly string[]; target: string };
export type IdentifiedRow = SourceRow & { id: string };
export type Split = { train: readonly IdentifiedRow[]; test: readonly IdentifiedRow[] };

/**
 * Parts rows into train and test, the same on every machine: by the digest of slug and feature cells. Rows with
 * equal features fall on the same side. Rows are ordered by that digest and ids are issued anew, train first, so
 * neither order nor id tells of the label.
 */
export function splitRows(slug: string, rows: readonly SourceRow[], testPercent: number): Split {
  const digested = rows.map((row) => ({ row, digest: sha256(`${slug}:${row.features.join(',')}`) }));
  digested.sort((a, b) => (a.digest < b.digest ? -1 : a.digest > b.digest ? 1 : 0));
  const isTest = (digest: string) => Number.parseInt(digest.slice(0, 8), 16) % 100 < testPercent;
  const train = digested.filter(({ digest }) => !isTest(digest));
  const test = digested.filter(({ digest }) => isTest(digest));
  const identify = (chosen: typeof digested, before: number) =>
    chosen.map(({ row }, index) => ({ ...row, id: String(before + index + 1) }));
  return { train: identify(train, 0), test: identify(test, train.length) };
}

/** Half of the hidden rows are the ones that a public leaderboard scores. */
export function usageOf(slug: string, id: string): 'Public' | 'Private' {
  const digest = sha256(`${slug}:usage:${id}`);
  return Number.parseInt(digest.slice(0, 8), 16) % 2 === 0 ? 'Public' : 'Private';
}

export function sha256(content: string | Buffer): string {
  return createHash('sha256').update(content).digest('hex');
}
