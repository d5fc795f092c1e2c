import { z } from 'zod';
import type { Context } from '../../context.ts';
import { nameOfActor } from '../../domain/actor.ts';
import { parseNumber } from '../../domain/cells.ts';
import { isFinal } from '../../domain/competition-machine.ts';
import { pickFinal } from '../../domain/final-pick.ts';
import { metricSpec } from '../../domain/metrics/catalog.ts';
import { microUsd } from '../../domain/micro-usd.ts';
import {
  type ApproachView,
  type BestView,
  type DecisionView,
  type JobView,
  type Overview,
  type StageView,
  type SubmissionView,
  stateWords,
} from '../../domain/overview.ts';
import type { Problem } from '../../domain/problem.ts';
import { summariseTree } from '../../domain/search-views.ts';
import { type Competition, listTransitions, type Transition } from '../../state/competitions.ts';
import { type Decision, listDecisions } from '../../state/decisions.ts';
import type { FinalPlace } from '../../state/leaderboards.ts';
import { readModelCosts } from '../../state/llm.ts';
import { readBudget } from '../../state/money.ts';
import { type ApproachRow, listApproaches } from '../../state/research.ts';
import { listSubmissions, type Submission } from '../../state/submissions.ts';
import { type ListedTrainingJob, listTrainingJobs } from '../../state/training.ts';
import { readTree } from '../search/read-tree.ts';
import { knownFinalPlace } from '../submission/final-place.ts';
import { type Fetched, readDownloadView } from './download-view.ts';
import { passedStages } from './passed-stages.ts';
import { readMachines } from './read-spending.ts';

const shortIdLength = 8;

/** Everything about one competition, as chat, live view and JSON show it. */
export async function competitionOverview(
  ctx: Pick<Context, 'state' | 'artifactsFolder'>,
  competition: Competition,
): Promise<Overview> {
  const [
    approaches,
    jobs,
    submissions,
    decisions,
    transitions,
    budget,
    fetched,
    place,
    tree,
    models,
    machines,
  ] = await Promise.all([
    listApproaches(ctx.state, competition.id),
    listTrainingJobs(ctx.state, competition.id),
    listSubmissions(ctx.state, competition.id),
    listDecisions(ctx.state, { competitionId: competition.id, onlyOpen: false }),
    listTransitions(ctx.state, competition.id),
    readBudget(ctx.state, competition.id),
    readDownloadView(ctx, competition),
    knownFinalPlace(ctx, competition.id),
    readTree(ctx, competition),
    readModelCosts(ctx.state, competition.id),
    readMachines(ctx, competition),
  ]);
  const { problem } = competition;
  return {
    slug: competition.slug,
    title: competition.title,
    state: competition.state,
    resumeState: competition.resumeState,
    round: competition.round,
    maxRounds: competition.limits.maxRounds,
    priority: competition.priority,
    metric: problem === null ? null : shownMetric(problem),
    isRequested: competition.requestedAt !== null,
    startedAt: competition.admittedAt,
    finishedAt: competition.finishedAt,
    outcome: competition.outcome,
    failure: unmendedFailure(transitions),
    stage: stageView(competition, transitions, jobs, fetched),
    passed: passedStages(transitions, {
      beganAt: competition.admittedAt ?? competition.createdAt,
      version: competition.version,
    }),
    approaches: approaches.map((approach) => approachView(approach, jobs)),
    jobs: jobs.map((job) => jobView(competition, job)),
    machines,
    submissions: submissions.map(submissionView),
    best: problem === null ? null : bestView(pickFinal(problem.metric, submissions), submissions, place),
    decisions: decisions.map(decisionView),
    costUsd: budget.competitionMicroUsd / microUsd,
    modelUsd: (models.total?.microUsd ?? 0) / microUsd,
    search: summariseTree(tree),
    artifactsFolder: `${ctx.artifactsFolder}/competitions/${competition.slug}`,
  };
}

/** Moves that deal with a failure, and mend nothing yet. */
const aftermath: ReadonlySet<string> = new Set([
  'auto_retry',
  'manual_intervention_required',
  'abort',
  'skip_competition',
  'stopped',
  'paused',
  'resumed',
]);

const failurePayload = z.object({ code: z.string(), reason: z.string() });

/** The last failed stage, unless something went well after it. */
function unmendedFailure(transitions: readonly Transition[]): Overview['failure'] {
  const moves = transitions.filter(({ refused }) => !refused);
  const last = moves.findLast(({ event }) => !aftermath.has(event));
  if (last === undefined || !last.event.endsWith('_failed')) return null;
  const parsed = failurePayload.safeParse(last.payload);
  return parsed.success ? { code: parsed.data.code, message: parsed.data.reason } : null;
}

