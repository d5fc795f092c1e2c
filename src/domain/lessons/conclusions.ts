import { z } from 'zod';
import { cleanLine, soundsLikeOrder } from '../outside-text.ts';
import { type LessonEvidence, longestLesson } from './lesson.ts';
import type { Outcome } from './outcome.ts';

const mostConclusions = 3;
const mostCited = 8;
const shortest = 20;

/** What a model is asked for after a competition. Everything must rest on nodes that it was shown, by their ids. */
export const conclusionsSchema = z.object({
  /** New lessons for other competitions. */
  lessons: z.array(
    z.object({
      text: z.string(),
      /** Ids of the nodes that show it. */
      evidence: z.array(z.string()),
    }),
  ),
  /** What this competition says of lessons that are known already. */
  known: z.array(
    z.object({
      id: z.string(),
      verdict: z.enum(['confirms', 'contradicts', 'neither']),
      evidence: z.array(z.string()),
    }),
  ),
});
export type Conclusions = z.output<typeof conclusionsSchema>;

/** Under which id a model was shown what. */
export type Shown<T> = ReadonlyMap<string, T>;

/** One statement of a model that holds together, or its word on one that is known. */
export type Conclusion = { text: string; nodes: string[]; verdict: LessonEvidence['verdict'] };

/**
 * The conclusions that count: plain statements, that speak to nobody, and that cite only nodes which exist. One that
 * cites anything else is left out whole, since what it was made up for cannot be told.
 */
export function soundConclusions(conclusions: Conclusions, nodes: Shown<Outcome>): Conclusion[] {
  return conclusions.lessons
    .flatMap(({ text, evidence }) => {
      const clean = cleanLine(text, longestLesson);
      const cited = citedNodes(evidence, nodes);
      if (cited === null || clean.length < shortest || soundsLikeOrder(clean)) return [];
      return [{ text: clean, nodes: cited, verdict: 'confirms' as const }];
    })
    .slice(0, mostConclusions);
}

/** The words on known lessons that count, by the same rules. */
export function soundVerdicts<Known>(
  conclusions: Conclusions,
  shown: { nodes: Shown<Outcome>; known: Shown<Known> },
): { known: Known; nodes: string[]; verdict: LessonEvidence['verdict'] }[] {
  return conclusions.known.flatMap(({ id, verdict, evidence }) => {
    const known = shown.known.get(id);
    const cited = citedNodes(evidence, shown.nodes);
    if (known === undefined || cited === null || verdict === 'neither') return [];
    return [{ known, nodes: cited, verdict }];
  });
}

/** Names of the nodes; null where one of them was not shown, or there is none. */
function citedNodes(ids: readonly string[], nodes: Shown<Outcome>): string[] | null {
  const cited = [...new Set(ids)].map((id) => nodes.get(id)?.approach);
  if (cited.length === 0 || cited.length > mostCited) return null;
  const names = cited.filter((name) => name !== undefined);
  return names.length === cited.length ? names : null;
}
