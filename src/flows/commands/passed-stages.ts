import { z } from 'zod';
import { startsRound } from '../../domain/competition-machine.ts';
import type { PassedStage } from '../../domain/overview.ts';
import type { Transition } from '../../state/competitions.ts';

export type Move = Pick<Transition, 'version' | 'fromState' | 'event' | 'toState' | 'payload' | 'at'>;

const reasonPayload = z.object({ reason: z.string() });

/**
 * The stages that moves ended, oldest first. Moves do not say their round: it is counted from the first one on.
 * @param moves all of them from the competition's beginning; refused ones end nothing and are left out.
 */
export function passedStages(
  moves: readonly Move[],
  { beganAt, version }: { beganAt: Date; version: number },
): PassedStage[] {
  const passed: PassedStage[] = [];
  let round = 0;
  let startedAt = beganAt;
  for (const move of moves) {
    // Later moves were made while this snapshot was being read; it shows the state before them.
    if (move.toState === null || move.version > version) continue;
    const reason = reasonPayload.safeParse(move.payload).data?.reason ?? null;
    const { fromState: state, toState: to, event, at: endedAt } = move;
    passed.push({ state, round, startedAt, endedAt, event, to, reason });
    if (startsRound(event)) round += 1;
    startedAt = endedAt;
  }
  return passed;
}
