import { BusinessFailure } from './errors.ts';
import type { MetricName } from './metrics/catalog.ts';
import { at, averageRanks } from './metrics/ranks.ts';
import { isBetter, type NumberColumns } from './metrics/score.ts';
import type { Problem } from './problem.ts';

/** A candidate with its out-of-fold predictions, aligned with the other members' rows. */
export type BlendMember = { name: string; columns: NumberColumns };
export type BlendWeight = { name: string; weight: number };

export type Blend = {
  /** Shares that sum to one, largest first. */
  weights: BlendWeight[];
  score: number;
  bestMember: { name: string; score: number };
};

export type BlendRequest = {
  problem: Problem;
  members: readonly BlendMember[];
  /** Scores combined prediction columns; what it cannot score, it refuses with a BusinessFailure. */
  score: (columns: NumberColumns) => number;
  maxMembers?: number;
  maxPicks?: number;
};

/** `rank`: mean of ranks scaled to (0, 1], for metrics that see the order alone. */
export type CombineRule = 'mean' | 'median' | 'rank';

const MAX_MEMBERS = 6;
const MAX_PICKS = 30;
/** After so many picks without a gain no later pick has been worth its time. */
const MAX_IDLE_PICKS = 8;
const HALF = 0.5;
const WEIGHT_TOLERANCE = 1e-12;

const orderMetrics: ReadonlySet<MetricName> = new Set<MetricName>([
  'roc_auc',
  'gini',
  'average_precision',
  'spearman',
]);

/** How a problem's predictions are combined: by its metric. */
export function combineRule(problem: Problem): CombineRule {
  if (orderMetrics.has(problem.metric)) return 'rank';
  return problem.metric === 'mae' ? 'median' : 'mean';
}

/** True where the prediction columns are the probabilities of one target's classes, so that a row sums to one. */
export function hasClassRows(problem: Problem): boolean {
  const isClassification = problem.predictionKind !== 'value' && problem.task !== 'regression';
  return isClassification && problem.targetColumns.length === 1 && problem.predictionColumns.length > 1;
}

/**
 * Combines members' predictions (out-of-fold, gate or test) by their weights. One member alone stays as it is.
 * @throws blend.no_members
 */
export function combinePredictions(
  problem: Problem,
  members: readonly { columns: NumberColumns; weight: number }[],
): Float64Array[] {
  const used = members.filter(({ weight }) => weight > 0);
  const [first] = used;
  if (first === undefined) throw noMembers();
  if (used.length === 1) return first.columns.map((column) => Float64Array.from(column));
  const rule = combineRule(problem);
  return mix(
    problem,
    used.map(({ columns, weight }) => ({ columns: prepare(rule, columns), weight })),
  );
}

function noMembers(): BusinessFailure {
  return new BusinessFailure(
    'There is no candidate whose predictions can be scored, so there is nothing to blend.',
    {
      code: 'blend.no_members',
    },
  );
}

function prepare(rule: CombineRule, columns: NumberColumns): NumberColumns {
  if (rule !== 'rank') return columns;
  return columns.map((column) => averageRanks(column).map((rank) => rank / column.length));
}

function mix(
  problem: Problem,
  members: readonly { columns: NumberColumns; weight: number }[],
): Float64Array[] {
  const rule = combineRule(problem);
  const combine = rule === 'median' ? weightedMedian : weightedMean;
  const weights = members.map(({ weight }) => weight);
  const combined = (members[0]?.columns ?? []).map((_, index) =>
    combine(
      members.map(({ columns }) => columns[index] ?? new Float64Array()),
      weights,
    ),
  );
  return rule !== 'rank' && hasClassRows(problem) ? normaliseRows(combined) : combined;
}

function weightedMean(columns: NumberColumns, weights: readonly number[]): Float64Array {
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const mean = new Float64Array(columns[0]?.length ?? 0);
  columns.forEach((column, member) => {
    const share = at(weights, member) / total;
    for (let row = 0; row < mean.length; row += 1) mean[row] = at(mean, row) + share * at(column, row);
  });
  return mean;
}

