import type { Context } from '../../context.ts';
import { hasDrift } from '../../domain/drift.ts';
import { evidenceSentence, type LessonKind, topLessons } from '../../domain/lessons/lesson.ts';
import { winnersOf } from '../../domain/lessons/votes.ts';
import type { Competition } from '../../state/competitions.ts';
import { listLessons, listOutcomes } from '../../state/lessons.ts';
import { driftWords } from './check-drift.ts';
import { competitionsRead } from './learn.ts';
import { vectorOf } from './record-outcomes.ts';

/** As prompts are told: a statement, and what it rests on. */
export type ToldLesson = { text: string; evidence: string };

/** What each of them can use. */
const kindsFor = {
  research: ['family', 'feature', 'cost', 'validation', 'insight', 'advice'],
  code: ['feature', 'validation', 'insight', 'advice'],
} as const satisfies Record<string, readonly LessonKind[]>;

type Known = Pick<Competition, 'id' | 'problem' | 'profile' | 'details'>;

/**
 * What a prompt about a competition is told from earlier ones: how its training and test rows differ where they do,
 * what won in alike competitions, and the five lessons that count most. Never all of them.
 */
export async function lessonsFor(
  ctx: Pick<Context, 'state'>,
  competition: Known,
  reader: keyof typeof kindsFor,
): Promise<ToldLesson[]> {
  const vector = vectorOf(competition);
  if (vector === null) return [];
  const { drift = null } = competition.details;
  const self = { profile: vector, competitionId: competition.id };
  const lessons = topLessons(await listLessons(ctx.state, { all: false }), self, { kinds: kindsFor[reader] });
  const won =
    reader === 'research'
      ? winnersOf(await listOutcomes(ctx.state, competitionsRead), vector, competition.id)
      : null;
  return [
    ...(drift === null || !hasDrift(drift)
      ? []
      : [
          {
            text: 'Training and test rows of this competition differ: prefer what carries over, and distrust gains that rest on the columns that tell them apart.',
            evidence: `Adversarial check: ${driftWords(drift)}`,
          },
        ]),
    ...(won === null ? [] : [won]),
    ...lessons.map(({ lesson, likeness }) => ({
      text: lesson.text,
      evidence: evidenceSentence(lesson, likeness),
    })),
  ];
}
