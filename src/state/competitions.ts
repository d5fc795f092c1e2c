import { z } from 'zod';
import { type Actor, actorSchema } from '../domain/actor.ts';
import {
  type CompetitionEvent,
  competitionEvents,
  competitionStates,
} from '../domain/competition-machine.ts';
import { driftSchema } from '../domain/drift.ts';
import { SystemFailure } from '../domain/errors.ts';
import { toldContractSchema } from '../domain/inference/findings.ts';
import { metricNames } from '../domain/metrics/catalog.ts';
import { problemSchema } from '../domain/problem.ts';
import { dataProfileSchema } from '../domain/profile.ts';
import type { StatePort } from './port.ts';
import { row, timestamp } from './row.ts';

/** What a person may limit when a competition is started. */
export const limitsSchema = z.object({
  maxRounds: z.number().int().positive().default(2),
  /** Wall time for the whole competition, in seconds; null without a limit. */
  timeLimitSeconds: z.number().int().positive().nullable().default(null),
  approachesPerRound: z.number().int().positive().max(8).default(3),
  /** US dollars for its whole life, machines and models together; null without a limit of its own. */
  budgetUsd: z.number().nonnegative().max(1_000_000).nullable().default(null),
});
export type Limits = z.output<typeof limitsSchema>;

/** What was read about a competition at the vendor, and what we found out around it. */
const detailsSchema = z.looseObject({
  url: z.string().optional(),
  deadline: z.string().nullable().optional(),
  reward: z.string().optional(),
  category: z.string().optional(),
  evaluationMetric: z.string().optional(),
  maxDailySubmissions: z.number().int().optional(),
  userHasEntered: z.boolean().optional(),
  /** A code competition. */
  takesNotebooksOnly: z.boolean().optional(),
  teamCount: z.number().int().optional(),
  /** Object keys of the downloaded files, by file name. */
  dataFiles: z.record(z.string(), z.string()).optional(),
  /** The data that the problem was inferred from. */
  data: z
    .object({ version: z.string(), fileCount: z.number(), sizeBytes: z.number(), readAt: timestamp })
    .optional(),
  evidence: z.array(z.string()).optional(),
  /** How sure the inference is, 0 to 1. */
  confidence: z.number().optional(),
  /** How well its training and test rows can be told apart; null where they share no column to tell by. */
  drift: driftSchema.nullish(),
  /** How the competition is judged, as far as it is to be confirmed. */
  contract: z
    .object({
      isMetricGuessed: z.boolean(),
      /** Other plausible metrics. */
      alternatives: z.array(z.enum(metricNames)),
      /** What a person said instead. */
      told: toldContractSchema.nullable(),
      /** Confirmed or corrected: not to be asked again. */
      isSettled: z.boolean(),
    })
    .optional(),
});

export const competitionRow = row({
  id: z.uuid(),
  slug: z.string(),
  title: z.string(),
  state: z.enum(competitionStates),
  resumeState: z.enum(competitionStates).nullable(),
  version: z.number().int(),
  round: z.number().int(),
  priority: z.number().int(),
  details: detailsSchema,
  problem: problemSchema.nullable(),
  profile: dataProfileSchema.nullable(),
  feasibility: z.unknown(),
  limits: z.preprocess((value) => value ?? {}, limitsSchema),
  requestedAt: timestamp.nullable(),
  requestedBy: actorSchema.nullable(),
  admittedAt: timestamp.nullable(),
  finishedAt: timestamp.nullable(),
  outcome: z.string().nullable(),
  createdAt: timestamp,
  updatedAt: timestamp,
});
export type Competition = z.output<typeof competitionRow>;

export const transitionAnswer = z.discriminatedUnion('outcome', [
  z.object({ outcome: z.literal('moved'), competition: competitionRow }),
  z.object({ outcome: z.literal('stale') }),
  z.object({ outcome: z.literal('refused'), from: z.enum(competitionStates) }),
]);
export type TransitionAnswer = z.output<typeof transitionAnswer>;

/** The moved row; null when it is no longer at the version. @throws SystemFailure `transition.illegal` */
export function movedOrNull(answer: TransitionAnswer, event: string): Competition | null {
  if (answer.outcome === 'moved') return answer.competition;
  if (answer.outcome === 'stale') return null;
  throw new SystemFailure(`${event} is no legal move from ${answer.from}.`, { code: 'transition.illegal' });
}

