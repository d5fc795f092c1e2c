import type { Approach } from '../approach.ts';

/** From here on two plans are the same one in other words. */
const repeatLikeness = 0.9;

/**
 * True for a plan that is an earlier one again, whatever it is called: its parts are the same, and so are the words of
 * what is changed. One feature or parameter in other words is a plan of its own, and so is the same change of another
 * solution.
 */
export function isRepeat(plan: Approach, earlier: readonly Approach[]): boolean {
  const parts = partsOf(plan);
  const words = wordsOf(plan);
  return earlier.some((other) => {
    if (startElsewhere(plan, other)) return false;
    return Math.min(jaccard(parts, partsOf(other)), jaccard(words, wordsOf(other))) >= repeatLikeness;
  });
}

/** True for proposals of one family that say the same, feature for feature, whatever they are called. */
export function isSamePlan(left: Approach, right: Approach): boolean {
  return left.family === right.family && jaccard(planWordsOf(left), planWordsOf(right)) >= repeatLikeness;
}

function planWordsOf(approach: Approach): ReadonlySet<string> {
  return new Set([...wordsOf(approach), ...partsOf(approach)]);
}

function startElsewhere(plan: Approach, other: Approach): boolean {
  if (plan.basedOn === undefined || other.basedOn === undefined) return false;
  return plan.basedOn.toSorted().join(' ') !== other.basedOn.toSorted().join(' ');
}

/** Share of common tokens, 0 to 1. */
function jaccard(left: ReadonlySet<string>, right: ReadonlySet<string>): number {
  const common = [...left].filter((token) => right.has(token)).length;
  const all = left.size + right.size - common;
  return all === 0 ? 1 : common / all;
}

/** Family, features, models with their parameters. */
function partsOf({ family, features, models }: Approach): ReadonlySet<string> {
  return new Set([
    `family:${family}`,
    ...features.map((feature) => `feature:${feature}`),
    ...models.flatMap(({ kind, params }) => [
      `model:${kind}`,
      ...Object.entries(params).map(([name, value]) => `${kind}.${name}=${value}`),
    ]),
  ]);
}

function wordsOf({ title, rationale }: Approach): ReadonlySet<string> {
  return new Set([...`${title} ${rationale}`.toLowerCase().split(/[^\p{L}\p{N}.]+/u)]);
}