function stageView(
  competition: Competition,
  transitions: readonly Transition[],
  jobs: readonly ListedTrainingJob[],
  fetched: Fetched | null,
): StageView | null {
  const since = transitions.findLast(({ refused }) => !refused)?.at;
  if (since === undefined || isFinal(competition.state)) return null;
  return {
    name: competition.state,
    label: stateWords[competition.state],
    startedAt: since,
    progress:
      competition.state === 'training' ? trainingProgress(competition, jobs) : (fetched?.progress ?? null),
    ...(fetched === null ? {} : { download: fetched.view }),
  };
}

/** Runs that are over count whole, those at work by what they said of themselves. */
function trainingProgress(competition: Competition, jobs: readonly ListedTrainingJob[]) {
  const mine = jobs.filter((job) => job.round === competition.round && job.status !== 'cancelled');
  const share = (job: ListedTrainingJob) => {
    if (job.status === 'succeeded' || job.status === 'failed') return 1;
    const progress = job.progress?.progress ?? null;
    return progress === null ? 0 : Math.min(1, progress.done / progress.total);
  };
  const over = mine.filter(({ status }) => status === 'succeeded' || status === 'failed').length;
  if (mine.length === 0) return null;
  const done = mine.reduce((sum, job) => sum + share(job), 0);
  return { done, total: mine.length, label: `${over} of ${mine.length} runs` };
}

function approachView(approach: ApproachRow, jobs: readonly ListedTrainingJob[]): ApproachView {
  const mine = jobs.filter((job) => job.approachId === approach.id);
  const scores = mine.find(({ purpose }) => purpose === 'search')?.scores ?? null;
  const repeats = mine.flatMap((job) =>
    job.purpose === 'confirm' && job.scores !== null ? [job.scores.cv] : [],
  );
  const repeated = repeats.length === 0 ? null : repeats.reduce((sum, cv) => sum + cv, 0) / repeats.length;
  return {
    round: approach.round,
    name: approach.name,
    title: approach.spec.title,
    family: approach.family,
    status: approach.status,
    cv: scores?.cv ?? null,
    cvSd: scores?.cvSd ?? null,
    estimate: scores?.gate ?? repeated,
    error: approach.error,
  };
}

function jobView({ state }: Competition, job: ListedTrainingJob): JobView {
  const progress = job.progress?.progress ?? null;
  const { id, purpose, status, error } = job;
  const isOpen = state === 'training' && (status === 'planned' || status === 'running');
  const waiting = isOpen ? job.waiting : null;
  return {
    id,
    approach: job.approach.name,
    purpose,
    status,
    progress,
    waiting: waiting === null ? null : { since: waiting.since, reason: waiting.reason },
    error,
  };
}

function submissionView(submission: Submission): SubmissionView {
  const { key, approach, round, status, cv, estimate, error } = submission;
  return {
    key,
    approach,
    round,
    status,
    cv,
    estimate,
    publicScore: parseNumber(submission.publicScore ?? ''),
    finalScore: submission.finalScore,
    rank: submission.finalRank,
    entrants: submission.finalEntrants,
    error,
  };
}

/** What counts now; after a real end the one that counted at the vendor, with our place there. */
function bestView(
  picked: Submission | null,
  submissions: readonly Submission[],
  place: FinalPlace | null,
): BestView | null {
  const submission = submissions.find(({ id }) => id === place?.submissionId) ?? picked;
  if (submission === null) return null;
  return {
    approach: submission.approach,
    cv: submission.cv,
    submission: submission.key,
    score: submission.finalScore ?? parseNumber(submission.publicScore ?? ''),
    rank: place?.rank ?? submission.finalRank,
    entrants: place?.entrants ?? submission.finalEntrants,
  };
}

/** What the scores that people see are of: the vendor's own metric also where another one stands in for it here. */
function shownMetric({ metric, officialMetric }: Problem): NonNullable<Overview['metric']> {
  return officialMetric ?? { name: metric, direction: metricSpec(metric).direction };
}

/** A decision as people are shown it. */
export function decisionView(decision: Decision): DecisionView {
  const { id, slug, kind, blocking, draft, deadline, status, option, note, decidedBy } = decision;
  return {
    id,
    // The end of a UUID is its random part.
    shortId: id.slice(-shortIdLength),
    slug,
    kind,
    blocking,
    question: draft.question,
    context: draft.context,
    options: draft.options,
    facts: draft.facts,
    chart: draft.chart,
    link: draft.link,
    defaultOption: draft.defaultOption,
    recommendedOption: draft.recommendedOption,
    askedAt: decision.createdAt,
    deadline,
    status,
    option,
    note,
    decidedBy: decidedBy === null ? null : (decision.decidedByName ?? nameOfActor(decidedBy)),
    decidedByActor: decidedBy,
    decidedByName: decision.decidedByName,
    decidedAt: decision.decidedAt,
    isSnoozed: decision.snoozedAt !== null,
  };
}
