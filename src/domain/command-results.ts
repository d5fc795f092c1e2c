import type { DecisionView, Overview } from './overview.ts';

/** What a person may limit when starting a competition. */
export type RequestedLimits = {
  maxRounds?: number;
  timeLimitSeconds?: number;
  approachesPerRound?: number;
};

export type Feasibility = {
  /** 0 to 100. */
  score: number;
  parts: readonly { name: string; value: number; reason: string }[];
};

export type StartResult = {
  competition: Overview;
  outcome: 'started' | 'queued' | 'already';
  feasibility: Feasibility | null;
};

export type MoveResult = { competition: Overview; outcome: 'done' | 'already' };

export type LeaderboardResult = {
  /** Newest first. */
  snapshots: readonly {
    takenAt: Date;
    entrants: number;
    rank: number | null;
    score: number | null;
    top: readonly { name: string; score: number }[];
  }[];
};

export type LogsResult = {
  /** Newest last. */
  runs: readonly {
    job: string;
    item: string;
    attempt: number;
    status: string;
    startedAt: Date;
    endedAt: Date | null;
    outcome: string | null;
    errorClass: string | null;
    errorCode: string | null;
    errorMessage: string | null;
  }[];
};

export type BudgetResult = {
  /** US dollars by scope: `fleet_hour`, `gpu_day`, `llm_day`, `llm_competition`. */
  caps: Readonly<Record<string, number>>;
  gpuTodayUsd: number;
  llmTodayUsd: number;
  competitionUsd: number;
};

export type DecideResult = {
  outcome: 'decided' | 'closed' | 'unknown_option' | 'paused';
  decision: DecisionView;
};

/**
 * What people can tell the agent, as every door (console, Slack, Discord, command line) calls it.
 * All throw a Failure whose message is for people.
 */
export type CommandFlows = {
  start(input: { slug: string; limits?: RequestedLimits; priority?: number }): Promise<StartResult>;
  pause(input: { slug: string }): Promise<MoveResult>;
  resume(input: { slug: string }): Promise<MoveResult>;
  stop(input: { slug: string }): Promise<MoveResult>;
  status(input: { slug: string }): Promise<Overview>;
  list(): Promise<readonly Overview[]>;
  leaderboard(input: { slug: string }): Promise<LeaderboardResult>;
  logs(input: { slug: string; limit: number }): Promise<LogsResult>;
  budget(input: { slug: string | null }): Promise<BudgetResult>;
  /** Open decisions. */
  decisions(input: { slug: string | null }): Promise<readonly DecisionView[]>;
  /** Without an id: the open decision of the competition. */
  decide(input: {
    decisionId: string | null;
    slug: string | null;
    option: string;
    note?: string;
  }): Promise<DecideResult>;
};
