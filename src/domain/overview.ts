import type { Actor } from './actor.ts';
import type { Chart } from './chart.ts';
import type { CompetitionEvent, CompetitionState } from './competition-machine.ts';
import type { DecisionLink, DecisionOption } from './decision.ts';
import type { DownloadView } from './download-view.ts';
import type { RunReason } from './gpu/run-reason.ts';
import type { SearchSummary } from './search-summary.ts';

/** What people are shown about one competition; chat, live view and JSON all render this. */
export type Overview = {
  slug: string;
  title: string;
  state: CompetitionState;
  /** Where a paused or recovering competition goes on. */
  resumeState: CompetitionState | null;
  /** 0 before the first round. */
  round: number;
  maxRounds: number;
  priority: number;
  metric: { name: string; direction: 'maximize' | 'minimize' } | null;
  /** Somebody wants it entered; left out where that is not at hand. */
  isRequested?: boolean;
  startedAt: Date | null;
  finishedAt: Date | null;
  /** Why it ended, in a sentence. */
  outcome: string | null;
  /** What the stage broke on that nothing has mended since. */
  failure: { code: string; message: string } | null;
  /** The stage at work now; null where none is. */
  stage: StageView | null;
  /** What came before it, oldest first and without gaps, however quick it was. */
  passed: readonly PassedStage[];
  approaches: readonly ApproachView[];
  jobs: readonly JobView[];
  /** Left out where it is not at hand. */
  machines?: readonly MachineView[];
  submissions: readonly SubmissionView[];
  best: BestView | null;
  decisions: readonly DecisionView[];
  costUsd: number;
  /** Of it, what language models cost; left out where it is not at hand. */
  modelUsd?: number;
  /** The tree of solutions in a line; null before it has a node. */
  search?: SearchSummary | null;
  artifactsFolder: string;
};

export type Progress = { done: number; total: number; label: string };

export type StageView = {
  /** Of the state machine. */
  name: CompetitionState;
  /** In words for people. */
  label: string;
  startedAt: Date;
  progress: Progress | null;
  /** Of the competition's data, while they are on their way. */
  download?: DownloadView | null;
};

export type PassedStage = {
  state: CompetitionState;
  round: number;
  startedAt: Date;
  endedAt: Date;
  /** What ended it, and where that led. */
  event: CompetitionEvent;
  to: CompetitionState;
  /** As the event gives it; every failure does. */
  reason: string | null;
};

export type ApproachView = {
  round: number;
  name: string;
  title: string;
  family: string;
  status: 'proposed' | 'coded' | 'trained' | 'failed';
  /** Cross-validated score as the host computed it. */
  cv: number | null;
  cvSd: number | null;
  /** Expected score on unseen rows: of the gate, or of repeated cross-validation. */
  estimate: number | null;
  error: string | null;
};

export type JobView = {
  id: string;
  approach: string;
  purpose: 'search' | 'confirm' | 'final';
  status: 'planned' | 'running' | 'succeeded' | 'failed' | 'cancelled';
  progress: Progress | null;
  /** Why it has no machine yet, and since when; null where it has one or needs none. Left out where it is not at hand. */
  waiting?: { since: Date; reason: RunReason } | null;
  error: string | null;
};

/** A rented machine that a run has. */
export type MachineView = {
  approach: string;
  /** As its offer was called: `RTX 3060 (12 GB), batch`. */
  title: string;
  provider: string;
  usdPerHour: number;
  /** Nothing has been heard from it yet. */
  isStarting: boolean;
};

export type SubmissionView = {
  key: string;
  approach: string;
  round: number;
  status: 'planned' | 'queued' | 'sent' | 'accepted' | 'scored' | 'error' | 'refused' | 'dropped';
  cv: number | null;
  estimate: number | null;
  publicScore: number | null;
  /** On all hidden rows, once the competition is over. */
  finalScore: number | null;
  rank: number | null;
  entrants: number | null;
  error: string | null;
};

export type BestView = {
  approach: string;
  cv: number | null;
  /** Key of the submission. */
  submission: string;
  score: number | null;
  rank: number | null;
  entrants: number | null;
};

export type DecisionView = {
  id: string;
  /** For people to type. */
  shortId: string;
  slug: string;
  kind: string;
  blocking: boolean;
  question: string;
  context: string;
  options: readonly DecisionOption[];
  /** Numbers that help to decide. */
  facts: readonly { label: string; value: string }[];
  chart: Chart | null;
  /** Where a person does what is asked, on Kaggle's website. */
  link: DecisionLink | null;
  /** Id of the option that is taken when nobody answers. */
  defaultOption: string;
  /** Where it is another than the default. */
  recommendedOption: string | null;
  askedAt: Date;
  deadline: Date;
  status: 'open' | 'decided' | 'expired' | 'withdrawn';
  /** Id of the option that was taken. */
  option: string | null;
  note: string | null;
  decidedBy: string | null;
  decidedByActor: Actor | null;
  /** As others call them, as far as the platform told it. */
  decidedByName: string | null;
  decidedAt: Date | null;
  /** It got more time once; it cannot get more. */
  isSnoozed: boolean;
};

/** True where it stands at a gate that a person has to open, or waits for a word on how it is judged, in any state. */
export function waitsForPerson({ decisions }: Pick<Overview, 'decisions'>): boolean {
  return decisions.some(({ status, kind }) => status === 'open' && (kind === 'gate' || kind === 'metric'));
}

/** Approaches with a run on a machine, each once. */
export function approachesAtWork({ jobs }: Pick<Overview, 'jobs'>): string[] {
  const running = jobs.filter(({ status, waiting }) => status === 'running' && waiting == null);
  return [...new Set(running.map(({ approach }) => approach))];
}

/** Runs that have no machine yet, each with its approach. */
export function waitingRuns({ jobs }: Pick<Overview, 'jobs'>) {
  return jobs.flatMap(({ approach, waiting }) => (waiting == null ? [] : [{ approach, ...waiting }]));
}

/** True where no run of the training goes on before there is a machine. */
export function waitsForMachine({ state, jobs }: Pick<Overview, 'state' | 'jobs'>): boolean {
  const open = jobs.filter(({ status }) => status === 'planned' || status === 'running');
  return state === 'training' && open.length > 0 && open.every(({ waiting }) => waiting != null);
}

/** The public names of the states, the same words everywhere. */
export const stateWords: Readonly<Record<CompetitionState, string>> = {
  discovered: 'found',
  researching: 'researching',
  research_completed: 'research done',
  code_generating: 'writing code',
  code_ready: 'code ready',
  training: 'training',
  training_completed: 'training done',
  submitted: 'submitted',
  analyzing: 'analysing',
  awaiting_decision: 'needs a decision',
  recovering: 'recovering',
  failed: 'failed',
  paused: 'paused',
  completed: 'finished',
  abandoned: 'stopped',
};
