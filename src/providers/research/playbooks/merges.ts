import type { Approach } from '../../../domain/approach.ts';
import type { ParentNode } from '../../../domain/search/step.ts';
import { type Case, type Model, propose } from './case.ts';
import { nameOf } from './variations.ts';

const mostModels = 6;
const source = 'Caruana et al. 2004, ensemble selection from libraries of models';

/**
 * Two solutions in one: the models of both on the columns of both, or on those of the better one; for classes also with
 * a second model on top. The better one is named first.
 */
export function mergesOf(facts: Case, [first, second]: readonly ParentNode[]): Approach[] {
  if (first === undefined || second === undefined) return [];
  const models = together(first.approach.models, second.approach.models);
  const both = [...new Set([...first.approach.features, ...second.approach.features])];
  const plain = both.filter((name) => name !== 'stack');
  const ways = [
    { slug: 'and', words: 'in one blend', features: both, gain: 0.8 },
    {
      slug: 'on',
      words: `in one blend, on the columns of ${first.approach.name}`,
      features: first.approach.features,
      gain: 0.7,
    },
    ...(facts.isRegression
      ? []
      : [{ slug: 'over', words: 'under a second model', features: [...plain, 'stack'], gain: 0.6 }]),
  ];
  return ways.map(({ slug, words, features, gain }) => ({
    ...propose(facts, {
      name: nameOf(first.approach, `${slug}-${second.approach.name}`.slice(0, 24).replace(/-+$/, '')),
      title: `${first.approach.name} and ${second.approach.name} ${words}`.slice(0, 120),
      family: 'blend',
      rationale: `Both are among the best and err in other rows: their models ${words}, weighted by out-of-fold loss.`,
      features: [...features],
      models,
      expectedGain: gain,
      source,
    }),
    basedOn: [first.approach.name, second.approach.name],
    component: 'ensemble',
  }));
}

/** In turns, so that both keep their strongest; the same model with the same parameters once. */
function together(left: readonly Model[], right: readonly Model[]): Model[] {
  const turns = Array.from({ length: Math.max(left.length, right.length) }, (_, index) => [
    ...left.slice(index, index + 1),
    ...right.slice(index, index + 1),
  ]).flat();
  const seen = new Set<string>();
  return turns
    .filter((one) => {
      const key = JSON.stringify(one);
      const isNew = !seen.has(key);
      seen.add(key);
      return isNew;
    })
    .slice(0, mostModels);
}
