import { z } from 'zod';
import { chartSchema } from './chart.ts';

/** The answers that move a competition that waits for a person. */
export const competitionAnswers = [
  'retry_different_approach',
  'adjust_parameters',
  'skip_competition',
] as const;

/** What a decision is about. */
export const decisionKinds = [
  'uncertainty',
  'failure',
  'stagnation',
  'budget',
  'model_budget',
  'suggestion',
  'rules',
  'metric',
  'gate',
  'final_selection',
  'agreement',
  'post_mortem',
  'drift',
] as const;

export type DecisionKind = (typeof decisionKinds)[number];

export const decisionOptionSchema = z.object({
  /** Stable within the decision; a competition answer where the decision blocks. */
  id: z.string().regex(/^[a-z][a-z0-9_]{0,39}$/),
  label: z.string().min(1).max(60),
  /** What happens then, and what it costs. */
  consequence: z.string().max(200),
  costUsd: z.number().nonnegative().default(0),
  /** Costs more than a quarter of the money that is left: asks before it counts. */
  isCostly: z.boolean().default(false),
  /** Cannot be undone: asks before it counts. */
  isFinal: z.boolean().default(false),
  /** Takes words with it, through a form: what to change, what to try. */
  wantsText: z.boolean().default(false),
});

/** A page outside; its kind says what the button is called. */
export const decisionLinkSchema = z.object({
  kind: z.enum(['rules', 'settings', 'page']),
  url: z.url({ protocol: /^https$/ }),
});

/** What a person is asked, with everything needed to answer it well. */
export const decisionDraftSchema = z.object({
  kind: z.enum(decisionKinds),
  /** Blocks its competition until it is answered. */
  blocking: z.boolean(),
  question: z.string().min(1).max(300),
  /** What happened and why it is asked. */
  context: z.string().max(1500),
  options: z.array(decisionOptionSchema).min(1).max(5),
  defaultOption: z.string(),
  /** Numbers that help to decide, as they were when it was asked. */
  facts: z
    .array(z.object({ label: z.string().min(1).max(60), value: z.string().min(1).max(150) }))
    .max(10)
    .default([]),
  chart: chartSchema.nullable().default(null),
  /** Where a person does what is asked, on Kaggle's website. */
  link: decisionLinkSchema.nullable().default(null),
  /** The option that we would choose, where that is another than the one that is taken when nobody answers. */
  recommendedOption: z.string().nullable().default(null),
});

export type DecisionOption = z.output<typeof decisionOptionSchema>;
export type DecisionLink = z.output<typeof decisionLinkSchema>;
/** As it was asked, with everything filled in. */
export type DecisionQuestion = z.output<typeof decisionDraftSchema>;
/** As a flow asks it. */
export type DecisionDraft = z.input<typeof decisionDraftSchema>;

/** What hangs on a question of these kinds went on with its answer: asked anew, nobody would wait for it. */
const askedOnce: ReadonlySet<string> = new Set<DecisionKind>([
  'gate',
  'metric',
  'final_selection',
  'drift',
  'post_mortem',
]);

/** True where a question that is closed may be asked anew. */
export function canBeAskedAgain(kind: string): boolean {
  return !askedOnce.has(kind);
}

const minutes = (count: number) => count * 60;
const hours = (count: number) => count * 3_600;

/** The time that the kinds' own times are a part or a multiple of. */
const usualSeconds = hours(4);

/** Where the kind names no time of its own it has the usual one. */
const ownSeconds: Readonly<Partial<Record<DecisionKind, number>>> = {
  // what was read from the data is trusted soon, since the work waits for it
  metric: minutes(30),
  // one round's submission waits for it
  drift: hours(1),
  budget: hours(2),
  model_budget: hours(2),
  suggestion: hours(24),
  // only a person can accept rules, and may be away for a weekend
  rules: hours(72),
  gate: hours(168),
  // nothing waits for it
  post_mortem: hours(24),
};

/**
 * How long a question of this kind waits for a person, in seconds.
 * @param settings what a question waits by default; the kinds with times of their own follow it in proportion
 */
export function slaSecondsOf(kind: DecisionKind, settings: { decisionSlaSeconds: number }): number {
  const own = ownSeconds[kind] ?? usualSeconds;
  return settings.decisionSlaSeconds * (own / usualSeconds);
}

const soonMs = 6 * 3_600_000;

/** True for what people are told of in their quiet hours too: money is at risk, or the competition ends soon. */
export function cannotWait(
  decision: { kind: DecisionKind; competitionEndsAt: Date | null },
  now: Date,
): boolean {
  const { kind, competitionEndsAt: end } = decision;
  return kind === 'budget' || (end !== null && end.getTime() - now.getTime() < soonMs);
}
