import type { Context } from '../../context.ts';
import { failureEventOf } from '../../domain/competition-machine.ts';
import type { StageFailure } from '../../domain/recovery.ts';
import { getCompetition } from '../../state/competitions.ts';
import { cancelTraining } from '../../state/training.ts';
import { waitForContract } from '../gates/contract.ts';
import { waitAtGate } from '../gates/wait-at-gate.ts';
import { move, type StageInput } from '../support/competition-call.ts';

/**
 * A stage's job has ended for good without its work done: the competition goes to recovery, with the reason; where it
 * met a gate that a person can open it waits there instead.
 */
export async function failStage(
  ctx: Pick<Context, 'state' | 'log' | 'actor' | 'policy' | 'canBeAsked'>,
  input: StageInput & { failure: StageFailure },
): Promise<void> {
  const competition = await getCompetition(ctx.state, input.competitionId);
  if (competition === null || competition.version !== input.version) return;
  const event = failureEventOf(competition.state);
  if (event === null) return;
  const { failure } = input;
  if ((await waitAtGate(ctx, competition, failure)) || (await waitForContract(ctx, competition, failure))) {
    await cancelTraining(ctx.state, competition.id);
    return;
  }
  const { kind, code, message } = failure;
  const moved = await move(ctx, competition, event, { kind, code, reason: message });
  if (moved !== null) await cancelTraining(ctx.state, competition.id);
}
