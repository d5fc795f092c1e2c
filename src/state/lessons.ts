import { z } from 'zod';
import type { Actor } from '../domain/actor.ts';
import { type DecisionDraft, decisionDraftSchema } from '../domain/decision.ts';
import { type LessonDraft, lessonSchema } from '../domain/lessons/lesson.ts';
import { type Outcome, outcomeSchema } from '../domain/lessons/outcome.ts';
import type { StatePort } from './port.ts';
import { row, timestamp } from './row.ts';

const outcomeRow = row({ ...outcomeSchema.shape, at: timestamp });
const lessonRow = row({
  ...lessonSchema.shape,
  createdAt: timestamp,
  retiredAt: timestamp.nullable(),
  forgottenAt: timestamp.nullable(),
});

/**
 * Writes what became of every node of a competition, as it stands after its round; written again it changes nothing.
 * @returns how many were written; 0 where a later round was recorded before
 */
export function recordOutcomes(
  state: StatePort,
  input: { competitionId: string; competition: string; round: number; outcomes: readonly Outcome[] },
): Promise<number> {
  return state.call(
    'record_outcomes',
    {
      p_competition_id: input.competitionId,
      p_competition: input.competition,
      p_round: input.round,
      p_outcomes: input.outcomes,
    },
    z.number().int(),
  );
}

/** All nodes of the newest so many competitions. */
export function listOutcomes(state: StatePort, competitions: number): Promise<Outcome[]> {
  return state.call('list_outcomes', { p_competitions: competitions }, z.array(outcomeRow));
}

/** Adds evidence to the lessons; counts, confidence and retirement follow from it. @returns ids of what changed */
export function upsertLessons(state: StatePort, lessons: readonly LessonDraft[]): Promise<string[]> {
  return state.call('upsert_lessons', { p_lessons: lessons }, z.array(z.uuid()));
}

/** The lessons, the surest first. @param all retired and forgotten ones too */
export function listLessons(state: StatePort, { all }: { all: boolean }) {
  return state.call('list_lessons', { p_all: all }, z.array(lessonRow));
}

/** A person says that a lesson is wrong. @returns null where there is none */
export function forgetLesson(state: StatePort, input: { id: string; actor: Actor }) {
  return state.call('forget_lesson', { p_id: input.id, p_actor: input.actor }, lessonRow.nullable());
}

/** Asks what a competition taught, once. @returns false where that was asked before, or it is gone */
export function askPostMortem(
  state: StatePort,
  input: { competitionId: string; draft: DecisionDraft; slaSeconds: number; actor: Actor },
): Promise<boolean> {
  return state.call(
    'ask_post_mortem',
    {
      p_competition_id: input.competitionId,
      p_draft: decisionDraftSchema.parse(input.draft),
      p_sla_seconds: input.slaSeconds,
      p_actor: input.actor,
    },
    z.boolean(),
  );
}
