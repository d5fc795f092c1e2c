import { z } from 'zod';
import { type Approach, approachSchema } from '../../domain/approach.ts';
import { soundsLikeOrder } from '../../domain/outside-text.ts';
import type { ResearchReport } from '../../domain/research.ts';
import type { Citation } from './contract.ts';
import {
  listedPackages,
  plainLine,
  plainLines,
  plainMinutes,
  plainParameters,
  plainText,
  proposalFields,
  slugOf,
} from './plain-parts.ts';

/** What a language model reads out of a report. Without bounds: what is too long is cut, and no reason to ask again. */
export const distilledSchema = z.object({
  summary: z.string().describe('Two to four sentences for people: what the report found.'),
  findings: z
    .array(
      z.object({
        claim: z.string().describe('One fact that matters for a solution, in one sentence.'),
        sources: z.array(z.string()).describe('Ids of sources of this report that say so, such as s3.'),
      }),
    )
    .describe('The most useful first, at most 20.'),
  approaches: z
    .array(
      z.object({
        ...proposalFields,
        title: z.string().describe('One line.'),
        rationale: z.string().describe('Why it should work here, one or two sentences.'),
        features: z.array(z.string()).describe('Feature recipes in the order of application, one line each.'),
        validation: z.string().describe('What validation has to respect.'),
        requirements: z.array(z.string()).describe('What an implementation must observe, one line each.'),
        packages: z.array(z.string()).describe('Python packages beyond pandas and scikit-learn.'),
        expectedGain: z.number().describe('0 (poor) to 1 (best) among these approaches.'),
        estimatedMinutes: z.number().describe('Training time on the given rows.'),
        sources: z.array(z.string()).describe('Ids of the sources of this report that it rests on.'),
      }),
    )
    .describe('Distinct ways to attack the competition, best first, at most 6.'),
});
export type Distilled = z.output<typeof distilledSchema>;
type RawApproach = Distilled['approaches'][number];

const mostFindings = 20;
const mostApproaches = 6;
const mostSources = 20;

export type DistilLimits = { allowedPackages: ReadonlySet<string>; mostMinutes: number };

/**
 * What may be taken over: each claim and proposal names a source that the report has, nothing sounds like an order,
 * packages are on the list, and every text is plain, short and without addresses. The rest is dropped and counted.
 */
export function settleDistilled(
  raw: Distilled,
  citations: readonly Citation[],
  limits: DistilLimits,
): Omit<ResearchReport, 'provider' | 'citations'> {
  const dropped = { withoutSource: 0, suspicious: 0, packages: 0 };
  const byId = new Map(citations.map((citation) => [citation.id, citation]));
  const sourcesOf = (ids: readonly string[]): Citation[] =>
    [...new Set(ids)].flatMap((id) => byId.get(id.replaceAll(/[[\]\s]/g, '')) ?? []).slice(0, mostSources);
  const admit = (texts: readonly string[], ids: readonly string[]): Citation[] | null => {
    if (texts.some(soundsLikeOrder)) {
      dropped.suspicious += 1;
      return null;
    }
    const sources = sourcesOf(ids);
    if (sources.length > 0) return sources;
    dropped.withoutSource += 1;
    return null;
  };
  const findings = raw.findings.flatMap(({ claim, sources: ids }) => {
    const sources = admit([claim], ids);
    const text = plainLine(claim, 500);
    if (sources === null || text === '') return [];
    return [{ claim: text, source: titlesOf(sources), sources: sources.map(shownSource) }];
  });
  const approaches = raw.approaches.flatMap((one): Approach[] => {
    const { name, title, family, rationale, validation } = one;
    const sources = admit([name, title, family, rationale, validation], one.sources);
    if (sources === null) return [];
    const parsed = approachSchema.safeParse(approachOf(one, sources, limits, dropped));
    return parsed.success ? [parsed.data] : [];
  });
  const summary = soundsLikeOrder(raw.summary) ? '' : plainText(raw.summary, 1_500);
  return {
    summary,
    findings: findings.slice(0, mostFindings),
    approaches: approaches.toSorted((a, b) => b.expectedGain - a.expectedGain).slice(0, mostApproaches),
    dropped,
  };
}

type Dropped = NonNullable<ResearchReport['dropped']>;

/** @param dropped what is left out of it is counted there */
function approachOf(
  raw: RawApproach,
  sources: readonly Citation[],
  limits: DistilLimits,
  dropped: Dropped,
): unknown {
  const lines = (texts: readonly string[], most: number, mostCharacters: number): string[] => {
    const taken = plainLines(texts, { most, mostCharacters });
    dropped.suspicious += taken.leftOut;
    return taken.lines;
  };
  const listed = listedPackages(raw.packages, limits.allowedPackages);
  dropped.packages += listed.leftOut;
  return {
    name: slugOf(raw.name === '' ? raw.title : raw.name, 48),
    title: plainLine(raw.title, 120),
    family: slugOf(raw.family, 40),
    rationale: plainLine(raw.rationale, 600),
    features: lines(raw.features, 40, 160),
    models: raw.models
      .filter(({ kind }) => !soundsLikeOrder(kind))
      .slice(0, 8)
      .map(({ kind, params }) => ({ kind: slugOf(kind, 60), params: plainParameters(params) })),
    validation: lines([raw.validation], 1, 400)[0] ?? '',
    risks: lines(raw.risks, 10, 300),
    requirements: lines(raw.requirements, 20, 300),
    packages: listed.packages,
    expectedGain: Math.min(1, Math.max(0, raw.expectedGain)),
    estimatedMinutes: plainMinutes(raw.estimatedMinutes, limits.mostMinutes),
    sources: sources.map(shownSource),
  };
}

function shownSource({ title, url }: Citation): { title: string; url?: string } {
  return { title, ...(url === undefined ? {} : { url }) };
}

function titlesOf(sources: readonly Citation[]): string {
  return sources
    .slice(0, 3)
    .map(({ title }) => title)
    .join('; ');
}
