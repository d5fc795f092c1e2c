import { z } from 'zod';
import { type Approach, approachSchema, sourceSchema } from './approach.ts';
import { metricSpec } from './metrics/catalog.ts';
import type { Problem } from './problem.ts';
import type { DataProfile } from './profile.ts';
import { isSamePlan } from './search/plan-likeness.ts';

/** Questions that are asked side by side about one competition. */
export const queryKinds = [
  'similar-solutions',
  'features',
  'validation-pitfalls',
  'models-for-metric',
  /** What this competition's own pages and posts say. */
  'discussion',
  /** Proposals for one step of the search: an improvement of a node, a merge of two. */
  'step',
] as const;
export type QueryKind = (typeof queryKinds)[number];

/** How an approach of an earlier round ended. */
export const verdicts = ['better', 'tie', 'worse', 'failed'] as const;

/** One approach of an earlier round, as the next round's research sees it. */
export const historyEntrySchema = z.object({
  round: z.number().int().positive(),
  /** Name of the approach. */
  approach: z.string(),
  family: z.string(),
  /** Score by cross-validation in the metric's own unit; null for one that failed. */
  cv: z.number().nullable(),
  /** Score on the gate rows; null where there is no gate. */
  gate: z.number().nullable().optional(),
  verdict: z.enum(verdicts),
});
export type HistoryEntry = z.output<typeof historyEntrySchema>;

const shortTextCharacters = 40;

/**
 * Chooses what to ask about a competition. The first round asks everything; later rounds leave out what cannot
 * have changed (pitfalls of the validation) unless something failed.
 */
export function planQueries(
  problem: Problem,
  profile: DataProfile,
  history: readonly HistoryEntry[],
  { hasPages }: { hasPages: boolean } = { hasPages: false },
): QueryKind[] {
  const isFirst = history.length === 0;
  const hasFailed = history.some((entry) => entry.verdict === 'failed');
  const hasOrder =
    problem.groupColumn !== null || problem.timeColumn !== null || profile.leakageHints.length > 0;
  const hasRichColumns = profile.train.columns.some((column) => column.meanLength > shortTextCharacters);
  const wanted: Record<QueryKind, boolean> = {
    'similar-solutions': true,
    features: isFirst || hasRichColumns || history.some((entry) => entry.verdict === 'better'),
    'validation-pitfalls': isFirst || hasFailed || hasOrder,
    'models-for-metric': true,
    // what the competition's own pages say does not change from round to round
    discussion: isFirst && hasPages,
    step: false,
  };
  return queryKinds.filter((kind) => wanted[kind]);
}

/**
 * Merges the proposals of all reports into one ranked list: nothing that was tried already, one proposal per name,
 * different families first, and within that the greatest expected gain.
 *
 * @param max how many approaches one round may train
 */
export function rankApproaches(
  reports: readonly { approaches: readonly Approach[] }[],
  history: readonly HistoryEntry[],
  max: number,
): Approach[] {
  const tried = new Set(history.map((entry) => entry.approach));
  const byName = new Map<string, Approach>();
  for (const approach of reports.flatMap((report) => report.approaches)) {
    const known = byName.get(approach.name);
    if (tried.has(approach.name)) continue;
    byName.set(approach.name, known === undefined ? approach : mergeProposals(known, approach));
  }
  const open = withoutTwins([...byName.values()]).map((approach) => ({
    approach,
    gain: adjustedGain(approach, history),
  }));
  return pickDiverse(open, max);
}

/** The stronger proposal of two with one name, with the sources of both. */
function mergeProposals(first: Approach, second: Approach): Approach {
  const [strong, weak] = second.expectedGain > first.expectedGain ? [second, first] : [first, second];
  // many pages are called "1st place solution"
  const known = new Set(strong.sources.map(({ url, title }) => url ?? title));
  const more = weak.sources.filter(({ url, title }) => !known.has(url ?? title));
  return { ...strong, sources: [...strong.sources, ...more].slice(0, 20) };
}

/** What several queries propose under different names stands once, with the sources of all. */
function withoutTwins(approaches: readonly Approach[]): Approach[] {
  const kept: Approach[] = [];
  for (const approach of approaches) {
    const at = kept.findIndex((other) => isSamePlan(other, approach));
    const twin = kept[at];
    if (twin === undefined) kept.push(approach);
    else kept[at] = mergeProposals(twin, approach);
  }
  return kept;
}

/** A family that failed or lost before counts for less; one that won counts for a little more. */
function adjustedGain(approach: Approach, history: readonly HistoryEntry[]): number {
  const family = history.filter((entry) => entry.family === approach.family);
  const lost = family.filter((entry) => entry.verdict === 'failed').length;
  const won = family.some((entry) => entry.verdict === 'better');
  return approach.expectedGain - 0.15 * lost + (won ? 0.05 : 0);
}

/** A second proposal of a family that is in already must be this much better than one of another family. */
const repeatCost = 0.3;

function pickDiverse(open: readonly { approach: Approach; gain: number }[], max: number): Approach[] {
  const left = [...open];
  const picked: Approach[] = [];
  while (picked.length < max && left.length > 0) {
    const worth = left.map(({ approach, gain }) => {
      const repeats = picked.filter((other) => other.family === approach.family).length;
      return gain - repeatCost * repeats;
    });
    const [best] = left.splice(worth.indexOf(Math.max(...worth)), 1);
    if (best !== undefined) picked.push(best.approach);
  }
  return picked;
}

/** The best earlier entry that has a score, by the metric's direction; null before any has one. */
export function bestOf(history: readonly HistoryEntry[], metric: Problem['metric']): HistoryEntry | null {
  const sign = metricSpec(metric).direction === 'maximize' ? 1 : -1;
  let best: HistoryEntry | null = null;
  for (const entry of history) {
    if (entry.cv === null) continue;
    if (best === null || best.cv === null || sign * entry.cv > sign * best.cv) best = entry;
  }
  return best;
}

/** What one query found. */
export const researchReportSchema = z.object({
  /** Who did the research, e.g. `playbook`. */
  provider: z.string().min(1),
  /** A few sentences for people. */
  summary: z.string(),
  findings: z.array(
    z.object({
      claim: z.string().min(1),
      source: z.string().min(1),
      /** Each of them, where there are pages to open. */
      sources: z.array(sourceSchema).max(20).optional(),
    }),
  ),
  /** Best first. */
  approaches: z.array(approachSchema),
  citations: z.array(z.object({ title: z.string().min(1), url: z.url().optional() })),
  /** What was not taken over from the report of a service. */
  dropped: z
    .object({
      /** Claims and proposals that name no source of the report. */
      withoutSource: z.number().int(),
      /** What speaks to its reader like an order. */
      suspicious: z.number().int(),
      /** Packages that are not on the list. */
      packages: z.number().int(),
    })
    .optional(),
});
export type ResearchReport = z.output<typeof researchReportSchema>;
