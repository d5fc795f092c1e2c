import { z } from 'zod';
import { isObjectKey } from './object-key.ts';

/** The right to read or write one object until a moment; for writing, so many bytes at most. */
export type SignedLink = {
  method: 'GET' | 'PUT';
  key: string;
  /** Unix time in seconds. */
  expiresAtSeconds: number;
  /** Null for reading. */
  maxBytes: number | null;
};

/** Where the app's own server answers signed links. */
export const signedLinkPath = '/objects/';

const wholeNumber = z.string().regex(/^[0-9]{1,15}$/);
const querySchema = z.strictObject({
  expires: wholeNumber,
  max: wholeNumber.optional(),
  signature: z.string().regex(/^[0-9a-f]{64}$/),
});

/** The text that the signature (HMAC-SHA-256, hex) is made over: everything that the link allows. */
export function signedText(link: SignedLink): string {
  return ['object-link-1', link.method, link.key, link.expiresAtSeconds, link.maxBytes ?? ''].join('\n');
}

/** Path and query of a link. A key needs no escaping: see `isObjectKey`. */
export function signedLinkTarget(link: SignedLink, signature: string): string {
  const query = new URLSearchParams({ expires: String(link.expiresAtSeconds) });
  if (link.maxBytes !== null) query.set('max', String(link.maxBytes));
  query.set('signature', signature);
  return `${signedLinkPath}${link.key}?${query.toString()}`;
}

/**
 * Reads the link that a request presents, from its method and its target exactly as sent. Nothing is decoded, so
 * an escaped path is no key.
 * @returns null for anything that `signedLinkTarget` would not have written
 */
export function parseSignedLink(
  method: string,
  target: string,
): { link: SignedLink; signature: string } | null {
  if (method !== 'GET' && method !== 'PUT') return null;
  const [path = '', query = '', ...rest] = target.split('?');
  if (rest.length > 0 || !path.startsWith(signedLinkPath)) return null;
  const key = path.slice(signedLinkPath.length);
  const pairs = query.split('&').map((pair) => pair.split('='));
  // A name that comes twice could be read as one value here and as the other elsewhere.
  if (new Set(pairs.map(([name]) => name)).size !== pairs.length) return null;
  const parsed = querySchema.safeParse(Object.fromEntries(pairs));
  if (!parsed.success || !isObjectKey(key)) return null;
  const { expires, max, signature } = parsed.data;
  const maxBytes = max === undefined ? null : Number(max);
  if ((method === 'PUT') !== (maxBytes !== null)) return null;
  return { link: { method, key, expiresAtSeconds: Number(expires), maxBytes }, signature };
}
