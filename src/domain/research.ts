import { z } from 'zod';
import { type Approach, approachSchema } from './approach.ts';
import type { Problem } from './problem.ts';
import type { DataProfile } from './profile.ts';

/** Questions that research asks side by side; each has its own job and its own report. */
export const researchQueryKinds = [
  'similar-solutions',
  'models-for-metric',
  'features',
  'validation-pitfalls',
] as const;
export const researchQueryKindSchema = z.enum(researchQueryKinds);
export type ResearchQueryKind = (typeof researchQueryKinds)[number];

/** One approach of an earlier round and how it did. */
export const triedApproachSchema = z.object({
  round: z.number().int().positive(),
  approach: approachSchema,
  /** Cross-validated score as the host computed it; null where no run succeeded. */
  cv: z.number().nullable(),
  folds: z.array(z.number()),
  seconds: z.number().nullable(),
  verdict: z.enum(['trained', 'failed', 'untried']),
  error: z.string().nullable(),
});
export type TriedApproach = z.output<typeof triedApproachSchema>;

/** The queries of a round: all in the first, then those that can still change something. */
export function planQueries(
  _problem: Problem,
  _profile: DataProfile,
  history: readonly TriedApproach[],
): ResearchQueryKind[] {
  return history.length === 0 ? [...researchQueryKinds] : ['similar-solutions', 'models-for-metric', 'features'];
}

/**
 * Merges the reports' approaches: none that was tried, each name once, the most promising first, and families
 * taken in turn so that siblings differ.
 */
export function rankApproaches(
  reports: readonly { approaches: readonly Approach[] }[],
  history: readonly TriedApproach[],
  max: number,
): Approach[] {
  const tried = new Set(history.map(({ approach }) => approach.name));
  const byName = new Map<string, Approach>();
  for (const approach of reports.flatMap(({ approaches }) => approaches)) {
    const known = byName.get(approach.name);
    if (tried.has(approach.name)) continue;
    if (known === undefined || approach.expectedGain > known.expectedGain) byName.set(approach.name, approach);
  }
  const waiting = [...byName.values()].sort((a, b) => b.expectedGain - a.expectedGain);
  const ranked: Approach[] = [];
  while (waiting.length > 0 && ranked.length < max) {
    const used = (family: string) => ranked.filter((approach) => approach.family === family).length;
    const fewest = Math.min(...waiting.map(({ family }) => used(family)));
    const index = waiting.findIndex(({ family }) => used(family) === fewest);
    ranked.push(...waiting.splice(index, 1));
  }
  return ranked;
}
