import type { ListedCompetition, WhyResult } from '../../src/domain/discovery-results.ts';
import { assessFeasibility, type FeasibilityInput, possibleGains } from '../../src/domain/feasibility.ts';

export function aListedCompetition(changes: Partial<ListedCompetition> = {}): ListedCompetition {
  return {
    slug: 'titanic',
    title: 'Titanic',
    category: 'Featured',
    reward: '$50,000',
    deadline: new Date('2026-12-12T23:59:00Z'),
    teams: 1_800,
    score: 92,
    colour: 'green',
    priority: 56.9,
    medal: 0.175,
    gates: [],
    keptOutBy: null,
    wasRead: true,
    isNew: false,
    isRequested: false,
    isUnderWay: false,
    suggestion: null,
    participation: null,
    ...changes,
  };
}

/** Why a competition with these properties has its feasibility. */
export function aWhy(
  competition: Partial<ListedCompetition> = {},
  changes: Partial<FeasibilityInput> = {},
): WhyResult {
  const input: FeasibilityInput = {
    hoursLeft: 480,
    runHours: 2,
    dataBytes: 5 * 1024 ** 3,
    modality: 'image',
    isKernelsOnly: false,
    hasNotebookPath: false,
    metric: 'unknown',
    budgetUsd: 23.6,
    estimatedCostUsd: 30,
    awardsPoints: true,
    complexity: 'high',
    teams: 1_800,
    prizeUsd: 50_000,
    ...changes,
  };
  const feasibility = assessFeasibility(input);
  const { score, colour, priority, medal, gates } = feasibility;
  const judged = { score, colour, priority, medal, gates: gates.map(({ code }) => code) };
  return {
    competition: aListedCompetition({ ...judged, ...competition }),
    feasibility,
    input,
    overrides: [],
    gains: possibleGains(input),
    completedCount: 0,
    changes: [],
    readAt: new Date('2026-11-22T10:00:00Z'),
    readError: null,
  };
}
