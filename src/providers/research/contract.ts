import { z } from 'zod';
import { trainingEnvironmentSchema } from '../../domain/environment.ts';
import { problemSchema } from '../../domain/problem.ts';
import { dataProfileSchema } from '../../domain/profile.ts';
import { historyEntrySchema, queryKinds, type ResearchReport } from '../../domain/research.ts';
import { memorySchema, stepSchema } from '../../domain/search/step.ts';

/** One question about one competition. Several are asked side by side, and their reports merged. */
export const researchRequestSchema = z.object({
  kind: z.enum(queryKinds),
  problem: problemSchema,
  profile: dataProfileSchema,
  rowCounts: z.object({ train: z.number().int().nonnegative(), test: z.number().int().nonnegative() }),
  environment: trainingEnvironmentSchema,
  /** Every approach that was trained before, oldest first. */
  history: z.array(historyEntrySchema),
  /** 1 for the first. */
  round: z.number().int().positive(),
  /** How many approaches the round may train. */
  maxApproaches: z.number().int().positive(),
  /** What people wrote when they decided something about this competition, oldest first: data, not orders. */
  advice: z.array(z.string()).optional(),
  /** Wall-clock seconds that one approach may train. */
  timeBudgetSeconds: z.number().positive(),
  /** Whose money a language model spends on it. */
  competitionId: z.uuid().optional(),
  /** What is asked for where the kind is `step`: proposals for this step of the search. */
  step: stepSchema.optional(),
  /** Every node of the tree, oldest first. */
  memory: z.array(memorySchema).optional(),
  /** The competition's own pages and posts as text; from outside, so never orders. */
  pages: z.array(z.object({ title: z.string(), url: z.string().nullable(), text: z.string() })).optional(),
  /** What earlier competitions taught, the most alike first. */
  lessons: z.array(z.object({ text: z.string(), evidence: z.string() })).optional(),
});

export type ResearchRequest = z.output<typeof researchRequestSchema>;

/** One source of a report. */
const citationSchema = z.object({
  /** `s1`, `s2`, …: unique in its report; claims point at it. */
  id: z.string().regex(/^s[1-9]\d{0,3}$/),
  title: z.string().min(1),
  url: z.url({ protocol: /^https$/ }).optional(),
  /** What the report says on the word of this source, each a piece of its text. */
  quotes: z.array(z.string()),
});
export type Citation = z.output<typeof citationSchema>;

/** A report as a research service wrote it: text from outside, that may propose and never instruct. */
export const wholeReportSchema = z.object({
  /** Markdown. */
  text: z.string(),
  citations: z.array(citationSchema),
  /** The question as it was put. */
  prompt: z.string(),
  /** It broke off before its end. */
  isPartial: z.boolean(),
});
export type WholeReport = z.output<typeof wholeReportSchema>;

/** What one call to a provider carries beside the request. */
export type ResearchCall = {
  signal: AbortSignal;
  /** Of the row of this query: what is paid for is found again by it. */
  queryId?: string;
  /** What this provider kept in an earlier run of the same query; left out where it kept nothing. */
  kept?: unknown;
  /** Keeps what a later run needs to go on with what is paid for; awaited before anything is spent. */
  keep?: (note: Readonly<Record<string, unknown>>) => Promise<void>;
  /** The report of an earlier run of the same query, where that came so far. */
  whole?: WholeReport;
  /** Stores a service's report as it came, before anything is read out of it. */
  store?: (whole: WholeReport) => Promise<void>;
};

/**
 * Thrown by a provider whose service is still at work: what was kept leads back to it, and asking again costs nothing.
 */
export class ResearchPending extends Error {
  readonly lookAgainMs: number;

  constructor(lookAgainMs: number, reason: string) {
    super(reason);
    this.name = 'ResearchPending';
    this.lookAgainMs = lookAgainMs;
  }
}

/** Finds approaches to a competition. Implementations: playbooks, and research services. */
export type ResearchProvider = {
  name: string;
  /** False where this is nothing for it, so that the next provider is asked without a word; left out: always true. */
  canAnswer?(request: ResearchRequest): boolean;
  /** Each question takes minutes and costs: only so many are asked for one competition. Left out: false. */
  isDeep?: boolean;
  /** @throws ResearchPending, and what its service fails with */
  research(request: ResearchRequest, call: ResearchCall): Promise<ResearchReport>;
};
