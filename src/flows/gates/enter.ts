import type { Context } from '../../context.ts';
import { describeGate, type GateKind, type GateWords, isForPerson } from '../../domain/gate.ts';
import {
  type Competition,
  getCompetition,
  type Limits,
  requestCompetition,
} from '../../state/competitions.ts';
import { type Gate, standingGate } from '../../state/gates.ts';
import type { MetGate } from '../discovery/look-up.ts';
import { lookAtGate } from './look-at-gate.ts';
import { meetVendorGate, refusalOf } from './meet.ts';
import { letThrough, turnBack } from './pass.ts';
import { subjectOf } from './subject.ts';

export type Entered = {
  competition: Competition;
  outcome: 'started' | 'queued' | 'waiting';
  /** Where it waits for a person. */
  gate: (GateWords & { kind: GateKind }) | null;
};

type EnterContext = Pick<Context, 'state' | 'policy' | 'actor' | 'log' | 'canBeAsked'>;

/**
 * Enters a competition: it begins, queues, or waits at its gate until a person has opened that. The caller has thrown
 * where nobody can: a gate that no person can open, or nobody who could be asked.
 * @param input `gate`: what `lookUpToEnter` found
 */
export async function enterCompetition(
  ctx: EnterContext,
  input: {
    competition: Competition;
    gate: Pick<MetGate, 'kind' | 'details'> | null;
    priority: number;
    limits: Limits;
  },
): Promise<Entered> {
  const { competition, gate, priority, limits } = input;
  const maxActive = ctx.policy.maxActiveCompetitions;
  if (gate !== null && isForPerson(gate.kind)) {
    const { kind, details } = gate;
    const request = { priority, limits, maxActive };
    const refusal = refusalOf(details);
    const met = await meetVendorGate(ctx, competition, { kind, refusal, details, request });
    ctx.log.info({ competition: competition.slug, gate: kind }, 'a competition waits to be entered');
    if (met !== null) return await waiting(ctx, competition, met);
  }
  const asked = { id: competition.id, priority, limits, maxActive, actor: ctx.actor };
  const entered = await requestCompetition(ctx.state, asked);
  return { competition: entered, outcome: entered.admittedAt === null ? 'queued' : 'started', gate: null };
}

async function waiting(ctx: Pick<Context, 'state'>, competition: Competition, gate: Gate): Promise<Entered> {
  const now = (await getCompetition(ctx.state, competition.id)) ?? competition;
  return { competition: now, outcome: 'waiting', gate: wordsOf(now, gate) };
}

function wordsOf(competition: Competition, { kind, details }: Gate): Entered['gate'] {
  if (kind === 'contract') return null;
  return { kind, ...describeGate(kind, subjectOf(competition, kind, details)) };
}

/**
 * Asked for again while it waits to be entered: looks whether its gate is open by now. Where nothing shows it, whoever
 * asks again is believed, as with Done.
 * @returns null where it waits at no gate
 * @throws BusinessFailure where the gate opens no more: then the competition ends
 */
export async function enterAgain(ctx: Context, competition: Competition): Promise<Entered | null> {
  const gate = await standingGate(ctx.state, competition.id);
  if (gate === null || gate.metIn !== 'discovered') return null;
  const look = await lookAtGate(ctx, gate, competition);
  if (look.outcome === 'never') {
    await turnBack(ctx, gate, competition.slug, look.failure.message);
    throw look.failure;
  }
  if (look.outcome === 'open' || look.outcome === 'unclear') await letThrough(ctx, gate, competition.slug);
  if (look.outcome === 'shut') return await waiting(ctx, competition, gate);
  const now = (await getCompetition(ctx.state, competition.id)) ?? competition;
  return { competition: now, outcome: now.admittedAt === null ? 'queued' : 'started', gate: null };
}
