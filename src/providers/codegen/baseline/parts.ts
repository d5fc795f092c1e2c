import type { ModelCode } from './model-code.ts';

type Composed = {
  recipes: readonly string[];
  members: readonly { name: string; code: Pick<ModelCode, 'view'> }[];
  topics: number;
  usesTargetMeans: boolean;
};

/** Recipes that bring columns of many levels: target means are of these. */
const keyRecipes = ['keys', 'groups'];
/** Recipes that every table begins with: what others add to is asked about last. */
const basics = new Set(['numbers', 'categories']);

export const featurePart = (recipe: string) => `features:${recipe}`;
const modelPart = (member: string) => `model:${member}`;

/**
 * What `--without` of a script takes: recipes beyond the basics, then the members of its blend, then the basics.
 * Never the only model, and never the only recipe.
 */
export function partsOf({ recipes, members, topics, usesTargetMeans }: Composed): string[] {
  const views = new Set(members.map((member) => member.code.view));
  const isTable = views.has('table');
  const extra = recipes.filter((name) => !basics.has(name));
  const hasKeys = keyRecipes.some((name) => recipes.includes(name));
  const first = recipes.filter((name) => basics.has(name));
  const table = [
    ...extra,
    ...(topics > 0 ? ['text-topics'] : []),
    ...(usesTargetMeans && hasKeys ? ['target-means'] : []),
  ];
  return [
    ...(isTable && recipes.length > 1 ? table.map(featurePart) : []),
    ...(views.has('text') ? ['word-ngrams', 'char-ngrams'].map(featurePart) : []),
    ...(members.length > 1 ? members.map(({ name }) => modelPart(name)) : []),
    ...(isTable && recipes.length > 1 ? first.map(featurePart) : []),
  ];
}