/**
 * Moves a competition and writes the event that others listen to, in one transaction.
 * @returns the moved row; null when it is no longer at `version`: somebody else moved it, nothing to do.
 * @throws SystemFailure `transition.illegal`
 */
export async function transitionCompetition(
  state: StatePort,
  move: {
    id: string;
    version: number;
    event: CompetitionEvent;
    payload?: Record<string, unknown>;
    actor: Actor;
  },
): Promise<Competition | null> {
  const answer = await state.call(
    'transition_competition',
    {
      p_id: move.id,
      p_version: move.version,
      p_event: move.event,
      p_payload: move.payload ?? {},
      p_actor: move.actor,
    },
    transitionAnswer,
  );
  return movedOrNull(answer, move.event);
}

export function findCompetition(state: StatePort, slug: string): Promise<Competition | null> {
  return state.call('find_competition', { p_slug: slug }, competitionRow.nullable());
}

export function getCompetition(state: StatePort, id: string): Promise<Competition | null> {
  return state.call('get_competition', { p_id: id }, competitionRow.nullable());
}

export function listCompetitions(state: StatePort): Promise<Competition[]> {
  return state.call('list_competitions', {}, z.array(competitionRow));
}

const transitionRow = row({
  id: z.number().int(),
  version: z.number().int(),
  fromState: z.enum(competitionStates),
  event: z.enum(competitionEvents),
  toState: z.enum(competitionStates).nullable(),
  refused: z.boolean(),
  payload: z.record(z.string(), z.unknown()),
  actor: actorSchema,
  at: timestamp,
});
export type Transition = z.output<typeof transitionRow>;

/** Every move and every refused move of a competition, oldest first. */
export function listTransitions(state: StatePort, competitionId: string): Promise<Transition[]> {
  return state.call('list_transitions', { p_competition_id: competitionId }, z.array(transitionRow));
}

/** Stores what was read at the vendor. `announce` tells people where the competition was not known. */
export function seeCompetition(
  state: StatePort,
  input: {
    slug: string;
    title: string;
    details: Record<string, unknown>;
    feasibility: unknown;
    announce: boolean;
    actor: Actor;
  },
): Promise<Competition> {
  return state.call(
    'see_competition',
    {
      p_slug: input.slug,
      p_title: input.title,
      p_details: input.details,
      p_feasibility: input.feasibility,
      p_announce: input.announce,
      p_actor: input.actor,
    },
    competitionRow,
  );
}

/** Asks for a competition to be entered; it begins at once or waits for a place among the active ones. */
export function requestCompetition(
  state: StatePort,
  input: { id: string; priority: number; limits: Limits; maxActive: number; actor: Actor },
): Promise<Competition> {
  return state.call(
    'request_competition',
    {
      p_id: input.id,
      p_priority: input.priority,
      p_limits: input.limits,
      p_max_active: input.maxActive,
      p_actor: input.actor,
    },
    competitionRow,
  );
}

/** Begins waiting competitions while there is a place. @returns the slugs that began. */
export function admitCompetitions(state: StatePort, maxActive: number, actor: Actor): Promise<string[]> {
  return state.call('admit_competitions', { p_max_active: maxActive, p_actor: actor }, z.array(z.string()));
}

/** A finished competition starts over as a new row; the old one keeps its history under a dated name. */
export function reopenCompetition(state: StatePort, id: string, actor: Actor): Promise<Competition | null> {
  return state.call('reopen_competition', { p_id: id, p_actor: actor }, competitionRow.nullable());
}

/** `details.data`: what it was found in; the time is written beside it. */
export function setCompetitionProblem(
  state: StatePort,
  input: { id: string; problem: unknown; profile: unknown; details: Record<string, unknown> },
): Promise<Competition | null> {
  return state.call(
    'set_competition_problem',
    { p_id: input.id, p_problem: input.problem, p_profile: input.profile, p_details: input.details },
    competitionRow.nullable(),
  );
}

/** Competitions that have been in their state for longer than the SLA of that state allows (seconds by state). */
export function overdueCompetitions(
  state: StatePort,
  slaSeconds: Record<string, number>,
): Promise<Competition[]> {
  return state.call('overdue_competitions', { p_slas: slaSeconds }, z.array(competitionRow));
}
