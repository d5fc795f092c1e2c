import { createHash } from 'node:crypto';
import type { Approach } from '../../../domain/approach.ts';
import { scoreGain } from '../../../domain/metrics/score.ts';
import type { MemoryEntry, ParentNode } from '../../../domain/search/step.ts';
import { type Case, type Model, model, propose } from './case.ts';
import { drawFactors, parameterMoves, scaleParameters } from './parameter-moves.ts';
import { richFeatures } from './tabular.ts';
import { forestModels, histogram, smoothModels } from './tabular-models.ts';

/** One change of a parent: what is put in the place of its features or models. */
type Variation = {
  /** Ends the name. */
  slug: string;
  /** What it is, in a few words that complete the parent's title. */
  words: string;
  why: string;
  component: NonNullable<Approach['component']>;
  gain: number;
  /** By how much the run grows longer; left out: not by much. */
  cost?: number;
  features?: string[];
  models?: Model[];
};

export type VariedCase = Case & {
  memory: readonly MemoryEntry[];
  /** Of one run. */
  timeBudgetSeconds: number;
  /** The part of the parent that is to be worked on. */
  target: string | null;
};

const source = 'Playbook: one change at a time, so that its effect can be seen';
const longestName = 48;
/** Of the time limit, so that a busier machine does not break it. */
const timeShare = 0.6;
const longestTitle = 120;
const mostModels = 6;
/** An average over this many gains little from more. */
const manySeeds = 5;
const tunedTries = 40;
const tried = { won: 0.15, lost: -0.15 };

/**
 * Variations of one solution by one change each, the most promising first: other parameters, one recipe of columns more
 * or less, another model in the blend. What helped other solutions of the competition comes first, what harmed later.
 * Names follow from parent and change, so a variation is never proposed under two names; there is no end of them.
 */
export function variationsOf(facts: VariedCase, parent: ParentNode): Approach[] {
  const { approach } = parent;
  const known = new Set(facts.memory.map(({ name }) => name));
  const variations = [
    ...aimed(facts, parent),
    ...parameters(approach),
    ...seeds(approach),
    ...columns(facts, parent),
    ...blends(facts, approach),
    ...tuned(approach),
  ];
  return variations
    .filter((variation) => fitsTime(facts, parent, variation))
    .map((variation) => ({ ...variation, gain: variation.gain + evidence(facts, variation.slug) }))
    .toSorted((a, b) => b.gain - a.gain)
    .map((variation) => approachOf(facts, approach, variation))
    .filter(({ name }, place, all) => {
      return !known.has(name) && all.findIndex((other) => other.name === name) === place;
    });
}

/** A script that has to shorten itself to its time limit tells nothing about what was changed. */
function fitsTime(
  { timeBudgetSeconds }: VariedCase,
  { seconds }: ParentNode,
  { cost = 1 }: Variation,
): boolean {
  return cost === 1 || (seconds ?? 0) * cost <= timeShare * timeBudgetSeconds;
}

function approachOf(facts: Case, parent: Approach, variation: Variation): Approach {
  const { slug, words, why, component, gain, features, models } = variation;
  const first = parent.title.split(':')[0] ?? parent.title;
  return {
    ...propose(facts, {
      name: nameOf(parent, slug),
      title: `${first.slice(0, longestTitle - words.length - 2)}: ${words}`.slice(0, longestTitle),
      family: parent.family,
      rationale: why,
      features: features ?? parent.features,
      models: models ?? parent.models,
      expectedGain: Math.min(1, Math.max(0, gain)),
      source,
    }),
    basedOn: [parent.name],
    component,
  };
}

/** The parent's name and the change; a long one ends with a mark of both in its place. */
export function nameOf(parent: Pick<Approach, 'name'>, slug: string): string {
  const name = `${parent.name}-${slug}`;
  if (name.length <= longestName) return name;
  const mark = createHash('sha256').update(name).digest('hex').slice(0, 6);
  const room = longestName - slug.length - mark.length - 2;
  return `${parent.name.slice(0, Math.max(8, room)).replace(/-+$/, '')}-${mark}-${slug}`.slice(
    0,
    longestName,
  );
}

/** Did the same change help another solution here? */
function evidence({ memory, problem }: VariedCase, slug: string): number {
  const gains = memory.flatMap((entry) => {
    if (!entry.name.endsWith(`-${slug}`) || entry.operator !== 'improve') return [];
    const parent = memory.find(({ name }) => name === entry.parents[0]);
    if (entry.status === 'failed') return [tried.lost];
    if (entry.cv === null || parent?.cv == null) return [];
    return [scoreGain(problem.metric, parent.cv, entry.cv) > 0 ? tried.won : tried.lost];
  });
  return gains.length === 0 ? 0 : gains.reduce((sum, gain) => sum + gain, 0) / gains.length;
}

