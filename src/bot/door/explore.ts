import type { DiscoverFilter } from '../../domain/discovery-results.ts';
import { answerDiscover } from '../answers/discover.ts';
import { answerWhy } from '../answers/why.ts';
import type { FactorChange } from '../command.ts';
import type { Reply } from '../door.ts';
import { refuse } from './permit.ts';
import { show, type Turn } from './turn.ts';

export async function showDiscovery(
  turn: Turn,
  { filter, page, isPublic }: { filter: DiscoverFilter; page: number; isPublic: boolean },
): Promise<Reply> {
  const result = await turn.flows.discover({ filter });
  return show(turn, isPublic, (scene) => answerDiscover(scene, result, { page }));
}

/** Looking is anybody's; setting a factor is an operator's. */
export async function showWhy(
  turn: Turn,
  slug: string,
  { change, isPublic }: { change: FactorChange | null; isPublic: boolean },
): Promise<Reply> {
  if (change === null) {
    const result = await turn.flows.why({ slug });
    return show(turn, isPublic, (scene) => answerWhy(scene, result));
  }
  const refused = await refuse(turn, 'factor-set', { slug });
  if (refused !== null) return refused;
  const result = await turn.flows.setFactor({ slug, ...change });
  return show(turn, isPublic, (scene) => answerWhy(scene, result));
}
