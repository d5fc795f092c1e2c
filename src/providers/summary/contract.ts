import type { Problem } from '../../domain/problem.ts';
import type { FailureClass } from '../../domain/script-failure.ts';
import type { Operator } from '../../domain/search/step.ts';

/** How one node of the search ended, as its summary is made from it. Never with its gate score. */
export type NodeStory = {
  competitionId: string | null;
  approachId: string | null;
  problem: Pick<Problem, 'title' | 'metric' | 'task'>;
  name: string;
  /** What it is, or what it changes. */
  change: string;
  operator: Operator;
  /** Cross-validated; null for one that failed. */
  cv: number | null;
  se: number | null;
  /** What it was made from, with their scores. */
  parents: readonly { name: string; cv: number | null }[];
  failure: { reason: string; output: string } | null;
};

/** What a run taught, for the memory of the search and for lessons. */
export type NodeSummary = {
  /** At most three sentences. */
  taught: string;
  /** Null for one that did not fail. */
  failureClass: FailureClass | null;
};

/** Sums up runs. A failure of it loses nothing but a sentence. */
export type Summariser = {
  summarise(story: NodeStory, options: { signal: AbortSignal }): Promise<NodeSummary>;
};
