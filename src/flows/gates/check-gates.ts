import type { Context } from '../../context.ts';
import { asFailure, type Failure } from '../../domain/errors.ts';
import { getCompetition } from '../../state/competitions.ts';
import { getDecision } from '../../state/decisions.ts';
import { type Gate, listDueGates } from '../../state/gates.ts';
import { Wait } from '../support/wait.ts';
import { answerGate } from './answer-gate.ts';
import { lookAtGate } from './look-at-gate.ts';
import { letThrough, turnBack } from './pass.ts';

/**
 * Every few minutes: looks at the gates that somebody may have opened meanwhile, each with a cheap call; those that
 * stand for long less often. It ends with the gate's question, whose default gives the competition up; an answer that
 * was not carried out is carried out here. A gate that cannot be looked at hides no other.
 * @returns how many were looked at, and how many were open
 * @throws the first failure that is no refusal, once all were looked at; what asks for a setting at once
 */
export async function checkGates(ctx: Context): Promise<{ looked: number; passed: number }> {
  let looked = 0;
  let passed = 0;
  let failed: Failure | null = null;
  for (const gate of await listDueGates(ctx.state)) {
    try {
      if (await carryOut(ctx, gate)) continue;
      looked += 1;
      if (await check(ctx, gate)) passed += 1;
    } catch (error) {
      ctx.signal.throwIfAborted();
      const failure = asFailure(error);
      if (failure.kind === 'configuration') throw failure;
      ctx.log.warn({ err: failure, gate: gate.id }, 'a gate could not be looked at');
      if (failure.kind !== 'business') failed ??= failure;
    }
  }
  if (failed !== null) throw failed;
  return { looked, passed };
}

/** @returns false where nothing is answered, and the gate itself has to show whether it is open */
async function carryOut(ctx: Context, { kind, decisionId }: Gate): Promise<boolean> {
  const decision = decisionId === null ? null : await getDecision(ctx.state, decisionId);
  if (decision === null || decision.option === null) return kind === 'contract';
  try {
    await answerGate(ctx, { decisionId: decision.id });
  } catch (error) {
    // Whoever answered is at it, or the next look goes on from here.
    if (!(error instanceof Wait)) throw error;
  }
  return true;
}

async function check(ctx: Context, gate: Gate): Promise<boolean> {
  const competition = await getCompetition(ctx.state, gate.competitionId);
  if (competition === null) return false;
  const look = await lookAtGate(ctx, gate, competition);
  if (look.outcome === 'open') return await letThrough(ctx, gate, competition.slug);
  if (look.outcome === 'never') await turnBack(ctx, gate, competition.slug, look.failure.message);
  return false;
}
