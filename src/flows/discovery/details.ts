import type { KaggleCompetition } from '../../providers/kaggle/contract.ts';

/** Kaggle's own is one sentence; the pages are kept apart. */
const longestDescription = 500;

/** What is kept of a competition as the vendor's list shows it. What is undefined was not told. */
export function detailsOf(seen: KaggleCompetition): Record<string, unknown> {
  return {
    url: seen.url,
    description: seen.description.slice(0, longestDescription),
    category: seen.category ?? undefined,
    reward: seen.reward ?? undefined,
    tags: seen.tags,
    launchedAt: seen.launchedAt?.toISOString() ?? null,
    deadline: seen.deadline?.toISOString() ?? null,
    newEntrantDeadline: seen.newEntrantDeadline?.toISOString() ?? null,
    evaluationMetric: seen.metricText ?? undefined,
    maxDailySubmissions: seen.maxDailySubmissions ?? undefined,
    teamCount: seen.teamCount,
    userHasEntered: seen.hasEntered,
    rank: seen.rank,
    awardsPoints: seen.awardsPoints,
    takesNotebooksOnly: seen.takesNotebooksOnly,
    submissionsDisabled: seen.submissionsDisabled,
  };
}
