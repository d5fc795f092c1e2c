import { createRandom } from '../../../domain/random.ts';
import type { Model } from './case.ts';

/** Where each parameter may go. Whole numbers stay whole. */
const ranges: Readonly<Record<string, { min: number; max: number; isWhole?: boolean }>> = {
  learning_rate: { min: 0.005, max: 0.3 },
  n_estimators: { min: 50, max: 5_000, isWhole: true },
  max_iter: { min: 50, max: 5_000, isWhole: true },
  num_leaves: { min: 3, max: 255, isWhole: true },
  max_leaf_nodes: { min: 3, max: 255, isWhole: true },
  max_depth: { min: 2, max: 12, isWhole: true },
  min_child_samples: { min: 1, max: 500, isWhole: true },
  min_samples_leaf: { min: 1, max: 500, isWhole: true },
  colsample_bytree: { min: 0.05, max: 1 },
  max_features: { min: 0.03, max: 1 },
  subsample: { min: 0.3, max: 1 },
  reg_lambda: { min: 0.01, max: 100 },
  l2_regularization: { min: 0.01, max: 100 },
  alpha: { min: 1e-5, max: 1e4 },
  l1_ratio: { min: 0.05, max: 0.95 },
  C: { min: 1e-4, max: 1e3 },
  gamma: { min: 1e-3, max: 10 },
  epsilon: { min: 1e-3, max: 1 },
  n_neighbors: { min: 1, max: 200, isWhole: true },
  topics: { min: 10, max: 300, isWhole: true },
};

/** By what each parameter is multiplied. */
export type Factors = Readonly<Record<string, number>>;

/**
 * The models with those of their parameters changed that they name; null where none changes.
 * @param of models without this parameter stay as they are
 */
export function scaleParameters(models: readonly Model[], factors: Factors, of?: string): Model[] | null {
  let hasChanged = false;
  const scaled = models.map(({ kind, params }) => {
    if (of !== undefined && params[of] === undefined) return { kind, params };
    const changed = Object.entries(params).map(([name, value]) => {
      const factor = factors[name];
      const next = factor === undefined || typeof value !== 'number' ? value : within(name, value * factor);
      hasChanged ||= next !== value;
      return [name, next] as const;
    });
    return { kind, params: Object.fromEntries(changed) };
  });
  return hasChanged ? scaled : null;
}

function within(name: string, value: number): number {
  const range = ranges[name];
  if (range === undefined) return value;
  const inside = Math.min(range.max, Math.max(range.min, value));
  return range.isWhole === true ? Math.round(inside) : Number(inside.toPrecision(3));
}

/** Factors between a half and two for every parameter; the same for the same text. */
export function drawFactors(models: readonly Model[], text: string): Factors {
  const random = createRandom(text);
  const names = [...new Set(models.flatMap(({ params }) => Object.keys(params)))];
  const tunable = names.filter((name) => ranges[name] !== undefined).sort();
  return Object.fromEntries(tunable.map((name) => [name, Number((2 ** (2 * random() - 1)).toPrecision(3))]));
}

export type ParameterMove = {
  slug: string;
  words: string;
  why: string;
  factors: Factors;
  /** Only models with this parameter are changed. */
  of?: string;
  /** By how much the run grows longer; left out: not by much. */
  cost?: number;
  gain: number;
};

const slowness = 1.6;
const growth = 1.6;
const penalty = 3;

/** Changes of parameters that are worth a try for any family that has them. */
export const parameterMoves: readonly ParameterMove[] = [
  {
    slug: 'slower',
    words: 'slower learning with more trees',
    why: 'A lower learning rate with more trees takes smaller steps and removes variance.',
    factors: { learning_rate: 1 / slowness, n_estimators: slowness, max_iter: slowness },
    of: 'learning_rate',
    cost: slowness,
    gain: 0.8,
  },
  {
    slug: 'smaller',
    words: 'smaller trees',
    why: 'Fewer leaves find coarser rules, which hold on rows that nobody has seen.',
    factors: {
      num_leaves: 1 / growth,
      max_leaf_nodes: 1 / growth,
      max_depth: 0.75,
      min_samples_leaf: growth,
    },
    gain: 0.55,
  },
  {
    slug: 'bigger',
    words: 'bigger trees',
    why: 'More leaves let interactions of several columns show.',
    factors: { num_leaves: growth, max_leaf_nodes: growth, max_depth: 1.34, min_samples_leaf: 1 / growth },
    gain: 0.5,
  },
  {
    slug: 'penalised',
    words: 'stronger penalties',
    why: 'Weights and leaves that are held down harder follow noise less.',
    factors: {
      reg_lambda: penalty,
      l2_regularization: penalty,
      min_child_samples: 2,
      alpha: penalty,
      C: 1 / penalty,
      n_neighbors: 2,
    },
    gain: 0.6,
  },
  {
    slug: 'freer',
    words: 'weaker penalties',
    why: 'What is held down too hard misses what the columns really tell.',
    factors: {
      reg_lambda: 1 / penalty,
      l2_regularization: 1 / penalty,
      min_child_samples: 0.5,
      alpha: 1 / penalty,
      C: penalty,
      n_neighbors: 0.5,
    },
    gain: 0.5,
  },
  {
    slug: 'sampled',
    words: 'fewer columns a split',
    why: 'Trees that see fewer columns at a time differ more, and their average is steadier.',
    factors: { colsample_bytree: 0.6, max_features: 0.6, subsample: 0.8 },
    gain: 0.5,
  },
  {
    slug: 'unsampled',
    words: 'more columns a split',
    why: 'Where few columns carry the signal, each tree should see them.',
    factors: { colsample_bytree: 1.7, max_features: 1.7 },
    gain: 0.45,
  },
  {
    slug: 'narrow',
    words: 'a narrower kernel',
    why: 'A narrower kernel follows the nearest rows more closely.',
    factors: { gamma: 2 },
    gain: 0.45,
  },
  {
    slug: 'wide',
    words: 'a wider kernel',
    why: 'A wider kernel smooths over rows that are only nearly alike.',
    factors: { gamma: 0.5 },
    gain: 0.45,
  },
];
