import type { Context } from '../../context.ts';
import { type GateKind, gateOfCode, isForPerson } from '../../domain/gate.ts';
import type { StageFailure } from '../../domain/recovery.ts';
import type { Competition } from '../../state/competitions.ts';
import { meetVendorGate, refusalOf } from './meet.ts';

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
  const refusal = refusalOf(failure.details);
  const { vendorText = null, hasEntered = null, verification } = refusal;
  const kind = exactKind(named, competition, hasEntered);
  const gate = await meetVendorGate(ctx, competition, {
    kind,
    refusal,
    details: {
      code: failure.code,
      hasEntered,
      ...(vendorText === null ? {} : { vendorText }),
      ...(verification === undefined ? {} : { verification }),
    },
    request: null,
  });
  ctx.log.info({ competition: competition.slug, gate: kind, met: gate !== null }, 'work waits at a gate');
  return gate !== null;
}

/**
 * An account that had entered and is not in the competition any more is something else than one that never was. Once
 * its data were read it had, whatever the vendor's list showed since.
 */
function exactKind(kind: GateKind, { details, problem }: Competition, hasEntered: boolean | null): GateKind {
  const hadEntered = details.userHasEntered === true || problem !== null;
  return kind === 'rules_not_accepted' && hadEntered && hasEntered === false ? 'not_entered' : kind;
}
