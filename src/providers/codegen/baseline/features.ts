import type { ColumnRoles } from './columns.ts';
import type { PythonValue } from './python-literal.ts';

/** One feature recipe as code: the function's name, and the constants that it reads. */
export type FeatureRecipe = {
  fragment: string;
  call: string;
  constants: (roles: ColumnRoles) => Record<string, PythonValue>;
  /** False where the data have nothing for the recipe; it is then left out of the script. */
  applies: (roles: ColumnRoles) => boolean;
};

function recipe(
  name: string,
  constants: FeatureRecipe['constants'],
  applies: FeatureRecipe['applies'],
): [string, FeatureRecipe] {
  const id = name.replaceAll('-', '_');
  const fragment = name.startsWith('text') ? `text/${id}` : `features/${id}`;
  return [name, { fragment, call: `add_${id}(features, raw)`, constants, applies }];
}

const some = (names: readonly string[]) => names.length > 0;

/** Feature recipes by the names that approaches use. */
export const featureCatalog: ReadonlyMap<string, FeatureRecipe> = new Map([
  recipe(
    'numbers',
    () => ({}),
    (roles) => some(roles.numeric),
  ),
  recipe(
    'categories',
    () => ({}),
    (roles) => some(roles.categorical),
  ),
  recipe(
    'keys',
    () => ({}),
    (roles) => some(roles.manyLevels),
  ),
  recipe(
    'integer-categories',
    (roles) => ({ INTEGER_CODES: roles.integerCodes }),
    (roles) => some(roles.integerCodes),
  ),
  recipe(
    'missing-flags',
    (roles) => ({ WITH_GAPS: roles.withGaps }),
    (roles) => some(roles.withGaps),
  ),
  recipe(
    'counts',
    () => ({}),
    (roles) => some(roles.categorical) || some(roles.manyLevels),
  ),
  recipe(
    'rating-scales',
    (roles) => ({ RATING_SCALES: roles.ratingScales }),
    (roles) => some(Object.keys(roles.ratingScales)),
  ),
  recipe(
    'name-sums',
    (roles) => ({ NAME_SUMS: roles.nameSums }),
    (roles) => some(Object.keys(roles.nameSums)),
  ),
  recipe(
    'year-gaps',
    (roles) => ({ YEAR_COLUMNS: roles.yearColumns }),
    (roles) => roles.yearColumns.length > 1,
  ),
  recipe(
    'ratios',
    (roles) => ({ MEASURES: roles.measures }),
    (roles) => roles.measures.length > 1,
  ),
  recipe(
    'dates',
    (roles) => ({ DATES: roles.dates }),
    (roles) => some(roles.dates),
  ),
  recipe(
    'tokens',
    (roles) => ({ COMPOUND: roles.compound }),
    (roles) => some(roles.compound),
  ),
  recipe(
    'groups',
    (roles) => ({ GROUP_KEYS: [...roles.compound, ...roles.manyLevels] }),
    (roles) => some(roles.compound) || some(roles.manyLevels),
  ),
  recipe(
    'text-stats',
    () => ({}),
    (roles) => some(roles.text),
  ),
]);

/** Recipes that are no function of their own but change how other parts are written. */
export const otherRecipes = new Set(['target-means', 'text-topics', 'stack', 'word-ngrams', 'char-ngrams']);
