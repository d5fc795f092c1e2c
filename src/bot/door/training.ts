import type { Assignment } from '../../domain/parameters.ts';
import { answerCompare } from '../answers/compare.ts';
import { answerParameters, answerParametersSet } from '../answers/parameters.ts';
import type { Reply } from '../door.ts';
import { refuse } from './permit.ts';
import { announce, privately, show, type Turn } from './turn.ts';
import { withSlug } from './which.ts';

export async function showComparison(turn: Turn, slug: string, isPublic: boolean): Promise<Reply> {
  const result = await turn.flows.compare({ slug });
  return show(turn, isPublic, (scene) => answerCompare(scene, result));
}

type Params = { slug: string | null; approach: string | null; values: readonly Assignment[] };

/** In its thread the competition may be left out: then a single word that is none names an approach. */
export async function showParameters(turn: Turn, typed: Params): Promise<Reply> {
  const { slug, approach, values } = typed;
  const isKnown = slug !== null && turn.memory.known().some((one) => one.slug === slug);
  const isApproach = slug !== null && approach === null && !isKnown && (await turn.threadSlug()) !== null;
  const meant = isApproach ? { slug: null, approach: slug } : { slug, approach };
  return await withSlug(turn, { verb: 'params', slug: meant.slug }, (of) =>
    showOrSet(turn, of, { approach: meant.approach, values }),
  );
}

/** Looking is anybody's; setting is an operator's, and everybody sees who did it. */
async function showOrSet(
  turn: Turn,
  slug: string,
  { approach, values }: Omit<Params, 'slug'>,
): Promise<Reply> {
  if (values.length === 0) {
    const result = await turn.flows.parameters({ slug, approach });
    return privately(turn, (scene) => answerParameters(scene, result));
  }
  const refused = await refuse(turn, 'params-set', { slug });
  if (refused !== null) return refused;
  const byName = turn.person.name;
  const result = await turn.flows.setParameters({ slug, approach, values, byName });
  return announce(turn, true, (scene) => answerParametersSet(scene, result));
}
