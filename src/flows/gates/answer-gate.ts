import type { Context } from '../../context.ts';
import { slaSecondsOf } from '../../domain/decision.ts';
import { getCompetition } from '../../state/competitions.ts';
import { type Decision, getDecision } from '../../state/decisions.ts';
import { askAtGateAgain, type Gate, gateOfDecision } from '../../state/gates.ts';
import { Wait } from '../support/wait.ts';
import { gateDraft } from './ask.ts';
import { answerContract } from './contract.ts';
import { lookAtGate } from './look-at-gate.ts';
import { letThrough, turnBack } from './pass.ts';
import { subjectOf } from './subject.ts';

/** Kaggle needs some seconds until its API knows what was done on its website. */
const settlingMs = 30_000;
const lookAgainMs = 5_000;

/**
 * A question beside a gate was answered: Done looks at once, and for some seconds again; Skip, and no answer in time,
 * end the competition. Of any other question there is nothing to do here.
 * @throws Wait while Kaggle may not know yet
 */
export async function answerGate(ctx: Context, input: { decisionId: string }): Promise<void> {
  if (input.decisionId === '') return;
  const gate = await gateOfDecision(ctx.state, input.decisionId);
  if (gate === null || gate.endedAt !== null) return;
  const [decision, competition] = await Promise.all([
    getDecision(ctx.state, input.decisionId),
    getCompetition(ctx.state, gate.competitionId),
  ]);
  if (decision === null || competition === null || decision.option === null) return;
  if (gate.kind === 'contract') return await answerContract(ctx, { gate, decision, competition });
  if (decision.option === 'skip') {
    const reason =
      decision.status === 'expired'
        ? 'nobody opened the way at Kaggle in time'
        : 'a person chose not to open the way at Kaggle';
    return await turnBack(ctx, gate, competition.slug, reason);
  }
  const look = await lookAtGate(ctx, gate, competition);
  if (look.outcome === 'never') return await turnBack(ctx, gate, competition.slug, look.failure.message);
  if (look.outcome === 'open' || (look.outcome === 'unclear' && decision.option === 'done')) {
    await letThrough(ctx, gate, competition.slug);
    return;
  }
  await stillShut(ctx, { gate, kind: gate.kind, decision, competition });
}

type Shut = {
  gate: Gate;
  kind: Exclude<Gate['kind'], 'contract'>;
  decision: Decision;
  competition: NonNullable<Awaited<ReturnType<typeof getCompetition>>>;
};

/** @throws Wait in the first seconds */
async function stillShut(ctx: Context, { gate, kind, decision, competition }: Shut): Promise<void> {
  const sinceMs = ctx.now().getTime() - (decision.decidedAt?.getTime() ?? 0);
  if (sinceMs < settlingMs) throw new Wait(lookAgainMs, 'Kaggle does not know yet that it is done');
  await askAtGateAgain(ctx.state, {
    id: gate.id,
    draft: gateDraft({
      kind,
      subject: subjectOf(competition, kind, gate.details),
      isInWork: gate.metIn !== 'discovered',
      vendorText: gate.details.vendorText ?? null,
      isStillShut: true,
    }),
    waitSeconds: slaSecondsOf('gate', ctx.policy),
    actor: ctx.actor,
  });
  ctx.log.info({ competition: competition.slug, gate: kind }, 'a gate is still shut; asked again');
}
