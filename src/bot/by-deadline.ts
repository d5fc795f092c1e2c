import type { KnownCompetition } from '../domain/command-results.ts';

/** For sorting: the next deadline first, then those without one; by name where both are alike. */
export function byDeadline(a: KnownCompetition, b: KnownCompetition): number {
  return endOf(a) - endOf(b) || a.slug.localeCompare(b.slug);
}

function endOf({ deadline }: KnownCompetition): number {
  return deadline?.getTime() ?? Number.MAX_SAFE_INTEGER;
}