/** What an ablation says: a part that harms goes, and what matters most gets more of its kind. */
function aimed({ target }: VariedCase, parent: ParentNode): Variation[] {
  const { features, models } = parent.approach;
  return parent.ablations.flatMap(({ part, loss }): Variation[] => {
    const [kind, name = ''] = part.split(':');
    const bonus = part === target ? 0.3 : 0;
    if (kind === 'features' && loss < 0 && features.includes(name)) {
      return [{ ...withoutRecipe(features, name), gain: 0.7 + bonus }];
    }
    const place = models.findIndex((one) => one.kind === name);
    if (kind !== 'model' || place < 0) return [];
    if (loss < 0) return [{ ...withoutModel(models, place), gain: 0.65 + bonus }];
    return moreSeeds(models, [name], `-${name}`).map((more) => ({ ...more, gain: 0.6 + bonus }));
  });
}

function parameters({ models }: Approach): Variation[] {
  return parameterMoves.flatMap(({ slug, words, why, factors, of, cost = 1, gain }) => {
    const scaled = scaleParameters(models, factors, of);
    return scaled === null ? [] : [{ slug, words, why, component: 'model', gain, cost, models: scaled }];
  });
}

const random = new Set([
  'lightgbm',
  'hist-boosting',
  'gradient-boosting',
  'bagged-boosting',
  'extra-trees',
  'random-forest',
]);

function seeds({ models }: Approach): Variation[] {
  const kinds = [...new Set(models.map(({ kind }) => kind))].filter((kind) => random.has(kind));
  return moreSeeds(models, kinds, '');
}

/** Averages of these kinds over two seeds more than now, while that still helps. */
function moreSeeds(models: readonly Model[], kinds: readonly string[], ending: string): Variation[] {
  const mine = models.filter(({ kind }) => kinds.includes(kind) && random.has(kind));
  const now = Math.max(0, ...mine.map(({ params }) => seedsOf(params)));
  const count = now + 2;
  if (mine.length === 0 || count > manySeeds) return [];
  return [
    {
      slug: `${count}-seeds${ending}`,
      words: kinds.length === 1 ? `${kinds[0]} over ${count} seeds` : `an average over ${count} seeds`,
      why: `Averages over ${count} seeds of ${kinds.join(', ')} remove what chance put into one.`,
      component: 'model',
      gain: count > 3 ? 0.42 : 0.68,
      cost: count / Math.max(1, now),
      models: models.map((one) => {
        return mine.includes(one) ? { ...one, params: { ...one.params, seeds: count } } : one;
      }),
    },
  ];
}

function seedsOf(params: Model['params']): number {
  return typeof params.seeds === 'number' ? params.seeds : 1;
}

/** Recipes that a table can do without. */
const basics = new Set(['numbers', 'categories']);
const addable = [...richFeatures, 'ratios'];

function columns(facts: Case, { approach, script }: ParentNode): Variation[] {
  if (!approach.features.some((name) => basics.has(name))) return [];
  const dropped = approach.features
    .filter((name) => !basics.has(name) && isUsed(name, script))
    .map((name) => withoutRecipe(approach.features, name));
  const added = addable
    .filter((name) => !approach.features.includes(name) && isPossible(facts, name))
    .map((name): Variation => {
      return {
        slug: `and-${name}`,
        words: `${name} as further columns`,
        why: `The recipe ${name} gives columns that single cuts and weights cannot build.`,
        component: 'features',
        gain: 0.45,
        features: [...approach.features, name],
      };
    });
  return [...dropped, ...added];
}

function withoutRecipe(features: readonly string[], name: string): Variation {
  return {
    slug: `no-${name}`,
    words: `without ${name}`,
    why: `Columns of the recipe ${name} may carry more noise than signal; without them the others are sampled more.`,
    component: 'features',
    gain: 0.4,
    features: features.filter((one) => one !== name),
  };
}

/** A recipe without fitting columns is not in the script: leaving it out would change nothing. */
function isUsed(name: string, script: string | null): boolean {
  if (script === null) return true;
  const id = name.replaceAll('-', '_');
  return script.includes(`add_${id}(`) || (name === 'target-means' && script.includes('TargetEncoder'));
}

const gapless = 0;
const rare = new Set(['rating-scales', 'name-sums', 'year-gaps', 'text-stats', 'tokens', 'groups']);

