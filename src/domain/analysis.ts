import type { Agreement } from './agreement.ts';
import type { DecisionDraft } from './decision.ts';
import type { MetricName } from './metrics/catalog.ts';
import { formatScore } from './metrics/score.ts';

export type AnalysisSituation = {
  slug: string;
  metric: MetricName;
  round: number;
  maxRounds: number;
  /** The competition's own time limit leaves no room for another round. */
  isOutOfTime: boolean;
  /** The competition itself ends before another round could be handed in. */
  endsSoon?: boolean;
  /** How far cross-validation and leaderboard put the submissions into the same order. */
  agreement?: Agreement;
  /** Per round, how its best compares with the best before it. */
  verdicts: readonly ('first' | 'better' | 'tie' | 'worse' | 'nothing')[];
  cv: number | null;
  /** Standard deviation between folds. */
  cvSd: number | null;
  publicScore: number | null;
  /** Kinds of questions that were answered for this competition already. */
  answered: readonly string[];
  /** Share of the competition's money that is spent or reserved, 0 to 1; null without a cap. */
  spentShare: number | null;
};

export type AnalysisOutcome =
  | { event: 'success' | 'next_round'; reason: string }
  | { event: 'uncertainty_high'; reason: string; draft: DecisionDraft };

/** Between folds scores scatter about as much as on a test part of their size; far beyond that is no noise. */
const gapInSd = 4;
const gapFloor = 0.05;
const plateauRounds = 2;
const nearlySpent = 0.85;

const approachOptions: DecisionDraft['options'] = [
  {
    id: 'retry_different_approach',
    label: 'Different approach',
    consequence: 'Research looks for something else and a new round begins.',
    costUsd: 0,
  },
  {
    id: 'adjust_parameters',
    label: 'Train more',
    consequence: 'The best approach is trained again with other seeds and submitted.',
    costUsd: 0,
    wantsText: true,
  },
  {
    id: 'skip_competition',
    label: 'Stop here',
    consequence: 'No further round; the submissions made so far stand.',
    costUsd: 0,
    isFinal: true,
  },
];

/** Where nothing gets better, an idea of a person is worth the most: it goes to the next research. */
const ideaOptions: DecisionDraft['options'] = approachOptions.map((option) =>
  option.id === 'retry_different_approach'
    ? {
        ...option,
        consequence: 'Write what to try, or nothing: research takes it up, and a new round begins.',
        wantsText: true,
      }
    : option,
);

function hasPlateau(verdicts: AnalysisSituation['verdicts']): boolean {
  const last = verdicts.slice(-plateauRounds);
  return (
    last.length === plateauRounds &&
    last.every((verdict) => verdict === 'tie' || verdict === 'worse' || verdict === 'nothing')
  );
}

function gapOf({ cv, cvSd, publicScore }: AnalysisSituation): number | null {
  if (cv === null || cvSd === null || publicScore === null) return null;
  const gap = Math.abs(publicScore - cv);
  const isLarge = gap > gapInSd * cvSd && gap > gapFloor * Math.abs(cv);
  return isLarge ? gap : null;
}

function ask(
  kind: DecisionDraft['kind'],
  question: string,
  context: string,
  defaultOption: string,
  options: DecisionDraft['options'] = approachOptions,
): AnalysisOutcome {
  const draft: DecisionDraft = {
    kind,
    blocking: true,
    question,
    context,
    options,
    defaultOption,
  };
  return { event: 'uncertainty_high', reason: question, draft };
}

/** Asked before more is spent on what may be measured wrongly. By default cross-validation is trusted. */
function disagreementOf({ slug, agreement }: AnalysisSituation): AnalysisOutcome | null {
  if (agreement?.verdict !== 'disagree') return null;
  const question = `Cross-validation and leaderboard put our submissions for ${slug} into different orders. Which should I trust?`;
  const draft: DecisionDraft = {
    kind: 'agreement',
    blocking: true,
    question,
    context: `Over ${agreement.pairs} submissions their rank correlation is ${(agreement.spearman ?? 0).toFixed(2)}; below 0.30 one of them misleads. The public board shows only a part of the test rows; the validation may not resemble the test. Nothing is spent while this is open.`,
    options: [
      {
        id: 'skip_competition',
        label: 'Trust CV, stop here',
        consequence:
          'Nothing more is spent; the submissions stand, and the final ones follow cross-validation.',
        isFinal: true,
      },
      {
        id: 'retry_different_approach',
        label: 'Trust the leaderboard',
        consequence: 'A new round looks for something else; one of the final ones is the best public one.',
      },
    ],
    defaultOption: 'skip_competition',
  };
  return { event: 'uncertainty_high', reason: question, draft };
}

/** What follows from a round's score, by rule: finish, go on, or ask a person (each kind of question once). */
export function analyse(situation: AnalysisSituation): AnalysisOutcome {
  const { slug, round, maxRounds, isOutOfTime, verdicts, answered, spentShare, cv, publicScore } = situation;
  if (round >= maxRounds)
    return {
      event: 'success',
      reason: maxRounds === 1 ? 'its one round is done' : `all ${maxRounds} rounds are done`,
    };
  if (isOutOfTime) return { event: 'success', reason: 'the time limit leaves no room for another round' };
  if (situation.endsSoon === true)
    return { event: 'success', reason: 'the competition ends before another round could be handed in' };
  const disagreement = disagreementOf(situation);
  if (disagreement !== null && !answered.includes('agreement')) return disagreement;
  if (gapOf(situation) !== null && !answered.includes('uncertainty')) {
    return ask(
      'uncertainty',
      `Cross-validation and leaderboard disagree for ${slug}. How should I go on?`,
      `Cross-validated ${formatScore(cv ?? 0)}, leaderboard ${formatScore(publicScore ?? 0)}: more than chance between folds explains. The validation may not resemble the test.`,
      'retry_different_approach',
    );
  }
  if (spentShare !== null && spentShare >= nearlySpent && !answered.includes('budget')) {
    return ask(
      'budget',
      `${Math.round(spentShare * 100)} % of the budget for ${slug} is used. Go on?`,
      'Another round may reach the cap; nothing is spent beyond it either way.',
      'skip_competition',
    );
  }
  if (hasPlateau(verdicts) && !answered.includes('stagnation')) {
    return ask(
      'stagnation',
      `The last ${plateauRounds} rounds of ${slug} brought nothing better. What next?`,
      `Best cross-validated score ${formatScore(cv ?? 0)}; ${maxRounds - round === 1 ? '1 round is' : `${maxRounds - round} rounds are`} left.`,
      'retry_different_approach',
      ideaOptions,
    );
  }
  return {
    event: 'next_round',
    reason: `round ${round + 1} of ${maxRounds} begins with what round ${round} taught`,
  };
}
