/** Where things lie in the object store; the same convention in every adapter. */
const clean = (part: string) => part.replaceAll(/[^A-Za-z0-9._-]/g, '_');

/** A file as it came from the vendor. */
export function dataKey(slug: string, fileName: string): string {
  return `competitions/${slug}/data/${fileName.split('/').map(clean).join('/')}`;
}

/** The data of a training job under one assignment of folds; `final` holds every labelled row. */
export function foldsPrefix(slug: string, assignment: number | 'final'): string {
  return `competitions/${slug}/folds/${assignment}`;
}

/** What only the host may read: labels and folds by row. */
export function truthKey(slug: string, assignment: number | 'final'): string {
  return `competitions/${slug}/truth/${assignment}.json`;
}

export function approachPrefix(slug: string, round: number, approach: string): string {
  return `competitions/${slug}/rounds/${round}/${clean(approach)}`;
}

export function submissionKey(slug: string, round: number, hash: string): string {
  return `competitions/${slug}/rounds/${round}/submissions/${hash.slice(0, 16)}.csv`;
}
