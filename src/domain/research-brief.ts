import { z } from 'zod';

/** How asking one provider came out. `asking`: it is at work, or was when its process ended. */
export const askingOutcomes = ['asking', 'answered', 'failed', 'skipped'] as const;

/** One provider that a query was put to, and why it did not answer where it did not. */
export const askedSchema = z.object({
  provider: z.string(),
  outcome: z.enum(askingOutcomes),
  startedAt: z.string().optional(),
  endedAt: z.string().optional(),
  /** Code of the failure. */
  code: z.string().optional(),
  /** One sentence for people. */
  message: z.string().optional(),
});
export type Asked = z.output<typeof askedSchema>;

/** A page from outside that people may want to open; its address is https or there is none. */
export type BriefSource = { title: string; url: string | null };

/** What one query came to. Every text of it comes from outside: it is shown as text, never as markup. */
export type BriefQuery = {
  round: number;
  /** `similar-solutions`, … */
  kind: string;
  status: 'planned' | 'done' | 'failed';
  /** Who answered; null before that. */
  provider: string | null;
  /** Everybody who was asked, in order. */
  asked: readonly Asked[];
  summary: string;
  findings: readonly { claim: string; sources: readonly BriefSource[] }[];
  sources: readonly BriefSource[];
  /** Claims and proposals of its report that were not taken over: without a source of it, or like orders. */
  leftOut?: number;
  /** Key of the whole report in the object store, and a link to it that works for a while; null without one. */
  report: { key: string; url: string } | null;
  error: string | null;
};

/** An approach that the research led to. */
export type BriefApproach = {
  round: number;
  name: string;
  title: string;
  rationale: string;
  status: string;
  /** Score by cross-validation; null where none is known. */
  cv: number | null;
  requirements: readonly string[];
  sources: readonly BriefSource[];
  /** What earlier competitions say of it, a sentence each; left out where they say nothing. */
  lessons?: readonly string[];
};

/** What `/kaggle research` shows: newest round first. */
export type ResearchBrief = {
  /** 0 before the first. */
  round: number;
  queries: readonly BriefQuery[];
  approaches: readonly BriefApproach[];
};
