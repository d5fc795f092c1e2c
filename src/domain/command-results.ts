import type { Actor } from './actor.ts';
import type { Agreement } from './agreement.ts';
import type { ContentOf } from './card.ts';
import type { CompetitionState } from './competition-machine.ts';
import type { DiscoverFilter, DiscoverResult, WhyResult } from './discovery-results.ts';
import type { FactorName } from './feasibility.ts';
import type { GateKind } from './gate.ts';
import type { StoppedMachines } from './gpu/stopped-machines.ts';
import type { LessonsResult, LessonView } from './lessons/lesson-view.ts';
import type { Participation } from './listing.ts';
import type { ModelSpending } from './model-spending.ts';
import type { NodeResult } from './node-detail.ts';
import type { DecisionView, Overview } from './overview.ts';
import type { Preferences } from './preferences.ts';
import type { ResearchBrief } from './research-brief.ts';
import type { TreeView } from './search-views.ts';
import type { CompareResult, ParametersResult, SetParametersResult } from './training-views.ts';

/** What a person may limit when starting a competition. */
export type RequestedLimits = {
  maxRounds?: number;
  timeLimitSeconds?: number;
  approachesPerRound?: number;
  /** US dollars for the whole competition, machines and models together. */
  budgetUsd?: number;
};

export type Feasibility = {
  /** 0 to 100. */
  score: number;
  parts: readonly { name: string; value: number; reason: string }[];
};

export type StartResult = {
  competition: Overview;
  /** `waiting`: at a gate that a person has to open first. */
  outcome: 'started' | 'queued' | 'already' | 'waiting';
  feasibility: Feasibility | null;
  /** Where it waits for a person: what it is, what to do, and where. */
  gate?: { kind: GateKind; sentence: string; task: string | null; link: string | null } | null;
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
    /** The public board, or after the end the private one. */
    part: 'public' | 'private';
    /** Medals are given here; else the lines are those that the same places would take. */
    awardsMedals: boolean;
    /** Scores that take a medal at that moment; null where the reading does not go down that far. */
    gold: number | null;
    silver: number | null;
    bronze: number | null;
  }[];
  /** Ours, newest first. */
  submissions: readonly {
    approach: string;
    round: number;
    cv: number | null;
    publicScore: number | null;
    privateScore: number | null;
    /** The private place comes from it. */
    isCounted: boolean;
  }[];
  /** How far cross-validation and leaderboard put them into the same order. */
  agreement: Agreement;
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
  /** Machines and models since the month began (UTC); left out where it is not at hand. */
  monthUsd?: number;
  /** What calls of language models cost: of the competition, else of all; null where none was asked. */
  models?: ModelSpending | null;
  /** What the language models of that competition may cost; left out where there is no such cap. */
  modelCapUsd?: number;
  /** Rented machines that there are now. */
  machines?: readonly {
    title: string;
    provider: string;
    slug: string;
    usdPerHour: number;
    /** So far. */
    usd: number;
    /** For the worst case; it counts as spent until the machine has ended. */
    reservedUsd: number;
  }[];
  /** Somebody stopped all rented machines, and none is rented. */
  isGpuHeld?: boolean;
  /** Those that are under way, dearest first; left out where one competition was asked for. */
  competitions?: readonly { slug: string; gpuUsd: number; modelUsd: number }[];
};

/** What a stop of all rented machines came to. */
export type StopGpusResult = StoppedMachines & {
  /** Nothing is rented until somebody allows it; false where the database did not take that. */
  isHeld: boolean;
};

export type AllowGpusResult = { outcome: 'done' | 'already' };

/** Caps that an admin can change in a chat. */
export type BudgetScope = 'fleet_hour' | 'gpu_day' | 'llm_day' | 'llm_competition';

/** A competition that can be named, for suggestions while typing. */
export type KnownCompetition = {
  slug: string;
  title: string;
  state: CompetitionState;
  /** Somebody asked for it. */
  isRequested: boolean;
  deadline: Date | null;
};