/** What surely has no columns here is not tried; of the rare recipes nobody knows without looking at the values. */
function isPossible({ profile }: Case, name: string): boolean {
  const columnsOf = (kind: string) => profile.train.columns.filter((column) => column.kind === kind);
  if (rare.has(name)) return false;
  if (name === 'missing-flags') return profile.train.columns.some(({ missing }) => missing > gapless);
  if (name === 'dates') return columnsOf('datetime').length > 0;
  if (name === 'ratios') return columnsOf('numeric').filter(isQuantity).length > 1;
  if (name === 'integer-categories') return columnsOf('numeric').some(({ isInteger }) => isInteger);
  return columnsOf('categorical').length > 0;
}

/** As ratios are made of: positive, with many values, and no year. */
function isQuantity({ min, max, distinct }: Case['profile']['train']['columns'][number]): boolean {
  const isYear = min !== null && max !== null && min > 1500 && max < 2200;
  return min !== null && min > 0 && distinct > 30 && !isYear;
}

function blends(facts: Case, { models, features }: Approach): Variation[] {
  const dropped = models.length > 1 ? models.map((_, place) => withoutModel(models, place)) : [];
  const kinds = new Set(models.map(({ kind }) => kind));
  const isText = !features.some((name) => basics.has(name));
  const guests = [...(isText ? textGuests(facts) : tableGuests(facts))].filter(
    ({ kind }) => !kinds.has(kind),
  );
  const added = models.length >= mostModels ? [] : guests.map((guest) => withModel(models, guest));
  return [...added, ...dropped, ...stacking(facts, features, models)];
}

function tableGuests(facts: Case): Model[] {
  return [
    ...smoothModels(facts).slice(0, 2),
    ...(facts.isLarge ? [] : forestModels(facts)),
    histogram(facts),
    ...(facts.isLarge ? [] : [model('knn', { n_neighbors: facts.isSmall ? 15 : 30 })]),
  ];
}

function textGuests({ isRegression }: Case): Model[] {
  if (isRegression) return [model('text-ridge', { alpha: 3, view: 'words' })];
  return [
    model('text-svc', { C: 0.2 }),
    model('text-nb', { C: 1 }),
    model('complement-nb', { alpha: 1, view: 'words' }),
    model('text-logistic', { C: 4, view: 'words' }),
  ];
}

function withModel(models: readonly Model[], guest: Model): Variation {
  return {
    slug: `with-${guest.kind}`,
    words: `joined by ${guest.kind}`,
    why: `A ${guest.kind} errs in other rows, so that the blend of the script gains from it.`,
    component: 'ensemble',
    gain: guest.kind === 'knn' ? 0.35 : 0.6,
    cost: 1 + 1 / models.length,
    models: [...models, guest],
  };
}

function withoutModel(models: readonly Model[], place: number): Variation {
  const kind = models[place]?.kind ?? '';
  const same = models.slice(0, place).filter((one) => one.kind === kind).length;
  return {
    slug: `less-${kind}${same > 0 ? `-${same + 1}` : ''}`,
    words: `without ${kind}`,
    why: `A member that adds little to the blend costs time, and the weights of the others grow steadier without ${kind}.`,
    component: 'ensemble',
    gain: 0.3,
    models: models.filter((_, index) => index !== place),
  };
}

function stacking(
  { isRegression }: Case,
  features: readonly string[],
  models: readonly Model[],
): Variation[] {
  if (isRegression || models.length < 2 || features.includes('stack')) return [];
  return [
    {
      slug: 'stacked',
      words: 'stacked',
      why: 'A second model learns from out-of-fold predictions when to trust which of the first ones.',
      component: 'ensemble',
      gain: 0.4,
      features: [...features, 'stack'],
    },
  ];
}

/** Random steps of all parameters at once: they never run out. */
function tuned({ name, models }: Approach): Variation[] {
  return Array.from({ length: tunedTries }, (_, index) => index + 1).flatMap((count) => {
    const factors = drawFactors(models, `${name} ${count}`);
    const scaled = scaleParameters(models, factors);
    if (scaled === null) return [];
    const words = Object.entries(factors).map(([parameter, factor]) => `${parameter} × ${factor}`);
    return [
      {
        slug: `tuned-${count}`,
        words: `other parameters, try ${count}`,
        why: `A random step of all parameters: ${words.join(', ')}.`.slice(0, 600),
        component: 'model' as const,
        gain: 0.38 - count / 1000,
        models: scaled,
      },
    ];
  });
}
