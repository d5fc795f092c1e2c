/** How a submission of ours is found again among those that the vendor lists. */

/** What the vendor shows of a submission. */
export type Listed = {
  ref: number;
  description: string;
  fileName: string;
  submittedAt: Date | null;
};

export type Sought = {
  key: string;
  sentAt: Date | null;
  /** Keys of our other submissions, whose traces are not taken for this one's. */
  otherKeys: readonly string[];
  /** What our other submissions were accepted as. */
  claimedRefs: readonly string[];
};

export type Recognised = {
  ref: number;
  /** `altered`: the key was not there as we wrote it, and is recognised by what is left of it. */
  how: 'key' | 'altered';
  /** The same submission again: a late arrival that used up another one of the day. */
  duplicateRefs: number[];
};

/** Shorter rests of a key could be anybody's; this holds the installation's mark. */
const leastRest = 10;
/** The vendor's clock may be so far from ours. */
const clockSkewMs = 10 * 60_000;
const ourMark = /^ka[0-9a-f]{8}/;

/**
 * The submission with our key: in its description or its file's name, or by a key that the vendor cut or rewrote.
 * The oldest counts; others with the key are duplicates.
 * @returns null where there is none
 */
export function recogniseSubmission(listed: readonly Listed[], sought: Sought): Recognised | null {
  const exact = listed.filter((one) => carries(one, sought.key));
  const found = exact.length > 0 ? exact : listed.filter((one) => isRestOf(one, sought));
  const [first, ...rest] = found.toSorted((a, b) => a.ref - b.ref);
  if (first === undefined) return null;
  const how = exact.length > 0 ? 'key' : 'altered';
  // Of what is only like ours, a second one proves nothing.
  return { ref: first.ref, how, duplicateRefs: how === 'key' ? rest.map(({ ref }) => ref) : [] };
}

function carries({ description, fileName }: Listed, key: string): boolean {
  return description.split(/\s+/).includes(key) || stemOf(fileName) === key;
}

function stemOf(fileName: string): string {
  return (fileName.split('/').at(-1) ?? '').replace(/\.[A-Za-z0-9.]+$/, '');
}

/** Nobody's known submission, of the right time, that begins as our key does, or ends before our key is over. */
function isRestOf(one: Listed, { key, sentAt, otherKeys, claimedRefs }: Sought): boolean {
  if (claimedRefs.includes(String(one.ref)) || otherKeys.some((other) => carries(one, other))) return false;
  if (sentAt === null || one.submittedAt === null) return false;
  if (one.submittedAt.getTime() < sentAt.getTime() - clockSkewMs) return false;
  const wanted = plain(key);
  return [one.description, stemOf(one.fileName)].map(plain).some((text) => {
    if (text.length < leastRest || !ourMark.test(text)) return false;
    return wanted.startsWith(text) || text.startsWith(wanted);
  });
}

function plain(text: string): string {
  return text.toLowerCase().replaceAll(/[^a-z0-9]/g, '');
}
