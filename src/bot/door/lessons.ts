import { answerForgotten, answerLessons } from '../answers/lessons.ts';
import type { Reply } from '../door.ts';
import { refuse } from './permit.ts';
import { announce, show, type Turn } from './turn.ts';

/** Looking is anybody's; what everybody's competitions learnt is an admin's to forget. */
export async function showLessons(
  turn: Turn,
  { slug, forget, isPublic }: { slug: string | null; forget: string | null; isPublic: boolean },
): Promise<Reply> {
  if (forget !== null) {
    const refused = await refuse(turn, 'lesson-forget');
    if (refused !== null) return refused;
    const forgotten = await turn.flows.forgetLesson({ id: forget });
    return announce(turn, true, (scene) => answerForgotten(scene, forgotten));
  }
  const result = await turn.flows.lessons({ slug: slug ?? (await turn.threadSlug()) });
  return show(turn, isPublic, (scene) => answerLessons(scene, result));
}
