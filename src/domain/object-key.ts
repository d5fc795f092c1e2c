/** Longest key that every store takes. Source: S3 user guide, "Naming Amazon S3 objects" (1,024 bytes). */
const maxKeyChars = 1_024;
/** Longest name of one file that common file systems take, with room for a suffix. */
const maxSegmentChars = 200;

/**
 * True for a key such as `competitions/titanic/rounds/1/oof.csv`: segments of letters, digits, dot, underscore
 * and hyphen. So a key is the same text in a URL, on disk and at S3, and leads nowhere else.
 */
export function isObjectKey(key: string): boolean {
  if (key.length === 0 || key.length > maxKeyChars) return false;
  return key.split('/').every(isSegment);
}

function isSegment(segment: string): boolean {
  if (segment === '.' || segment === '..' || segment.length > maxSegmentChars) return false;
  return /^[A-Za-z0-9._-]+$/.test(segment);
}
