import { frameSchema } from '../../../src/embedded/page/wire.ts';
import type { PageEvent } from './page-state.ts';

const firstRetryMs = 500;
const longestRetryMs = 10_000;

/** Keeps a WebSocket open for one person's view, and opens it again when it breaks. @returns how to end it */
export function connect(user: string | null, dispatch: (event: PageEvent) => void): () => void {
  let socket: WebSocket | null = null;
  let retry: number | undefined;
  let waitMs = firstRetryMs;
  let isOver = false;

  const open = (): void => {
    const address = new URL('/live', location.href);
    address.protocol = location.protocol === 'https:' ? 'wss:' : 'ws:';
    address.search = user === null ? '' : new URLSearchParams({ user }).toString();
    socket = new WebSocket(address);
    socket.addEventListener('message', ({ data }) => {
      waitMs = firstRetryMs;
      const frame = frameSchema.safeParse(JSON.parse(String(data)));
      if (frame.success) dispatch({ type: 'frame', frame: frame.data, atMs: Date.now() });
    });
    socket.addEventListener('close', () => {
      if (isOver) return;
      dispatch({ type: 'connection', connection: 'lost' });
      retry = window.setTimeout(open, waitMs);
      waitMs = Math.min(waitMs * 2, longestRetryMs);
    });
  };
  /** Somebody looks, or the network is back: why wait any longer. */
  const hurry = (): void => {
    if (document.visibilityState !== 'visible' || socket?.readyState !== WebSocket.CLOSED) return;
    window.clearTimeout(retry);
    open();
  };
  open();
  document.addEventListener('visibilitychange', hurry);
  window.addEventListener('online', hurry);
  return () => {
    isOver = true;
    window.clearTimeout(retry);
    document.removeEventListener('visibilitychange', hurry);
    window.removeEventListener('online', hurry);
    socket?.close();
  };
}
