import { answerNode } from '../answers/node.ts';
import { answerResearch } from '../answers/research.ts';
import { answerTree } from '../answers/tree.ts';
import type { Reply } from '../door.ts';
import { show, type Turn } from './turn.ts';
import { withSlug } from './which.ts';

export async function showResearch(
  turn: Turn,
  slug: string,
  { page = 1, isPublic }: { page?: number; isPublic: boolean },
): Promise<Reply> {
  const brief = await turn.flows.research({ slug });
  return show(turn, isPublic, (scene) => answerResearch(scene, slug, brief, page));
}

export async function showTree(turn: Turn, slug: string, isPublic: boolean): Promise<Reply> {
  const view = await turn.flows.tree({ slug });
  return show(turn, isPublic, (scene) => answerTree(scene, view));
}

/** A node by number or name; where none is named the tree, in which each is one press away. */
export async function showNode(
  turn: Turn,
  { slug, which, isPublic }: { slug: string | null; which: string | null; isPublic: boolean },
): Promise<Reply> {
  // a single word is a node's in its competition's thread; elsewhere it may be the competition's
  const isSlug = slug === null && which !== null && turn.memory.known().some((one) => one.slug === which);
  const wanted = isSlug ? { slug: which, which: null } : { slug, which };
  return await withSlug(turn, { verb: 'node', slug: wanted.slug }, async (of) => {
    if (wanted.which === null) return await showTree(turn, of, isPublic);
    const result = await turn.flows.node({ slug: of, which: wanted.which });
    return show(turn, isPublic, (scene) => answerNode(scene, result));
  });
}
