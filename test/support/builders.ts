import { randomUUID } from 'node:crypto';
import type pg from 'pg';
import type { Actor } from '../../src/domain/actor.ts';
import type { Approach } from '../../src/domain/approach.ts';
import {
  type CompetitionEvent,
  type CompetitionState,
  competitionStates,
} from '../../src/domain/competition-machine.ts';
import type { DecisionDraft } from '../../src/domain/decision.ts';
import { endCode, planGeneration } from '../../src/state/code.ts';
import { type Competition, getCompetition, transitionCompetition } from '../../src/state/competitions.ts';
import type { StatePort } from '../../src/state/port.ts';
import { finishResearch } from '../../src/state/research.ts';
import { type PlannedTraining, planTraining } from '../../src/state/training.ts';

export const someActor: Actor = { type: 'console', user: 'tester' };

/** A competition that stands where the test begins. */
export async function aCompetition(
  { pool, state }: { pool: pg.Pool; state: StatePort },
  options: {
    slug?: string;
    state?: CompetitionState;
    resumeState?: CompetitionState | null;
    version?: number;
    round?: number;
    priority?: number;
    requested?: boolean;
    admitted?: boolean;
  } = {},
): Promise<Competition> {
  const { rows } = await pool.query<{ id: string }>(
    `insert into competitions (slug, title, state, resume_state, version, round, priority, requested_at, admitted_at)
     values ($1, 'A competition', $2, $3, $4, $5, $6,
       case when $7 then clock_timestamp() end, case when $8 then clock_timestamp() end)
     returning id`,
    [
      options.slug ?? `competition-${randomUUID().slice(0, 8)}`,
      options.state ?? competitionStates[0],
      options.resumeState ?? null,
      options.version ?? 0,
      options.round ?? 0,
      options.priority ?? 100,
      options.requested ?? false,
      options.admitted ?? false,
    ],
  );
  const competition = await getCompetition(state, rows[0]?.id ?? '');
  if (competition === null) throw new Error('the competition was not made');
  return competition;
}

/** An event as the outbox holds it; by default of no competition. */
export async function anEvent(
  pool: pg.Pool,
  options: {
    type?: string;
    competitionId?: string | null;
    payload?: Record<string, unknown>;
    dispatchedSecondsAgo?: number | null;
  } = {},
): Promise<number> {
  const { rows } = await pool.query<{ id: string }>(
    `insert into events (type, competition_id, payload, actor, dispatched_at)
     values ($1, $2, $3, $4, clock_timestamp() - make_interval(secs => $5)) returning id`,
    [
      options.type ?? 'research_started',
      options.competitionId ?? null,
      JSON.stringify(options.payload ?? {}),
      JSON.stringify(someActor),
      options.dispatchedSecondsAgo ?? null,
    ],
  );
  return Number(rows[0]?.id);
}

export function aDraft(options: Partial<DecisionDraft> = {}): DecisionDraft {
  const option = (id: string) => ({ id, label: id, consequence: 'something happens', costUsd: 0 });
  return {
    kind: 'failure',
    blocking: true,
    question: 'What now?',
    context: 'It failed.',
    options: [option('retry_different_approach'), option('adjust_parameters'), option('skip_competition')],
    defaultOption: 'skip_competition',
    ...options,
  };
}

export function anApproach(name: string, options: Partial<Approach> = {}): Approach {
  return {
    name,
    title: `The ${name} way`,
    family: 'boosting',
    rationale: 'It often works.',
    features: ['numbers'],
    models: [{ kind: 'boosting', params: { depth: 6 } }],
    validation: 'five folds',
    risks: [],
    requirements: [],
    packages: [],
    expectedGain: 0.5,
    estimatedMinutes: 5,
    sources: [],
    ...options,
  };
}

/** A competition in training, with one ready script for each approach. */
export async function aTrainingCompetition(
  db: { pool: pg.Pool; state: StatePort },
  approachNames: readonly string[] = ['boosting-plain', 'linear-plain'],
): Promise<{ competition: Competition; codeIds: string[] }> {
  const { id } = await aCompetition(db, { state: 'researching', round: 1 });
  const move = (version: number, event: CompetitionEvent) =>
    transitionCompetition(db.state, { id, version, event, actor: someActor });
  await finishResearch(db.state, {
    competitionId: id,
    version: 0,
    nodes: approachNames.map((name) => ({ spec: anApproach(name) })),
    actor: someActor,
  });
  await move(1, 'generation_started');
  const codeIds = await planGeneration(db.state, { competitionId: id, version: 2, actor: someActor });
  for (const codeId of codeIds ?? []) {
    await endCode(db.state, { id: codeId, status: 'ready', generator: 'baseline', objectPrefix: 'code' });
  }
  await move(2, 'code_ready');
  const competition = await move(3, 'training_started');
  if (competition === null || codeIds === null) throw new Error('the competition does not train');
  return { competition, codeIds };
}

/** One open training job of a training competition. */
export async function aTrainingJob(db: {
  pool: pg.Pool;
  state: StatePort;
}): Promise<{ competition: Competition; jobId: string; codeId: string }> {
  const { competition, codeIds } = await aTrainingCompetition(db, ['boosting-plain']);
  const codeId = codeIds[0] ?? '';
  const ids = await planTraining(db.state, {
    competitionId: competition.id,
    version: competition.version,
    jobs: [aRun(codeId)],
    actor: someActor,
  });
  return { competition, codeId, jobId: ids?.[0] ?? '' };
}

export function aRun(codeId: string, options: Partial<PlannedTraining> = {}): PlannedTraining {
  return {
    codeId,
    purpose: 'search',
    seed: 42,
    foldAssignment: 0,
    objectPrefix: 'code/search-42-0',
    ...options,
  };
}
