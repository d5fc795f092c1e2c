import type { Context } from '../../context.ts';
import { hasDrift } from '../../domain/drift.ts';
import { BusinessFailure } from '../../domain/errors.ts';
import { evidenceSentence, type Lesson, lessonLikeness } from '../../domain/lessons/lesson.ts';
import { type LessonsResult, type LessonView, shownIdCharacters } from '../../domain/lessons/lesson-view.ts';
import { winnersOf } from '../../domain/lessons/votes.ts';
import { forgetLesson as forget, listLessons, listOutcomes } from '../../state/lessons.ts';
import { findKnown } from '../commands/find-known.ts';
import { driftWords } from './check-drift.ts';
import { competitionsRead } from './learn.ts';
import { vectorOf } from './record-outcomes.ts';

/** Fewer may be a slip of the finger. */
const fewestIdCharacters = 4;
/** More than anybody reads at once. */
const mostShown = 50;

/**
 * `/kaggle lessons [slug]`: what earlier competitions taught, with the evidence and, for a competition, how alike they
 * are to it.
 * @throws BusinessFailure `competition.unknown`
 */
export async function readLessonsView(
  ctx: Pick<Context, 'state'>,
  { slug }: { slug: string | null },
): Promise<LessonsResult> {
  const all = await listLessons(ctx.state, { all: true });
  const counting = all.filter(({ retiredAt }) => retiredAt === null);
  const competition = slug === null ? null : await findKnown(ctx, slug);
  const vector = competition === null ? null : vectorOf(competition);
  const drift = competition?.details.drift ?? null;
  const reader =
    competition === null || vector === null ? null : { profile: vector, competitionId: competition.id };
  const views = counting.map((lesson) => viewOf(lesson, reader));
  return {
    slug,
    lessons: views
      .toSorted((a, b) => (b.likeness ?? 1) * b.confidence - (a.likeness ?? 1) * a.confidence)
      .slice(0, mostShown),
    total: counting.length,
    retired: all.length - counting.length,
    won:
      vector === null || competition === null
        ? null
        : winnersOf(await listOutcomes(ctx.state, competitionsRead), vector, competition.id),
    drift: drift === null || !hasDrift(drift) ? null : driftWords(drift),
  };
}

/** @param reader the competition that was asked for; what it alone taught has no likeness to it */
function viewOf(lesson: Lesson, reader: Parameters<typeof lessonLikeness>[1] | null): LessonView {
  const { id, kind, source, text, confidence, timesConfirmed, timesContradicted } = lesson;
  const isOwn = lesson.evidence.every(({ competitionId }) => competitionId === reader?.competitionId);
  const likeness = reader === null || isOwn ? null : lessonLikeness(lesson, reader);
  const evidence = evidenceSentence(lesson, likeness);
  return {
    id: id.slice(0, shownIdCharacters),
    kind,
    source,
    text,
    confidence,
    timesConfirmed,
    timesContradicted,
    evidence,
    likeness,
  };
}

/**
 * `/kaggle lessons forget <id>`: a person says that a lesson is wrong. It is told to no prompt any more, and what is
 * learnt later does not bring it back.
 * @param input id the first characters of its id
 * @throws BusinessFailure `lessons.unknown`, `lessons.ambiguous`
 */
export async function forgetLesson(
  ctx: Pick<Context, 'state' | 'actor' | 'log'>,
  input: { id: string },
): Promise<LessonView> {
  const typed = input.id.toLowerCase();
  const all = await listLessons(ctx.state, { all: true });
  const [found, second] = all.filter(({ id }) => id.startsWith(typed));
  const gone = () =>
    new BusinessFailure('There is no lesson with this id; the list of lessons shows the ids.', {
      code: 'lessons.unknown',
      details: { id: typed.slice(0, shownIdCharacters) },
    });
  if (found === undefined) throw gone();
  if (second !== undefined || typed.length < fewestIdCharacters) {
    throw new BusinessFailure('That is too little of an id to be sure; give more of it.', {
      code: 'lessons.ambiguous',
    });
  }
  const forgotten = await forget(ctx.state, { id: found.id, actor: ctx.actor });
  if (forgotten === null) throw gone();
  ctx.log.info({ lesson: forgotten.id }, 'a lesson is forgotten');
  return viewOf(forgotten, null);
}
