import { timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';

const loopbackHosts = new Set(['127.0.0.1', 'localhost', '[::1]']);

export type Asked = { method: string; headers: IncomingHttpHeaders };

export type Access = {
  /** True where the request was made to this machine by its own name, and not by a page of another origin. */
  isFromHere(asked: Asked): boolean;
  /** True where the request carries the cookie. */
  isKnown(asked: Asked): boolean;
  isKey(given: unknown): boolean;
  /** The header's value that makes the browser known. */
  cookie(): string;
};

/**
 * Who may use the page: whoever opened it once with the key in the address.
 * @param port part of the cookie's name: browsers share cookies among the ports of one machine
 */
export function createAccess({ key, port }: { key: string; port: () => number }): Access {
  const cookieName = (): string => `kaggle_agent_page_${port()}`;
  return {
    isFromHere,
    isKnown: ({ headers }) => isSame(cookieOf(headers, cookieName()) ?? '', key),
    isKey: (given) => typeof given === 'string' && isSame(given, key),
    cookie: () => `${cookieName()}=${key}; HttpOnly; SameSite=Strict; Path=/`,
  };
}

/**
 * A page of the web must not reach us under a name of its own (DNS rebinding), and no other page, one on another
 * port of this machine included, may press our buttons: for cookies all ports are one site.
 */
function isFromHere({ method, headers }: Asked): boolean {
  const host = headers.host ?? '';
  if (!loopbackHosts.has(host.replace(/:\d+$/, ''))) return false;
  if (headers.origin !== undefined) return headers.origin === `http://${host}`;
  const site = headers['sec-fetch-site'];
  if (site === 'same-origin' || site === 'none') return true;
  // A link to the page may be pressed anywhere; what it loads itself is of the same origin.
  const isNavigation = headers['sec-fetch-mode'] === 'navigate';
  return (site === undefined || isNavigation) && method === 'GET';
}

function cookieOf(headers: IncomingHttpHeaders, name: string): string | undefined {
  const pairs = (headers.cookie ?? '').split(';').map((pair) => pair.trim().split('='));
  return pairs.find(([one]) => one === name)?.[1];
}

function isSame(given: string, wanted: string): boolean {
  const a = Buffer.from(given);
  const b = Buffer.from(wanted);
  return a.length === b.length && timingSafeEqual(a, b);
}
