import { useCallback, useEffect, useLayoutEffect, useRef, useState } from 'react';

/** This close to the end counts as the end. */
const nearPx = 48;

/**
 * Keeps a list at its end while somebody is there, whatever grows in it, and leaves it alone while they read above.
 * @param sentCount grows with each line that somebody sends: then they want to see what comes of it
 * @param onSeen told of the newest message while its end is in sight
 */
export function useStickToEnd(newest: string, sentCount: number, onSeen: (ts: string) => void) {
  const list = useRef<HTMLElement>(null);
  const content = useRef<HTMLDivElement>(null);
  const stays = useRef(true);
  const [isAtEnd, setAtEnd] = useState(true);

  const toEnd = useCallback(() => {
    const shown = list.current;
    if (shown !== null) shown.scrollTop = shown.scrollHeight;
  }, []);
  useEffect(() => {
    const shown = list.current;
    if (shown === null) return;
    let before = shown.scrollTop;
    const onScroll = (): void => {
      const isNear = shown.scrollHeight - shown.scrollTop - shown.clientHeight < nearPx;
      // What grew below was not somebody's wish to go up.
      if (isNear || shown.scrollTop < before) stays.current = isNear;
      before = shown.scrollTop;
      setAtEnd(stays.current);
    };
    shown.addEventListener('scroll', onScroll, { passive: true });
    return () => shown.removeEventListener('scroll', onScroll);
  }, []);
  useEffect(() => {
    const [shown, grown] = [list.current, content.current];
    if (shown === null || grown === null) return;
    // Pictures arrive later than their message, and a keyboard on the screen makes the list shorter.
    const watch = new ResizeObserver(() => stays.current && toEnd());
    watch.observe(grown);
    watch.observe(shown);
    return () => watch.disconnect();
  }, [toEnd]);
  useLayoutEffect(() => {
    if (newest !== '' && stays.current) toEnd();
  }, [newest, toEnd]);
  useLayoutEffect(() => {
    if (sentCount === 0) return;
    stays.current = true;
    toEnd();
  }, [sentCount, toEnd]);
  useEffect(() => {
    const tell = (): void => {
      if (isAtEnd && newest !== '' && document.visibilityState === 'visible') onSeen(newest);
    };
    tell();
    document.addEventListener('visibilitychange', tell);
    return () => document.removeEventListener('visibilitychange', tell);
  }, [isAtEnd, newest, onSeen]);
  return { list, content, isAtEnd, toEnd };
}
