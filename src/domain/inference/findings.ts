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
};

/** What the steps of an inference add to: a doubt multiplies the confidence. */
export type Findings = { evidence: string[]; confidence: number };

/** Adds a conclusion; `certainty` below 1 lowers the confidence. */
export function conclude(findings: Findings, sentence: string, certainty = 1): void {
  findings.evidence.push(sentence);
  findings.confidence *= certainty;
}
