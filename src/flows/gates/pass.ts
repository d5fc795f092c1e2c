import type { Context } from '../../context.ts';
import { type Gate, giveUpGate, passGate } from '../../state/gates.ts';

type PassContext = Pick<Context, 'state' | 'policy' | 'actor' | 'log'>;

/** The gate is open: what waited at it goes on. @returns false where it stands no more */
export async function letThrough(ctx: PassContext, gate: Gate, slug: string): Promise<boolean> {
  const passed = await passGate(ctx.state, {
    id: gate.id,
    option: 'done',
    reason: 'what Kaggle asked for is done',
    // As the entry shows it now, or as somebody said.
    details: { userHasEntered: true },
    maxActive: ctx.policy.maxActiveCompetitions,
    actor: ctx.actor,
  });
  if (passed !== null) ctx.log.info({ competition: slug, gate: gate.kind }, 'a gate is open');
  return passed !== null;
}

/** Nobody will open it: the competition ends. */
export async function turnBack(ctx: PassContext, gate: Gate, slug: string, reason: string): Promise<void> {
  const left = await giveUpGate(ctx.state, { id: gate.id, reason, actor: ctx.actor });
  if (left !== null) ctx.log.info({ competition: slug, gate: gate.kind, reason }, 'a gate is given up');
}
