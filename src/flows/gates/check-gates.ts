import type { Context } from '../../context.ts';
import { asFailure } from '../../domain/errors.ts';
import { getCompetition } from '../../state/competitions.ts';
import { type Gate, listDueGates } from '../../state/gates.ts';
import { lookAtGate } from './look-at-gate.ts';
import { letThrough, turnBack } from './pass.ts';

/**
 * Every few minutes: looks at the gates that somebody may have opened meanwhile, each with a cheap call; those that
 * stand for long less often. It ends with the gate's question, whose default gives the competition up.
 * @returns how many were open
 */
export async function checkGates(ctx: Context): Promise<{ looked: number; passed: number }> {
  const due = (await listDueGates(ctx.state)).filter(({ kind }) => kind !== 'contract');
  let passed = 0;
  for (const gate of due) {
    try {
      if (await check(ctx, gate)) passed += 1;
    } catch (error) {
      const failure = asFailure(error);
      // One that cannot be looked at hides no other; a vendor that is away hides them all.
      if (failure.kind !== 'business') throw failure;
      ctx.log.warn({ err: failure, gate: gate.id }, 'a gate could not be looked at');
    }
  }
  return { looked: due.length, passed };
}

async function check(ctx: Context, gate: Gate): Promise<boolean> {
  const competition = await getCompetition(ctx.state, gate.competitionId);
  if (competition === null) return false;
  const look = await lookAtGate(ctx, gate, competition);
  if (look.outcome === 'open') return await letThrough(ctx, gate, competition.slug);
  if (look.outcome === 'never') await turnBack(ctx, gate, competition.slug, look.reason);
  return false;
}
