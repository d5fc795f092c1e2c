import type { Context } from '../../context.ts';
import { slaSecondsOf } from '../../domain/decision.ts';
import { describeGate, type GateKind, type GateWords, isForPerson } from '../../domain/gate.ts';
import {
  type Competition,
  getCompetition,
  type Limits,
  requestCompetition,
} from '../../state/competitions.ts';
import { type Gate, meetGate, standingGate } from '../../state/gates.ts';
import { gateDraft } from './ask.ts';
import { lookAtGate } from './look-at-gate.ts';
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
    gate: { kind: GateKind; details: Record<string, unknown> } | null;
    priority: number;
    limits: Limits;
  },
): Promise<Entered> {
  const { competition, gate, priority, limits } = input;
  const maxActive = ctx.policy.maxActiveCompetitions;
  if (gate !== null && isForPerson(gate.kind)) {
    const met = await waitToEnter(ctx, { ...input, gate });
    if (met !== null) return await waiting(ctx, competition, met);
  }
  const asked = { id: competition.id, priority, limits, maxActive, actor: ctx.actor };
  const entered = await requestCompetition(ctx.state, asked);
  return { competition: entered, outcome: entered.admittedAt === null ? 'queued' : 'started', gate: null };
}

async function waitToEnter(
  ctx: EnterContext,
  {
    competition,
    gate,
    priority,
    limits,
  }: Parameters<typeof enterCompetition>[1] & {
    gate: { kind: GateKind; details: Record<string, unknown> };
  },
): Promise<Gate | null> {
  const { kind, details } = gate;
  const vendorText = typeof details.vendorText === 'string' ? details.vendorText : null;
  const subject = subjectOf(competition, kind, knownOf(details));
  const met = await meetGate(ctx.state, {
    competitionId: competition.id,
    version: competition.version,
    kind,
    details,
    draft: gateDraft({ kind, subject, isInWork: false, vendorText }),
    waitSeconds: slaSecondsOf('gate', ctx.policy),
    reason: describeGate(kind, subject).sentence,
    request: { priority, limits, maxActive: ctx.policy.maxActiveCompetitions },
    actor: ctx.actor,
  });
  ctx.log.info({ competition: competition.slug, gate: kind }, 'a competition waits to be entered');
  return met?.gate ?? null;
}

function knownOf({ verification, hasEntered }: Record<string, unknown>) {
  const told = (['phone', 'identity', 'account'] as const).find((one) => one === verification);
  return { verification: told, hasEntered: typeof hasEntered === 'boolean' ? hasEntered : null };
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
 * Asked for again while it waits to be entered: looks whether its gate is open by now.
 * @returns null where it waits at no gate
 */
export async function enterAgain(ctx: Context, competition: Competition): Promise<Entered | null> {
  const gate = await standingGate(ctx.state, competition.id);
  if (gate === null || gate.metIn !== 'discovered') return null;
  const look = await lookAtGate(ctx, gate, competition);
  if (look.outcome === 'never') await turnBack(ctx, gate, competition.slug, look.reason);
  if (look.outcome === 'open' || look.outcome === 'unclear') await letThrough(ctx, gate, competition.slug);
  if (look.outcome === 'shut') return await waiting(ctx, competition, gate);
  const now = (await getCompetition(ctx.state, competition.id)) ?? competition;
  return { competition: now, outcome: now.admittedAt === null ? 'queued' : 'started', gate: null };
}
