import { useCallback, useEffect, useState } from 'react';
import { z } from 'zod';
import { keep, kept } from './keeping.ts';

const marksSchema = z.record(z.string(), z.string());

/** How far somebody has read, by channel: the `ts` of the last message seen. */
export type Reading = {
  /** Null before anything was read there. */
  lastRead(channel: string): string | null;
  markRead(channel: string, ts: string): void;
};

/** Kept in the browser, for each person of the workspace. */
export function useReading(user: string): Reading {
  const place = `read-${user}`;
  const [marks, setMarks] = useState<Readonly<Record<string, string>>>({});
  useEffect(() => setMarks(kept(place, marksSchema) ?? {}), [place]);
  const markRead = useCallback(
    (channel: string, ts: string) =>
      setMarks((now) => {
        if ((now[channel] ?? '') >= ts) return now;
        const next = { ...now, [channel]: ts };
        keep(place, next);
        return next;
      }),
    [place],
  );
  const lastRead = useCallback((channel: string) => marks[channel] ?? null, [marks]);
  return { lastRead, markRead };
}
