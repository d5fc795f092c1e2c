import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';

export type UrlSigner = {
  /** A link to `path` on the storage origin that works until it expires. */
  sign(origin: string, path: string): string;
  /** What is wrong with a request for `path`, if anything. */
  check(
    path: string,
    query: { Expires?: string | undefined; Signature?: string | undefined },
  ): 'expired' | 'forged' | null;
};

/** Signed links in the manner of Google Cloud Storage; the key lives as long as the process. */
export function createUrlSigner({ lifeSeconds, now }: { lifeSeconds: number; now: () => Date }): UrlSigner {
  const key = randomBytes(32);
  const signatureOf = (path: string, expires: string) =>
    createHmac('sha256', key).update(`GET\n${expires}\n${path}`).digest('base64url');
  return {
    sign(origin, path) {
      const expires = String(Math.floor(now().getTime() / 1000) + lifeSeconds);
      const query = new URLSearchParams({
        GoogleAccessId: 'arena',
        Expires: expires,
        Signature: signatureOf(path, expires),
      });
      return `${origin}${path}?${query}`;
    },
    check(path, { Expires = '', Signature = '' }) {
      if (!isSameText(Signature, signatureOf(path, Expires))) return 'forged';
      return Number(Expires) * 1000 < now().getTime() ? 'expired' : null;
    },
  };
}

/** Compares without telling by its duration how much was right. */
export function isSameText(given: string, wanted: string): boolean {
  const digest = (text: string) => createHmac('sha256', 'compare').update(text).digest();
  return timingSafeEqual(digest(given), digest(wanted));
}