/** What somebody did about a decision, or was refused; newest last. */
export type DecisionLogLine = {
  at: Date;
  actor: Actor;
  /** As others call them, as far as the platform told it. */
  name: string | null;
  /** `decision.answered`, `decision.too_late`, `decision.snoozed`, `decision.asked_again`, `refused.<action>`. */
  action: string;
  slug: string | null;
  decisionId: string | null;
  question: string | null;
  askedAt: Date | null;
  /** Words of the option, where one was chosen. */
  option: string | null;
  byDefault: boolean;
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
  /** The facts of the status card as they were written last; left out where only the overview is at hand. */
  statusFacts?(input: { slug: string }): Promise<ContentOf<'status'> | null>;
  list(): Promise<readonly Overview[]>;
  leaderboard(input: { slug: string }): Promise<LeaderboardResult>;
  logs(input: { slug: string; limit: number }): Promise<LogsResult>;
  budget(input: { slug: string | null }): Promise<BudgetResult>;
  /** Ends every rented machine now; none is rented until `allowGpus`. */
  stopGpus(input: { reason: string | null }): Promise<StopGpusResult>;
  allowGpus(): Promise<AllowGpusResult>;
  /** Open decisions. */
  decisions(input: { slug: string | null }): Promise<readonly DecisionView[]>;
  /** Without an id: the open decision of the competition. */
  decide(input: {
    decisionId: string | null;
    slug: string | null;
    option: string;
    note?: string;
    /** How others call who decides, for the cards. */
    byName?: string;
  }): Promise<DecideResult>;
  /** More time for an open decision, once. `limit`: it cannot wait any longer. */
  snooze(input: { decisionId: string }): Promise<{ outcome: 'done' | 'limit' | 'closed'; deadline: Date }>;
  /** Asks a closed question anew, as a decision of its own, while its consequence can still be undone. */
  askAgain(input: { decisionId: string }): Promise<{ outcome: 'done' | 'too_late'; decision: DecisionView }>;
  decision(input: { decisionId: string }): Promise<DecisionView | null>;
  /** `logs decisions`: who answered, put off, or was too late. */
  decisionLog(input: { slug: string | null; limit: number }): Promise<readonly DecisionLogLine[]>;
  research(input: { slug: string }): Promise<ResearchBrief>;
  /** The tree of solutions. */
  tree(input: { slug: string }): Promise<TreeView>;
  /** One node of it. @param input which: its number or its name */
  node(input: { slug: string; which: string }): Promise<NodeResult>;
  /** What earlier competitions taught; of one competition, what counts for it. */
  lessons(input: { slug: string | null }): Promise<LessonsResult>;
  /** A lesson counts no more. @param input id its first characters */
  forgetLesson(input: { id: string }): Promise<LessonView>;
  /** The runs of a competition side by side. */
  compare(input: { slug: string }): Promise<CompareResult>;
  /** Hyper-parameters of the best node, or of the named approach. */
  parameters(input: { slug: string; approach: string | null }): Promise<ParametersResult>;
  /** Sets them: a node with these values is trained. */
  setParameters(input: {
    slug: string;
    approach: string | null;
    values: readonly { name: string; value: string }[];
    byName?: string;
  }): Promise<SetParametersResult>;
  setBudget(input: { scope: BudgetScope; usd: number; reason: string | null }): Promise<BudgetResult>;
  preferences(): Promise<Preferences>;
  setPreferences(input: Partial<Preferences>): Promise<Preferences>;
  /** Every competition that was ever seen, for suggestions. */
  known(): Promise<readonly KnownCompetition[]>;
  /** Open competitions of the vendor's list, the most promising first. */
  discover(input: { filter: DiscoverFilter }): Promise<DiscoverResult>;
  /** How our account stands in a competition at the vendor; null where it is not entered, or not read yet. */
  participation?(input: { slug: string }): Promise<(Participation & { readAt: Date | null }) | null>;
  /** Every part of a competition's feasibility. */
  why(input: { slug: string }): Promise<WhyResult>;
  /** A person sets a factor of it; null gives it back to what was found. */
  setFactor(input: { slug: string; factor: FactorName; value: number | null }): Promise<WhyResult>;
  /** The competition whose status message or thread this is; null: none. */
  competitionOfThread(input: { platform: string; channel: string; threadId: string }): Promise<string | null>;
  /** Writes into the audit log that somebody was refused. */
  recordRefusal(input: { action: string; slug: string | null }): Promise<void>;
  /** The first 8 characters of the installation's id; buttons carry it. */
  installation(): Promise<string>;
};

/** The flows in the name of one person. */
export type FlowsFor = (actor: Actor) => CommandFlows;
