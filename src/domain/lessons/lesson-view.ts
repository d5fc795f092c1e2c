import type { Lesson } from './lesson.ts';

/** One lesson as people see it. */
export type LessonView = Pick<
  Lesson,
  'kind' | 'source' | 'text' | 'confidence' | 'timesConfirmed' | 'timesContradicted'
> & {
  /** The first characters of its id: enough to forget it by. */
  id: string;
  /** What it rests on, in one sentence of the agent's own English. */
  evidence: string;
  /** Of the competition that was asked for; null where none was. */
  likeness: number | null;
};

/** `/kaggle lessons [slug]` */
export type LessonsResult = {
  /** Null: of all competitions. */
  slug: string | null;
  /** Those that count for the competition, best first; without one the surest. */
  lessons: readonly LessonView[];
  /** How many there are in all, retired ones left out. */
  total: number;
  retired: number;
  /** What won in alike competitions, where a competition was asked for and there are such. */
  won: { text: string; evidence: string } | null;
  /** How its training and test rows differ; null where they do not, or nobody knows. */
  drift: string | null;
};

/** Characters of an id that people are shown. */
export const shownIdCharacters = 8;
