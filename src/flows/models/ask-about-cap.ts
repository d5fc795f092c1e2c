import type { Context } from '../../context.ts';
import { isFinal } from '../../domain/competition-machine.ts';
import { slaSecondsOf } from '../../domain/decision.ts';
import { microUsd } from '../../domain/micro-usd.ts';
import { capOfAnswer, isModelCapReached, modelCapDraft } from '../../domain/model-cap.ts';
import { spendingOf } from '../../domain/model-spending.ts';
import { getCompetition } from '../../state/competitions.ts';
import { getDecision, listDecisions, openDecision } from '../../state/decisions.ts';
import { type ModelBudgetUse, readModelCosts } from '../../state/llm.ts';
import { setBudget } from '../../state/money.ts';
import { stopCompetition } from '../commands/control-competition.ts';

const kind = 'model_budget';

/**
 * Asks how to go on where a competition's language models have used what they may; once for each cap. The work does not
 * wait for the answer: without models the playbooks and the baseline generator do it.
 * @returns how many questions were asked
 */
export async function askAboutModelCaps(ctx: Context, uses: readonly ModelBudgetUse[]): Promise<number> {
  if (!ctx.canBeAsked()) return 0;
  let asked = 0;
  for (const use of uses) {
    const capUsd = use.capMicroUsd / microUsd;
    const usedUsd = use.usedMicroUsd / microUsd;
    if (use.competitionId === null || !isModelCapReached({ capUsd, usedUsd })) continue;
    if (await askAbout(ctx, use.competitionId, { capUsd, usedUsd })) asked += 1;
  }
  return asked;
}

async function askAbout(
  ctx: Context,
  competitionId: string,
  { capUsd, usedUsd }: { capUsd: number; usedUsd: number },
): Promise<boolean> {
  const competition = await getCompetition(ctx.state, competitionId);
  if (competition === null || isFinal(competition.state)) return false;
  const decisions = await listDecisions(ctx.state, { competitionId, onlyOpen: false });
  const models = spendingOf(await readModelCosts(ctx.state, competitionId));
  const draft = modelCapDraft({ slug: competition.slug, capUsd, usedUsd }, models?.bySteps ?? []);
  const wasAsked = decisions.some(
    (one) => one.kind === kind && (one.status === 'open' || sameCap(one.draft.options, draft.options)),
  );
  if (wasAsked) return false;
  const isOpen = await openDecision(ctx.state, {
    competitionId,
    version: competition.version,
    move: null,
    draft,
    slaSeconds: slaSecondsOf(kind, ctx.policy),
    actor: ctx.actor,
  });
  if (isOpen)
    ctx.log.info({ competition: competition.slug, capUsd }, 'a person is asked about the model cap');
  return isOpen;
}

/** The cap that is offered follows from the one that is reached. */
function sameCap(before: readonly { id: string }[], now: readonly { id: string }[]): boolean {
  return now.every(({ id }) => before.some((one) => one.id === id));
}

/** A question about a model cap was answered: the competition gets a cap of its own, or ends. Of others nothing. */
export async function answerModelCap(
  ctx: Context,
  input: { payload: { decisionId?: string | undefined } },
): Promise<void> {
  const { decisionId } = input.payload;
  const decision = decisionId === undefined ? null : await getDecision(ctx.state, decisionId);
  if (decision === null || decision.kind !== kind || decision.option === null) return;
  if (decision.option === 'stop') {
    const competition = await getCompetition(ctx.state, decision.competitionId);
    if (competition === null || isFinal(competition.state)) return;
    await stopCompetition({ ...ctx, actor: decision.decidedBy ?? ctx.actor }, { slug: decision.slug });
    return;
  }
  const capUsd = capOfAnswer(decision.option);
  if (capUsd === null) return;
  const actor = decision.decidedBy ?? ctx.actor;
  const scope = `llm:${decision.competitionId}`;
  await setBudget(ctx.state, scope, Math.round(capUsd * microUsd), actor, decision.note);
  ctx.log.info({ competition: decision.slug, capUsd }, 'the model cap of a competition was changed');
}
