import { createHash } from 'node:crypto';

/** Where things lie in the object store; the same convention in every adapter. */
const clean = (part: string) => part.replaceAll(/[^A-Za-z0-9._-]/g, '_');

/** Bytes of a key below what precedes a file's own name. */
const longestDataName = 800;
const longestSegment = 180;
const markLength = 10;

/** The files of one version of a competition's data. */
export function dataPrefix(slug: string, version: string): string {
  return `competitions/${slug}/data/${version}`;
}

/**
 * A file as it came from the vendor. What the vendor changes gets keys of its own, so that nothing is replaced that
 * somebody still reads; and two names that differ only in what a key may not hold have two keys.
 */
export function dataKey(slug: string, version: string, fileName: string): string {
  const name = fileName.split('/').map(distinct).join('/');
  return `${dataPrefix(slug, version)}/${name.length > longestDataName ? `long/${mark(fileName)}` : name}`;
}

/** The list of a version's files; it is written once all of them are there. */
export function dataListKey(slug: string, version: string): string {
  return `${dataPrefix(slug, version)}.json`;
}

function distinct(part: string): string {
  const cleaned = clean(part);
  if (cleaned === part && part.length <= longestSegment) return part;
  const [, stem = '', ending = ''] = /^(.*?)((?:\.[A-Za-z0-9]{1,8}){0,2})$/.exec(cleaned) ?? [];
  return `${stem.slice(0, longestSegment - ending.length)}-${mark(part)}${ending}`;
}

function mark(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, markLength);
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

/** The report of a research service, for people as Markdown and whole as JSON. */
export function researchKey(slug: string, round: number, name: string, ending: 'md' | 'json'): string {
  return `competitions/${slug}/rounds/${round}/research/${clean(name)}.${ending}`;
}

/** What a competition's own pages said when they were read beside the discovery. */
export function ownPagesKey(slug: string): string {
  return `competitions/${slug}/pages.json`;
}

export function notebookKey(slug: string, round: number, hash: string): string {
  return `competitions/${slug}/rounds/${round}/notebooks/${hash.slice(0, 16)}.ipynb`;
}

export function submissionKey(slug: string, round: number, hash: string): string {
  return `competitions/${slug}/rounds/${round}/submissions/${hash.slice(0, 16)}.csv`;
}
