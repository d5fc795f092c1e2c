import type { Context } from '../../context.ts';
import type { CompetitionEvent, CompetitionState } from '../../domain/competition-machine.ts';
import { type Competition, getCompetition, transitionCompetition } from '../../state/competitions.ts';

/** What a stage job is about: a competition at the version that its event left it at. */
export type StageInput = { competitionId: string; version: number };

/**
 * The competition, where it still is what the job was sent for.
 * @returns null when it moved on: the job came late or twice and has nothing to do.
 */
export async function competitionAt(
  ctx: Pick<Context, 'state'>,
  input: StageInput,
  state: CompetitionState,
): Promise<Competition | null> {
  const competition = await getCompetition(ctx.state, input.competitionId);
  if (competition === null || competition.version !== input.version || competition.state !== state)
    return null;
  return competition;
}

/** Moves the competition and says so in one log line. @returns null when somebody else moved it first. */
export async function move(
  ctx: Pick<Context, 'state' | 'log' | 'actor'>,
  competition: Pick<Competition, 'id' | 'version' | 'slug' | 'state'>,
  event: CompetitionEvent,
  payload: Record<string, unknown> = {},
): Promise<Competition | null> {
  const moved = await transitionCompetition(ctx.state, {
    id: competition.id,
    version: competition.version,
    event,
    payload,
    actor: ctx.actor,
  });
  ctx.log.info(
    { competition: competition.slug, event, from: competition.state, to: moved?.state ?? null },
    moved === null ? 'competition had moved on' : 'competition moved',
  );
  return moved;
}
