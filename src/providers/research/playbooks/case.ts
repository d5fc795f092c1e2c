import type { Approach } from '../../../domain/approach.ts';
import { bestOf, type HistoryEntry } from '../../../domain/research.ts';
import type { ResearchRequest } from '../contract.ts';

/** The facts of a request that playbooks decide by. */
export type Case = Pick<ResearchRequest, 'problem' | 'profile' | 'history' | 'round' | 'environment'> & {
  rows: number;
  columns: number;
  isRegression: boolean;
  classCount: number;
  /** Under 5,000 rows: every model is cheap, and variance is the enemy. */
  isSmall: boolean;
  /** Over 50,000 rows: kernels and forests are too slow. */
  isLarge: boolean;
  hasLightgbm: boolean;
  /** Family of the best approach so far; null in the first round. */
  bestFamily: string | null;
};

const smallRows = 5000;
const largeRows = 50_000;

export function readCase(request: ResearchRequest): Case {
  const { problem, profile, history, round, environment } = request;
  const rows = request.rowCounts.train;
  return {
    problem,
    profile,
    history,
    round,
    environment,
    rows,
    columns: profile.train.columns.length,
    isRegression: problem.task === 'regression',
    classCount: problem.classes?.length ?? 0,
    isSmall: rows < smallRows,
    isLarge: rows > largeRows,
    hasLightgbm: environment.lightgbm,
    bestFamily: bestOf(history, problem.metric)?.family ?? null,
  };
}

/** True for a family of which nothing has failed so far. */
export function isOpen(history: readonly HistoryEntry[], family: string): boolean {
  return !history.some((entry) => entry.family === family && entry.verdict === 'failed');
}

export type Model = Approach['models'][number];

/** A model with its parameters, as an approach names it. */
export function model(kind: string, params: Model['params'] = {}): Model {
  return { kind, params };
}

type Proposal = Pick<
  Approach,
  'name' | 'title' | 'family' | 'rationale' | 'features' | 'models' | 'expectedGain'
> & {
  source: string;
  risks?: string[];
} & Partial<Pick<Approach, 'basedOn' | 'component'>>;

/** Completes a proposal of a playbook to an approach. */
export function propose(facts: Case, { source, risks = [], ...proposal }: Proposal): Approach {
  const usesLightgbm = proposal.models.some(({ kind }) => kind === 'lightgbm');
  const cost = (facts.rows / 10_000) * proposal.models.length;
  return {
    ...proposal,
    validation: "The host's folds: every row is predicted once by models that did not see it.",
    risks,
    requirements: [
      'Statistics of the target are fitted inside the training rows of a fold.',
      ...(usesLightgbm ? ['Go on without LightGBM where importing it raises ImportError or OSError.'] : []),
      ...decisionRequirement(facts),
    ],
    packages: usesLightgbm ? ['lightgbm'] : [],
    estimatedMinutes: Math.min(600, Math.max(0.3, Math.round(cost * 10) / 10)),
    sources: [{ title: source }],
  };
}

function decisionRequirement({ problem }: Case): string[] {
  const { metric } = problem;
  if (metric === 'f1' || metric === 'mcc') return ['Tune the threshold on out-of-fold predictions.'];
  if (metric === 'rmsle') return ['Fit log(1 + target).'];
  if (metric === 'rmse_log') return ['Fit log(target).'];
  return [];
}
