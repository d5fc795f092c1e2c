import { isIP } from 'node:net';
import { SystemFailure } from '../domain/errors.ts';
import { vendorName } from './failure-of.ts';

const statuses = new Set([301, 302, 303, 307, 308]);

export type TargetRules = {
  vendor: string;
  /** Where the vendor's own answer came from. */
  base: URL;
};

/**
 * Where an answer points to.
 * @returns null when the answer is no redirect (a 308 without Location is Google's "resume incomplete")
 * @throws SystemFailure `<vendor>.unsafe_target`
 */
export function redirectTarget(response: Response, rules: TargetRules): URL | null {
  const location = response.headers.get('location');
  if (!statuses.has(response.status) || location === null) return null;
  return checkTarget(location, rules);
}

/**
 * Checks an address that came from a vendor's answer before we go there: https to a public name, or loopback
 * when the vendor itself is on loopback. A metadata service or a machine of the local network never qualifies;
 * a public name that resolves to one has no certificate for it.
 * @throws SystemFailure `<vendor>.unsafe_target`
 */
export function checkTarget(address: string, { vendor, base }: TargetRules): URL {
  const url = URL.canParse(address, base.href) ? new URL(address, base) : null;
  if (url !== null && url.username === '' && url.password === '' && isAllowed(url, base)) return url;
  throw new SystemFailure(`${vendorName(vendor)} sent us to an address that we do not follow.`, {
    code: `${vendor}.unsafe_target`,
    details: { origin: url?.origin ?? 'unreadable' },
  });
}

export function isLoopback(url: URL): boolean {
  return url.hostname === 'localhost' || url.hostname === '[::1]' || /^127(\.\d+){3}$/.test(url.hostname);
}

function isAllowed(url: URL, base: URL): boolean {
  if (isLoopback(base) && isLoopback(url)) return url.protocol === 'http:' || url.protocol === 'https:';
  return url.protocol === 'https:' && isPublicName(url.hostname);
}

function isPublicName(host: string): boolean {
  const isLiteral = isIP(host) !== 0 || host.startsWith('[');
  return !isLiteral && host.includes('.') && !/\.(local|localhost|internal|lan|home|arpa)\.?$/.test(host);
}
