import { useRef } from 'react';
import { z } from 'zod';
import { keep, kept } from '../state/keeping.ts';

const mostLines = 50;
const name = 'typed';
const linesSchema = z.array(z.string());

/** Lines that were sent before, newest last; kept in the browser. */
export function useHistory() {
  const at = useRef<number | null>(null);
  const lines = (): string[] => kept(name, linesSchema) ?? [];
  return {
    isBrowsing: (): boolean => at.current !== null,
    /** Whatever is shown is now somebody's own text. */
    leave(): void {
      at.current = null;
    },
    add(line: string): void {
      keep(name, [...lines().filter((one) => one !== line), line].slice(-mostLines));
    },
    /** @returns the line to show: an earlier or a later one, or nothing after the last */
    move(way: 'older' | 'newer'): string {
      const all = lines();
      const next = Math.max(0, (at.current ?? all.length) + (way === 'older' ? -1 : 1));
      at.current = next < all.length ? next : null;
      return all[next] ?? '';
    },
  };
}
