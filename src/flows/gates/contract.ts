import type { Context } from '../../context.ts';
import { slaSecondsOf } from '../../domain/decision.ts';
import { BusinessFailure } from '../../domain/errors.ts';
import type { ToldContract } from '../../domain/inference/findings.ts';
import { readToldContract } from '../../domain/inference/told.ts';
import { type MetricName, metricNames } from '../../domain/metrics/catalog.ts';
import type { StageFailure } from '../../domain/recovery.ts';
import { type Competition, getCompetition } from '../../state/competitions.ts';
import type { Decision } from '../../state/decisions.ts';
import { askAtGateAgain, type Gate, meetGate, passGate } from '../../state/gates.ts';
import { type ContractAsked, contractDraft, metricOfOption } from './contract-draft.ts';
import { turnBack } from './pass.ts';

/** From here on nobody is asked. */
const sureFrom = 0.9;
/** Below this nothing goes on without an answer. */
const doubtfulBelow = 0.5;
/** Offered where nothing is known of the metric: what most competitions are judged by. */
const mostUsual: readonly MetricName[] = ['roc_auc', 'accuracy', 'rmse'];
/** What an answer about metric or target can mend. */
const mendable: ReadonlySet<string> = new Set([
  'problem.metric_unknown',
  'problem.metric_k_unknown',
  'problem.target_missing',
  'problem.target_not_numeric',
  'problem.target_single_class',
  'problem.classes_unknown',
  'problem.sample_mismatch',
]);

type AskContext = Pick<Context, 'state' | 'policy' | 'log' | 'actor' | 'canBeAsked'>;

/**
 * Before the first round works towards a metric that was read with doubts, a person is asked whether it is that one:
 * the competition waits, half an hour where the doubts are small, for an answer where they are large.
 * @returns true where it waits now, or has moved on while it was read
 * @throws BusinessFailure `problem.metric_unknown` where the metric is only guessed and nobody can be asked
 */
export async function confirmContract(ctx: AskContext, { id, slug, version }: Competition): Promise<boolean> {
  const competition = await getCompetition(ctx.state, id);
  if (competition === null || competition.version !== version) return true;
  if (!isDoubtful(competition)) return false;
  const { contract, confidence } = competition.details;
  if (!ctx.canBeAsked()) {
    if (contract?.isMetricGuessed === true) throw onlyGuessed(competition);
    ctx.log.warn(
      { competition: slug, confidence },
      'nobody can confirm the contract; it is taken as it was read',
    );
    return false;
  }
  return await ask(ctx, competition, askedOf(competition));
}

/** Only before the first round: later the submissions themselves have told. */
function isDoubtful({ round, details: { contract, confidence } }: Competition): boolean {
  return round <= 1 && contract !== undefined && !contract.isSettled && (confidence ?? 1) < sureFrom;
}

function onlyGuessed({ slug, details }: Competition): BusinessFailure {
  const metric = details.evaluationMetric ?? '';
  return new BusinessFailure(
    `The metric of ${slug}${metric === '' ? '' : ` (${JSON.stringify(metric)})`} is not known, so its score cannot be computed here; say which of ours comes nearest.`,
    { code: 'problem.metric_unknown', details: { metricText: metric } },
  );
}

function askedOf({ slug, problem, profile, details }: Competition): ContractAsked {
  return {
    slug,
    read: problem === null || profile === null ? null : { problem, testRows: profile.test.rows },
    evidence: details.evidence ?? [],
    alternatives: details.contract?.alternatives ?? mostUsual,
    isAnswerNeeded: problem === null || (details.confidence ?? 1) < doubtfulBelow,
  };
}

async function ask(
  ctx: AskContext,
  competition: Competition,
  asked: ContractAsked,
  details: Record<string, unknown> = {},
): Promise<boolean> {
  const met = await meetGate(ctx.state, {
    competitionId: competition.id,
    version: competition.version,
    kind: 'contract',
    details,
    draft: contractDraft(asked),
    waitSeconds: waitSecondsOf(ctx, asked),
    reason: `a person is asked how ${competition.slug} is judged`,
    request: null,
    actor: ctx.actor,
  });
  ctx.log.info(
    { competition: competition.slug, confidence: competition.details.confidence },
    'a person is asked about the contract',
  );
  return met !== null;
}

function waitSecondsOf({ policy }: Pick<Context, 'policy'>, { isAnswerNeeded }: ContractAsked): number {
  return slaSecondsOf(isAnswerNeeded ? 'gate' : 'metric', policy);
}

/**
 * A stage ended because the metric could not be read: a person who can be asked says it, and the work goes on.
 * @returns false for any other failure, and where nobody can be asked
 */
export async function waitForContract(
  ctx: AskContext,
  competition: Competition,
  failure: StageFailure,
): Promise<boolean> {
  if (!mendable.has(failure.code) || !ctx.canBeAsked()) return false;
  const evidence = [failure.message];
  return await ask(ctx, competition, { ...askedOf(competition), evidence }, { code: failure.code });
}

/** The answer is kept with the competition, and what waited for it goes on; another metric or target is read anew. */
export async function answerContract(
  ctx: Context,
  { gate, decision, competition }: { gate: Gate; decision: Decision; competition: Competition },
): Promise<void> {
  const { option, note } = decision;
  const before = competition.details.contract?.told ?? null;
  if (option === 'skip') {
    const reason = `nobody said how ${competition.slug} is judged`;
    return await turnBack(ctx, gate, competition.slug, reason);
  }
  if (option === 'ok') {
    return await settle(ctx, { gate, competition, told: before, isReadAnew: false });
  }
  const metric = metricOfOption(option ?? '', metricNames);
  const told = metric === null ? readToldContract(note ?? '', before) : toldMetric(before, metric);
  if (told !== null) return await settle(ctx, { gate, competition, told, isReadAnew: true });
  const asked = { ...askedOf(competition), unclearNote: note ?? '' };
  await askAtGateAgain(ctx.state, {
    id: gate.id,
    draft: contractDraft(asked),
    waitSeconds: waitSecondsOf(ctx, asked),
    actor: ctx.actor,
  });
}

/** What was said of another metric is said of that one. */
function toldMetric(before: ToldContract | null, metric: MetricName): ToldContract {
  const { targetColumns } = before ?? {};
  return { metric, ...(targetColumns === undefined ? {} : { targetColumns }) };
}

async function settle(
  ctx: Context,
  answer: { gate: Gate; competition: Competition; told: ToldContract | null; isReadAnew: boolean },
): Promise<void> {
  const { gate, competition, told, isReadAnew } = answer;
  const contract = competition.details.contract ?? { isMetricGuessed: false, alternatives: [] };
  await passGate(ctx.state, {
    id: gate.id,
    option: 'ok',
    reason: isReadAnew ? 'a person said how it is judged' : 'how it is judged is confirmed',
    details: { contract: { ...contract, told, isSettled: true } },
    isReadAnew,
    maxActive: ctx.policy.maxActiveCompetitions,
    actor: ctx.actor,
  });
  ctx.log.info({ competition: competition.slug, told }, 'the contract is settled');
}
