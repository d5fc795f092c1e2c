import { z } from 'zod';
import type { Context } from '../../context.ts';
import { slaSecondsOf } from '../../domain/decision.ts';
import { describeGate, type GateKind, gateOfCode, isForPerson } from '../../domain/gate.ts';
import type { StageFailure } from '../../domain/recovery.ts';
import type { Competition } from '../../state/competitions.ts';
import { meetGate } from '../../state/gates.ts';
import { gateDraft } from './ask.ts';
import { subjectOf } from './subject.ts';

const toldSchema = z.looseObject({
  vendorText: z.string().nullish(),
  hasEntered: z.boolean().nullish(),
  verification: z.enum(['phone', 'identity', 'account']).optional(),
});

/**
 * Work met a gate that a person can open: it pauses there with the question beside it, uses up no attempt and no time
 * limit, and goes on by itself once the gate is open.
 * @returns false where there is nothing to wait for: no such gate, or nobody who could open it
 */
export async function waitAtGate(
  ctx: Pick<Context, 'state' | 'log' | 'actor' | 'policy' | 'canBeAsked'>,
  competition: Competition,
  failure: StageFailure,
): Promise<boolean> {
  const named = gateOfCode(failure.code);
  if (named === null || !isForPerson(named) || !ctx.canBeAsked()) return false;
  const told = toldSchema.safeParse(failure.details ?? {}).data ?? {};
  const { vendorText = null, hasEntered = null, verification } = told;
  const kind = exactKind(named, competition, hasEntered);
  const subject = subjectOf(competition, kind, { verification, hasEntered });
  const met = await meetGate(ctx.state, {
    competitionId: competition.id,
    version: competition.version,
    kind,
    details: {
      code: failure.code,
      hasEntered,
      ...(vendorText === null ? {} : { vendorText }),
      ...(verification === undefined ? {} : { verification }),
    },
    draft: gateDraft({ kind, subject, isInWork: true, vendorText }),
    waitSeconds: slaSecondsOf('gate', ctx.policy),
    reason: describeGate(kind, subject).sentence,
    request: null,
    actor: ctx.actor,
  });
  ctx.log.info({ competition: competition.slug, gate: kind, met: met !== null }, 'work waits at a gate');
  return met !== null;
}

/** An account that had entered and is not in the competition any more is something else than one that never was. */
function exactKind(kind: GateKind, { details }: Competition, hasEntered: boolean | null): GateKind {
  const hadEntered = details.userHasEntered === true;
  return kind === 'rules_not_accepted' && hadEntered && hasEntered === false ? 'not_entered' : kind;
}
