import { z } from 'zod';
import { likenessOf } from './likeness.ts';
import { type ProfileVector, profileVectorSchema } from './profile-vector.ts';

/**
 * What a lesson is about: which `family` wins, what a `feature` recipe is worth, whether further steps pay their `cost`,
 * whether a `validation` scheme can be trusted, what a model concluded (`insight`), what a person said (`advice`).
 */
export const lessonKinds = ['family', 'feature', 'cost', 'validation', 'insight', 'advice'] as const;
export type LessonKind = (typeof lessonKinds)[number];

export const lessonSources = ['rule', 'model', 'person'] as const;

/** One competition that speaks for a lesson or against it. */
export const lessonEvidenceSchema = z.object({
  competitionId: z.uuid(),
  /** Its slug. */
  competition: z.string(),
  verdict: z.enum(['confirms', 'contradicts']),
  /** Names of the approaches that it is seen by. */
  nodes: z.array(z.string()).max(20),
  /** By what is measured, in the unit that the name says. */
  numbers: z.record(z.string(), z.number()),
  /** What the competition is like. */
  profile: profileVectorSchema,
});
export type LessonEvidence = z.output<typeof lessonEvidenceSchema>;

export const longestLesson = 300;

export const lessonSchema = z.object({
  id: z.uuid(),
  /** The same statement has the same key, so that evidence adds up. */
  key: z.string().min(1).max(200),
  kind: z.enum(lessonKinds),
  source: z.enum(lessonSources),
  /** The statement, in one sentence or two. */
  text: z.string().min(1).max(longestLesson),
  evidence: z.array(lessonEvidenceSchema),
  /** (confirmed + 1) / (confirmed + contradicted + 2). */
  confidence: z.number().min(0).max(1),
  timesConfirmed: z.number().int().nonnegative(),
  timesContradicted: z.number().int().nonnegative(),
  createdAt: z.date(),
  /** Contradicted more often than confirmed, or forgotten. */
  retiredAt: z.date().nullable(),
  /** A person said so; what is learnt later does not bring it back. */
  forgottenAt: z.date().nullable(),
});
export type Lesson = z.output<typeof lessonSchema>;

/** A statement with what speaks for and against it, before it is added to what is known. */
export type LessonDraft = Pick<Lesson, 'key' | 'kind' | 'source' | 'text' | 'evidence'> & {
  /** Adds evidence where the lesson is known, and makes no new one: nothing of it speaks for it. */
  onlyKnown: boolean;
};

export type RetrievedLesson = { lesson: Lesson; likeness: number };

/** Competitions less alike than this teach each other nothing. */
const leastLikeness = 0.5;
const mostOfOneKind = 2;
/** As many as a prompt is given; the rest is not read. */
export const mostLessons = 5;

/** A competition, to which a lesson may be told. */
type Reader = { profile: ProfileVector; competitionId: string };

/**
 * How alike a competition is to the others that a lesson comes from: to the most alike of them; 0 where it comes from
 * none but itself, which knows its own nodes without it.
 */
export function lessonLikeness(
  { evidence }: Pick<Lesson, 'evidence'>,
  { profile, competitionId }: Reader,
): number {
  const others = evidence.filter((one) => one.competitionId !== competitionId);
  return Math.max(0, ...others.map((one) => likenessOf(profile, one.profile)));
}

/**
 * The few lessons that count for a competition: by likeness times confidence, of one kind at most two, retired ones
 * left out. What is equal comes in the order of the ids.
 */
export function topLessons(
  lessons: readonly Lesson[],
  reader: Reader,
  options: { kinds?: readonly LessonKind[]; most?: number } = {},
): RetrievedLesson[] {
  const { kinds = lessonKinds, most = mostLessons } = options;
  const ranked = lessons
    .filter(({ retiredAt, kind }) => retiredAt === null && kinds.includes(kind))
    .map((lesson) => ({ lesson, likeness: lessonLikeness(lesson, reader) }))
    .filter(({ likeness }) => likeness >= leastLikeness)
    .sort(
      (a, b) =>
        b.likeness * b.lesson.confidence - a.likeness * a.lesson.confidence ||
        a.lesson.id.localeCompare(b.lesson.id),
    );
  const top: RetrievedLesson[] = [];
  for (const one of ranked) {
    const alike = top.filter(({ lesson }) => lesson.kind === one.lesson.kind).length;
    if (top.length < most && alike < mostOfOneKind) top.push(one);
  }
  return top;
}

const shownCompetitions = 3;

/** What a lesson rests on, in one sentence. @param likeness of the competition that it is told to; null: to nobody */
export function evidenceSentence(
  lesson: Pick<Lesson, 'evidence' | 'timesConfirmed' | 'timesContradicted' | 'confidence'>,
  likeness: number | null,
): string {
  const { timesConfirmed, timesContradicted, confidence } = lesson;
  const all = timesConfirmed + timesContradicted;
  const shown = lesson.evidence.slice(-shownCompetitions).map(competitionWords);
  const more = lesson.evidence.length - shown.length;
  const alike = likeness === null ? '' : `likeness ${likeness.toFixed(2)}, `;
  return `Seen in ${timesConfirmed} of ${all} ${all === 1 ? 'competition' : 'competitions'} (${shown.join('; ')}${more > 0 ? `; ${more} more` : ''}); ${alike}confidence ${confidence.toFixed(2)}.`;
}

function competitionWords({ competition, verdict, nodes, numbers }: LessonEvidence): string {
  const facts = Object.entries(numbers).map(([name, value]) => `${name} ${numberWords(value)}`);
  const against = verdict === 'contradicts' ? ['against it'] : [];
  const said = [...against, ...facts, ...(facts.length === 0 ? nodes.slice(0, 3) : [])];
  return said.length === 0 ? competition : `${competition}: ${said.join(', ')}`;
}

/** Four digits that matter. */
function numberWords(value: number): string {
  return `${Number(value.toPrecision(4))}`;
}
