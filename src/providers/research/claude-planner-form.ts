import { z } from 'zod';
import { type Approach, approachSchema } from '../../domain/approach.ts';
import { soundsLikeOrder } from '../../domain/outside-text.ts';
import { candidateWorth } from '../../domain/search/candidate-score.ts';
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

const score = (text: string) => z.number().describe(`1 (poor) to 10 (best): ${text}`);

/** What the planner answers. Without bounds: what is too long is cut, and no reason to pay twice. */
export const planSchema = z.object({
  summary: z
    .string()
    .describe('Two or three sentences for people: what the results show and what should come next.'),
  challenges: z
    .array(z.string())
    .describe('The two or three things that hold the score back most, one sentence each.'),
  findings: z
    .array(z.object({ claim: z.string(), certainty: z.enum(['low', 'medium', 'high']) }))
    .describe('Facts that matter for a solution, at most 12. Empty where only a step is asked for.'),
  candidates: z
    .array(
      z.object({
        ...proposalFields,
        title: z.string().describe('One line: what it is, or the one thing that it changes.'),
        hypothesis: z.string().describe('Why it should score better here, one or two sentences.'),
        component: z.enum(['data', 'features', 'model', 'ensemble', 'workflow']),
        features: z
          .array(z.string())
          .describe('All features of the whole solution, in order, one line each.'),
        requirements: z
          .array(z.string())
          .describe('What the implementation must do, step by step, one line each.'),
        packages: z
          .array(z.string())
          .describe('Python packages beyond pandas and scikit-learn; installed ones only.'),
        estimatedMinutes: z.number(),
        scores: z.object({
          alignment: score('it answers the challenges that the results show'),
          impact: score('what it may gain in the metric'),
          novelty: score('it differs from everything that was tried'),
          feasibility: score('it can be built in one file and runs within the limits'),
          riskReward: score('what it may gain against what it may break'),
        }),
      }),
    )
    .describe('Three to five distinct proposals.'),
});
type PlanAnswer = z.output<typeof planSchema>;
type Candidate = PlanAnswer['candidates'][number];

type Settling = {
  /** Names of the solutions that a step starts from; empty for drafts. */
  basedOn: readonly string[];
  allowedPackages: ReadonlySet<string>;
  mostMinutes: number;
  source: { title: string };
};

/**
 * The proposals as approaches, the best first by the five weighted scores. What is no approach, or speaks like an order,
 * is left out; packages are those of the list alone.
 */
export function settlePlan({ candidates }: Pick<PlanAnswer, 'candidates'>, settling: Settling): Approach[] {
  return candidates
    .flatMap((candidate) => {
      const texts = [candidate.name, candidate.title, candidate.hypothesis, ...candidate.requirements];
      const parsed = approachSchema.safeParse(approachOf(candidate, settling));
      return parsed.success && !texts.some(soundsLikeOrder) ? [parsed.data] : [];
    })
    .toSorted((a, b) => b.expectedGain - a.expectedGain);
}

function approachOf(candidate: Candidate, settling: Settling): unknown {
  const { basedOn, allowedPackages, mostMinutes, source } = settling;
  const lines = (texts: readonly string[], most: number, mostCharacters: number) =>
    plainLines(texts, { most, mostCharacters }).lines;
  return {
    name: slugOf(candidate.name, 48),
    title: plainLine(candidate.title, 120),
    family: slugOf(candidate.family, 40),
    rationale: plainText(candidate.hypothesis, 600),
    features: lines(candidate.features, 40, 160),
    models: candidate.models.slice(0, 8).map(({ kind, params }) => {
      return { kind: slugOf(kind, 60), params: plainParameters(params) };
    }),
    validation: 'The folds of the host, as they are given.',
    risks: lines(candidate.risks, 10, 300),
    requirements: lines(candidate.requirements, 20, 400),
    packages: listedPackages(candidate.packages, allowedPackages).packages,
    expectedGain: candidateWorth(candidate.scores),
    estimatedMinutes: plainMinutes(candidate.estimatedMinutes, mostMinutes),
    sources: [source],
    component: candidate.component,
    ...(basedOn.length === 0 ? {} : { basedOn: basedOn.slice(0, 2) }),
  };
}
