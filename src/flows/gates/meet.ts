import { z } from 'zod';
import type { Context } from '../../context.ts';
import { slaSecondsOf } from '../../domain/decision.ts';
import { describeGate, type GateKind } from '../../domain/gate.ts';
import type { Competition } from '../../state/competitions.ts';
import { type Gate, meetGate } from '../../state/gates.ts';
import { gateDraft } from './ask.ts';
import { subjectOf } from './subject.ts';

const refusalSchema = z.looseObject({
  vendorText: z.string().nullish(),
  hasEntered: z.boolean().nullish(),
  verification: z.enum(['phone', 'identity', 'account']).optional(),
});
/** What a failure tells of the gate that it met. */
export type Refusal = z.output<typeof refusalSchema>;

/** Reads the details of a failure; of those that tell nothing of a gate nothing. */
export function refusalOf(details: Record<string, unknown> | undefined): Refusal {
  return refusalSchema.safeParse(details ?? {}).data ?? {};
}

/** Has a competition wait at a gate of the vendor. @returns null when it moved on meanwhile */
export async function meetVendorGate(
  ctx: Pick<Context, 'state' | 'policy' | 'actor'>,
  competition: Competition,
  met: {
    kind: GateKind;
    refusal: Refusal;
    /** Kept with the gate. */
    details: Record<string, unknown>;
    /** How it is to be entered; null where its work met the gate. */
    request: Parameters<typeof meetGate>[1]['request'];
  },
): Promise<Gate | null> {
  const { kind, refusal, details, request } = met;
  const subject = subjectOf(competition, kind, refusal);
  const vendorText = refusal.vendorText ?? null;
  const waiting = await meetGate(ctx.state, {
    competitionId: competition.id,
    version: competition.version,
    kind,
    details,
    draft: gateDraft({ kind, subject, isInWork: request === null, vendorText }),
    waitSeconds: slaSecondsOf('gate', ctx.policy),
    reason: describeGate(kind, subject).sentence,
    request,
    actor: ctx.actor,
  });
  return waiting?.gate ?? null;
}
