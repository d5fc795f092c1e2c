import { useSyncExternalStore } from 'react';

/** Where on the page somebody is; kept in the address, so that "back" works and a place can be kept. */
export type Route =
  | { kind: 'channel'; channel: string; thread: string | null }
  | { kind: 'home' }
  | { kind: 'app-messages'; thread: string | null }
  | { kind: 'start' };

export function parseRoute(hash: string): Route {
  const [first, second, third] = hash.replace(/^#\/?/, '').split('/').map(decode);
  if (first === 'c' && second) return { kind: 'channel', channel: second, thread: third || null };
  if (first === 'app' && second === 'messages') return { kind: 'app-messages', thread: third || null };
  return first === 'app' ? { kind: 'home' } : { kind: 'start' };
}

/** What was typed into the address bar by hand may be anything. */
function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return '';
  }
}

export function channelHref(channel: string, thread: string | null = null): string {
  return `#/c/${encodeURIComponent(channel)}${thread === null ? '' : `/${encodeURIComponent(thread)}`}`;
}

export function appHref(tab: 'home' | 'messages', thread: string | null = null): string {
  return `#/app/${tab}${thread === null ? '' : `/${encodeURIComponent(thread)}`}`;
}

export function goTo(href: string): void {
  location.hash = href;
}

function subscribe(listener: () => void): () => void {
  window.addEventListener('hashchange', listener);
  return () => window.removeEventListener('hashchange', listener);
}

export function useHash(): string {
  return useSyncExternalStore(subscribe, () => location.hash);
}
