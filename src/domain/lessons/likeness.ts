import type { ProfileVector } from './profile-vector.ts';

/** What a part weighs, and how alike two competitions are in it, 0 to 1. */
type Part = { weight: number; alike: (one: ProfileVector, other: ProfileVector) => number };

/** The same or not. */
function same(weight: number, of: (vector: ProfileVector) => string): Part {
  return { weight, alike: (one, other) => (of(one) === of(other) ? 1 : 0) };
}

/** Falls evenly to 0 over the span. */
function near(weight: number, span: number, of: (vector: ProfileVector) => number): Part {
  return { weight, alike: (one, other) => 1 - Math.min(1, Math.abs(of(one) - of(other)) / span) };
}

/**
 * Weights by how much a part decides which approaches work: first what kind of data and what is asked of them, then
 * how much there is of them and of what, then the rest. Three decades of rows, two of columns and four doublings of
 * classes are as far apart as can be.
 */
const parts: readonly Part[] = [
  same(3, ({ modality }) => modality),
  same(2, ({ task }) => task),
  same(1.5, ({ metricFamily }) => metricFamily),
  near(1.5, 3, ({ logRows }) => logRows),
  near(0.75, 2, ({ logColumns }) => logColumns),
  near(0.75, 1, ({ numericShare }) => numericShare),
  near(0.75, 1, ({ categoricalShare }) => categoricalShare),
  near(0.75, 1, ({ textShare }) => textShare),
  near(0.5, 1, ({ missingShare }) => missingShare),
  near(0.5, 4, ({ logClasses }) => logClasses),
  near(0.5, 1, ({ imbalance }) => imbalance),
  same(1, ({ validation }) => validation),
];

const allWeight = parts.reduce((sum, { weight }) => sum + weight, 0);

/**
 * How alike two competitions are: the weighted mean over the parts of their vectors. 1 for equal vectors, 0 where no
 * part has anything in common; the same in both directions.
 */
export function likenessOf(one: ProfileVector, other: ProfileVector): number {
  const sum = parts.reduce((total, { weight, alike }) => total + weight * alike(one, other), 0);
  return Math.min(1, Math.max(0, sum / allWeight));
}