/** The value that half of the weight lies below; the mean of the two around it where it is between them. */
function weightedMedian(columns: NumberColumns, weights: readonly number[]): Float64Array {
  const half = weights.reduce((sum, weight) => sum + weight, 0) * HALF;
  const members = weights.map((_, member) => member);
  return Float64Array.from({ length: columns[0]?.length ?? 0 }, (_, row) => {
    const predictionOf = (member: number | undefined) => at(columns[member ?? 0] ?? [], row);
    members.sort((a, b) => predictionOf(a) - predictionOf(b));
    let below = 0;
    for (const [position, member] of members.entries()) {
      below += at(weights, member);
      const isBetween = Math.abs(below - half) <= WEIGHT_TOLERANCE;
      if (isBetween) return (predictionOf(member) + predictionOf(members[position + 1] ?? member)) / 2;
      if (below > half) return predictionOf(member);
    }
    return predictionOf(members.at(-1));
  });
}

/** Divides each row by its sum; a row that sums to nothing becomes even. */
export function normaliseRows(columns: NumberColumns): Float64Array[] {
  const rows = columns[0]?.length ?? 0;
  const sums = new Float64Array(rows);
  for (const column of columns)
    for (let row = 0; row < rows; row += 1) sums[row] = at(sums, row) + at(column, row);
  return columns.map((column) =>
    column.map((value, row) => (at(sums, row) > 0 ? value / at(sums, row) : 1 / columns.length)),
  );
}

/**
 * Greedy forward selection with replacement: each pick adds the member that makes the blend best, and the best blend
 * on the way is kept, so that it is never worse than the best member on these rows.
 * Source: Caruana et al. 2004, Ensemble selection from libraries of models.
 * @throws blend.no_members
 */
export function selectBlend(request: BlendRequest): Blend {
  const { problem, members, maxMembers = MAX_MEMBERS, maxPicks = MAX_PICKS } = request;
  const { metric } = problem;
  const singles = members.map((member) => scoreOrNaN(request, member.columns));
  const start = bestIndex(metric, singles);
  if (start < 0) throw noMembers();
  const prepared = members.map(({ columns }) => prepare(combineRule(problem), columns));
  const picks = members.map(() => 0);
  picks[start] = 1;
  let best = { picks: [...picks], score: at(singles, start) };
  for (let pick = 1, idle = 0; pick < maxPicks && idle < MAX_IDLE_PICKS; pick += 1) {
    const scores = members.map((_, index) => {
      const isFull = picks.filter((count) => count > 0).length >= maxMembers && picks[index] === 0;
      if (isFull || Number.isNaN(at(singles, index))) return Number.NaN;
      return scoreOrNaN(
        request,
        mixPicks(
          problem,
          prepared,
          picks.map((count, other) => count + (other === index ? 1 : 0)),
        ),
      );
    });
    const next = bestIndex(metric, scores);
    if (next < 0) break;
    picks[next] = at(picks, next) + 1;
    const isGain = isBetter(metric, at(scores, next), best.score);
    if (isGain) best = { picks: [...picks], score: at(scores, next) };
    idle = isGain ? 0 : idle + 1;
  }
  const bestMember = { name: members[start]?.name ?? '', score: at(singles, start) };
  return { weights: weightsOf(members, best.picks), score: best.score, bestMember };
}

function mixPicks(
  problem: Problem,
  prepared: readonly NumberColumns[],
  picks: readonly number[],
): Float64Array[] {
  const members = prepared.map((columns, index) => ({ columns, weight: at(picks, index) }));
  return mix(
    problem,
    members.filter(({ weight }) => weight > 0),
  );
}

function scoreOrNaN({ score }: BlendRequest, columns: NumberColumns): number {
  try {
    return score(columns);
  } catch (error) {
    if (error instanceof BusinessFailure) return Number.NaN;
    throw error;
  }
}

function bestIndex(metric: MetricName, scores: readonly number[]): number {
  let best = -1;
  scores.forEach((score, index) => {
    if (isBetter(metric, score, best < 0 ? Number.NaN : at(scores, best))) best = index;
  });
  return best;
}

function weightsOf(members: readonly BlendMember[], picks: readonly number[]): BlendWeight[] {
  const total = picks.reduce((sum, count) => sum + count, 0);
  return members
    .map(({ name }, index) => ({ name, weight: at(picks, index) / total }))
    .filter(({ weight }) => weight > 0)
    .sort((a, b) => b.weight - a.weight);
}
