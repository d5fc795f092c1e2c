import { z } from 'zod';
import { metricNames } from '../metrics/catalog.ts';
import type { FileProfile } from '../profile.ts';

export type InferenceInput = {
  slug: string;
  title: string;
  /** The competition's metric as Kaggle names it; may be empty. */
  metricText: string;
  /** The evaluation page, or all pages joined. */
  pageText: string;
  train: FileProfile;
  test: FileProfile;
  /** The sample submission: its header and its first rows as text. */
  sample: { columns: readonly string[]; firstRows: readonly (readonly string[])[] };
  /** Distinct values of each column that may be a target, as train.csv writes them. */
  targetValues: Readonly<Record<string, readonly string[]>>;
  /** Scores of the leaderboard as it lists them: best first. Empty or left out where it was not read. */
  boardScores?: readonly number[];
  /** What a person said; it stands over everything that is read. */
  told?: ToldContract | null;
};

/** What a person said of how a competition is judged; what is left out is read as ever. */
export const toldContractSchema = z.object({
  metric: z.enum(metricNames).optional(),
  metricK: z.number().int().positive().max(1000).optional(),
  /** Of the vendor's metric, where ours only stands in for it. */
  direction: z.enum(['maximize', 'minimize']).optional(),
  targetColumns: z.array(z.string().min(1)).min(1).max(50).optional(),
});
export type ToldContract = z.output<typeof toldContractSchema>;

/** What the steps of an inference add to: a doubt multiplies the confidence. */
export type Findings = { evidence: string[]; confidence: number };

/** Adds a conclusion; `certainty` below 1 lowers the confidence. */
export function conclude(findings: Findings, sentence: string, certainty = 1): void {
  findings.evidence.push(sentence);
  findings.confidence *= certainty;
}
