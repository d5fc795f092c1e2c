import type { Context } from '../../context.ts';
import {
  assessFeasibility,
  type Feasibility,
  type FeasibilityInput,
  parsePrizeUsd,
} from '../../domain/feasibility.ts';
import { type ListedDetails, type ListingFacts, metricKnown, modalityOf } from '../../domain/listing.ts';
import { percentile } from '../../domain/medals.ts';
import type { Means } from './means.ts';

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

/** What is known of a competition when it is judged. */
export type Judged = {
  title: string;
  details: ListedDetails;
  /** Null while its pages and files were not read. */
  facts: ListingFacts | null;
  overrides: Readonly<Record<string, number>>;
  rulesDeclined: boolean;
};

/** Judges how well a competition suits the agent as it is configured now. */
export function judgeFeasibility(
  ctx: Pick<Context, 'now' | 'policy'>,
  judged: Judged,
  means: Means,
): Feasibility {
  return assessFeasibility(feasibilityInput(ctx, judged, means));
}

/** What the judgement rests on; every part can be shown. */
export function feasibilityInput(
  { now, policy }: Pick<Context, 'now' | 'policy'>,
  { title, details, facts, overrides, rulesDeclined }: Judged,
  means: Means,
): FeasibilityInput {
  const nowMs = now().getTime();
  const deadlineMs = timeOf(details.deadline);
  const launchedMs = timeOf(details.launchedAt);
  const entryMs = timeOf(details.newEntrantDeadline);
  const metric = metricKnown(details, facts?.pageMetric ?? null);
  const modality = facts?.modality ?? modalityOf(textOf(title, details), null);
  return {
    // Whole hours and days: a judgement that says the same an hour later is the same.
    hoursLeft: deadlineMs === null ? null : Math.floor((deadlineMs - nowMs) / hourMs),
    runHours: means.runHours,
    dataBytes: facts?.dataBytes ?? 0,
    diskLimitBytes: policy.discovery.mostDataBytes,
    modality,
    isKernelsOnly: details.takesNotebooksOnly,
    hasNotebookPath: policy.hasNotebookPath,
    metric,
    budgetUsd: means.budgetUsd,
    estimatedCostUsd: means.estimatedCostUsd,
    awardsPoints: details.awardsPoints,
    complexity: complexityOf(modality, details),
    teams: details.teamCount,
    ...(launchedMs === null ? {} : { elapsedDays: Math.max(1, Math.floor((nowMs - launchedMs) / dayMs)) }),
    ...(launchedMs === null || deadlineMs === null ? {} : { totalDays: (deadlineMs - launchedMs) / dayMs }),
    prizeUsd: parsePrizeUsd(details.reward ?? ''),
    submissionsDisabled: details.submissionsDisabled,
    hasEntered: details.userHasEntered,
    newEntrantDeadlinePassed: entryMs !== null && entryMs < nowMs,
    isJudged: isJudged(details, facts),
    rulesDeclined,
    beatenShare: beatenShareOf(details),
    overrides,
  };
}

/** What a competition says of itself in the list. */
export function textOf(title: string, { tags, description }: ListedDetails): string {
  return [title, ...tags, description].join(' ');
}

/** People judge where there is neither a metric nor anything to submit by; known once its files were read. */
function isJudged(details: ListedDetails, facts: ListingFacts | null): boolean {
  if (facts === null || details.takesNotebooksOnly) return false;
  return (details.evaluationMetric ?? '') === '' && facts.pageMetric === null && !facts.hasSample;
}

/** A prize draws teams that make even a table hard. */
function complexityOf(
  modality: FeasibilityInput['modality'],
  { category }: ListedDetails,
): FeasibilityInput['complexity'] {
  if (modality === 'text' || modality === 'time_series') return 'medium';
  if (modality !== 'tabular') return 'high';
  return /featured|research|masters/i.test(category ?? '') ? 'medium' : 'low';
}

/** Only who has submitted has a rank. */
function beatenShareOf({ rank, teamCount }: ListedDetails): number | null {
  return rank === null || rank === undefined || rank < 1 || teamCount < 1
    ? null
    : percentile(rank, teamCount);
}

function timeOf(text: string | null | undefined): number | null {
  const timeMs = Date.parse(text ?? '');
  return Number.isNaN(timeMs) ? null : timeMs;
}
