import type { FactorName, Feasibility, FeasibilityInput } from './feasibility.ts';
import type { Change, Participation } from './listing.ts';

/** Which of the listed competitions are shown. */
export const discoverFilters = ['best', 'new', 'watched', 'ignored', 'entered', 'all'] as const;
export type DiscoverFilter = (typeof discoverFilters)[number];

/** A competition of the vendor's list, as far as people choose by it. */
export type ListedCompetition = {
  slug: string;
  title: string;
  category: string | null;
  /** As the vendor says it: `$50,000`, `Knowledge`. */
  reward: string | null;
  /** Null without an end. */
  deadline: Date | null;
  teams: number;
  /** 0 to 100. */
  score: number;
  colour: Feasibility['colour'];
  priority: number;
  /** Chance of a medal, 0 to 1. */
  medal: number;
  /** Codes of what keeps the agent out altogether. */
  gates: readonly string[];
  /** The list of the settings that keeps it from being suggested. */
  keptOutBy: 'deny' | 'allow' | null;
  /** Its pages and files were read; otherwise the score is a first guess. */
  wasRead: boolean;
  isNew: boolean;
  /** Somebody asked for it, also where it has ended since. */
  isRequested: boolean;
  /** It is worked on, or waits to be. */
  isUnderWay: boolean;
  suggestion: 'asked' | 'entered' | 'watched' | 'ignored' | null;
  /** How our account stands in it, and when that was read. */
  participation: (Participation & { readAt: Date | null }) | null;
};

export type DiscoverResult = {
  filter: DiscoverFilter;
  /** The best first. */
  competitions: readonly ListedCompetition[];
  /** The last look at the vendor's list that came to its end; null before the first. */
  lookedAt: Date | null;
  /** Why that one ended early. */
  errorCode: string | null;
  /** Score from which competitions are suggested. */
  threshold: number;
};

export type WhyResult = {
  competition: ListedCompetition;
  feasibility: Feasibility;
  /** What the judgement rests on. */
  input: FeasibilityInput;
  /** Factors that a person set. */
  overrides: readonly FactorName[];
  /** How much the score would gain by each factor that is not as good as can be. */
  gains: readonly { name: FactorName; gain: number }[];
  /** Completed competitions that the estimate of hours and cost rests on. */
  completedCount: number;
  /** Newest first. */
  changes: readonly (Change & { at: Date })[];
  readAt: Date | null;
  readError: string | null;
};
