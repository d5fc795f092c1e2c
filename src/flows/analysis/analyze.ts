import type { Context } from '../../context.ts';
import { agreementOf } from '../../domain/agreement.ts';
import { analyse } from '../../domain/analysis.ts';
import { parseNumber } from '../../domain/cells.ts';
import { slaSecondsOf } from '../../domain/decision.ts';
import { judgeRound } from '../../domain/training-plan.ts';
import type { Competition } from '../../state/competitions.ts';
import { listDecisions, openDecision } from '../../state/decisions.ts';
import { readBudget } from '../../state/money.ts';
import { listSubmissions } from '../../state/submissions.ts';
import { listTrainingJobs } from '../../state/training.ts';
import { readDecisionNumbers } from '../human-loop/decision-facts.ts';
import { learnFromRound } from '../lessons/learn.ts';
import { summariseNodes } from '../search/summarise-nodes.ts';
import { competitionAt, move, type StageInput } from '../support/competition-call.ts';
import { endsSoon, isEndgame } from '../support/time-left.ts';
import { watchAgreement } from './watch-agreement.ts';

/** Decides by rule what follows from a round: the end, another round, or a question. */
export async function analyze(ctx: Context, input: StageInput): Promise<void> {
  const competition = await competitionAt(ctx, input, 'analyzing');
  if (competition === null || competition.problem === null) return;
  const situation = await readSituation(ctx, competition, competition.problem.metric);
  await watchAgreement(ctx, competition, situation.agreement);
  await summariseNodes(ctx, competition);
  await learnFromRound(ctx, competition);
  const outcome = analyse(situation);
  if (outcome.event !== 'uncertainty_high') {
    await move(ctx, competition, outcome.event, { reason: outcome.reason });
    return;
  }
  await openDecision(ctx.state, {
    competitionId: competition.id,
    version: competition.version,
    move: 'uncertainty_high',
    draft: { ...outcome.draft, ...(await readDecisionNumbers(ctx, competition)) },
    slaSeconds: slaSecondsOf(outcome.draft.kind, ctx.policy),
    actor: ctx.actor,
  });
  ctx.log.info({ competition: competition.slug, kind: outcome.draft.kind }, 'a person is asked');
}

async function readSituation(
  ctx: Context,
  competition: Competition,
  metric: Parameters<typeof analyse>[0]['metric'],
) {
  const [submissions, runs, decisions, budget] = await Promise.all([
    listSubmissions(ctx.state, competition.id),
    listTrainingJobs(ctx.state, competition.id),
    listDecisions(ctx.state, { competitionId: competition.id, onlyOpen: false }),
    readBudget(ctx.state, competition.id),
  ]);
  const last = submissions.filter(({ status }) => status === 'scored').at(-1) ?? null;
  const cap = budget.caps.competition ?? budget.caps[`gpu:${competition.id}`];
  const { cvSd } = last?.scores ?? {};
  return {
    slug: competition.slug,
    metric,
    round: competition.round,
    maxRounds: competition.limits.maxRounds,
    isOutOfTime: isEndgame(competition, ctx.now()),
    endsSoon: ctx.judge === null && endsSoon(competition, ctx.policy.trainingTimeLimitSeconds, ctx.now()),
    agreement: agreementOf(
      submissions.map((one) => ({ cv: one.cv, publicScore: parseNumber(one.publicScore ?? '') })),
    ),
    verdicts: Array.from({ length: competition.round }, (_, index) => judgeRound(metric, runs, index + 1)),
    cv: last?.cv ?? null,
    // A metric that only stands in for the vendor's gives other numbers, however well it validates.
    cvSd: typeof cvSd === 'number' && competition.problem?.officialMetric === undefined ? cvSd : null,
    publicScore: parseNumber(last?.publicScore ?? ''),
    answered: decisions.map(({ kind }) => kind),
    spentShare: cap === undefined || cap === 0 ? null : budget.competitionMicroUsd / cap,
  };
}
