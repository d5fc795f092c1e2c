import { describe, expect, test } from 'vitest';
import { type AnalysisSituation, analyse } from '../../src/domain/analysis.ts';
import { competitionAnswers } from '../../src/domain/decision.ts';
import { recover } from '../../src/domain/recovery.ts';

const calm: AnalysisSituation = {
  slug: 'titanic',
  metric: 'accuracy',
  round: 1,
  maxRounds: 3,
  isOutOfTime: false,
  verdicts: ['first'],
  cv: 0.8,
  cvSd: 0.01,
  publicScore: 0.79,
  answered: [],
  spentShare: null,
};

describe('after a round', () => {
  test('the next one begins while rounds are left', () => {
    expect(analyse(calm)).toMatchObject({
      event: 'next_round',
      reason: expect.stringContaining('round 2 of 3'),
    });
  });

  test.each([
    ['all rounds are done', { round: 3 }],
    ['more rounds are done than allowed now', { round: 4 }],
    ['there is no time', { isOutOfTime: true }],
    ['all rounds are done, whatever else is odd', { round: 3, publicScore: 0.1, spentShare: 1 }],
  ])('the competition ends well where %s', (_what, changes) => {
    expect(analyse({ ...calm, ...changes }).event).toBe('success');
  });

  test.each([
    ['far from chance', { publicScore: 0.7 }, 'uncertainty'],
    ['far above, too', { publicScore: 0.9 }, 'uncertainty'],
    ['nearly all money is spent', { spentShare: 0.85 }, 'budget'],
    ['two rounds brought nothing', { round: 2, verdicts: ['tie', 'worse'] as const }, 'stagnation'],
    ['two rounds did not even train', { round: 2, verdicts: ['nothing', 'nothing'] as const }, 'stagnation'],
  ])('a person is asked where the result is odd: %s', (_what, changes, kind) => {
    const outcome = analyse({ ...calm, ...changes });

    expect(outcome).toMatchObject({ event: 'uncertainty_high', draft: { kind, blocking: true } });
    if (outcome.event !== 'uncertainty_high') throw new Error('nobody is asked');
    const options = outcome.draft.options.map(({ id }) => id);
    expect(options).toEqual([...competitionAnswers]);
    expect(options).toContain(outcome.draft.defaultOption);
    // the same question a second time is none
    expect(analyse({ ...calm, ...changes, answered: [kind] }).event).toBe('next_round');
  });

  test.each([
    ['within what folds scatter', { publicScore: 0.765 }],
    ['beyond it, but small', { publicScore: 0.775, cvSd: 0.001 }],
    ['large, but no larger than the scatter', { publicScore: 0.7, cvSd: 0.05 }],
    ['unknown on one side', { publicScore: null }],
    ['unknown in its scatter', { publicScore: 0.1, cvSd: null }],
    ['without a cap of money', { spentShare: null }],
    ['with money left', { spentShare: 0.84 }],
    ['after one round that brought nothing', { round: 2, verdicts: ['first', 'tie'] as const }],
    [
      'where the last round was better',
      { round: 3, maxRounds: 9, verdicts: ['first', 'tie', 'better'] as const },
    ],
  ])('nobody is asked about a gap %s', (_what, changes) => {
    expect(analyse({ ...calm, ...changes }).event).toBe('next_round');
  });
});

describe('where cross-validation and leaderboard order the submissions differently', () => {
  const agreement = { pairs: 6, spearman: 0.1, verdict: 'disagree' } as const;

  test('a person is asked which to trust, once, and by default nothing more is spent', () => {
    const outcome = analyse({ ...calm, agreement });

    expect(outcome).toMatchObject({
      event: 'uncertainty_high',
      draft: { kind: 'agreement', blocking: true, defaultOption: 'skip_competition' },
    });
    if (outcome.event !== 'uncertainty_high') throw new Error('nobody is asked');
    for (const { id } of outcome.draft.options) expect(competitionAnswers).toContain(id);
    expect(analyse({ ...calm, agreement, answered: ['agreement'] }).event).toBe('next_round');
  });

  test.each(['agree', 'unclear', 'unknown'] as const)('nobody is asked where they %s', (verdict) => {
    expect(analyse({ ...calm, agreement: { ...agreement, verdict } }).event).toBe('next_round');
  });
});

test('a competition that ends too soon for another round ends well', () => {
  expect(analyse({ ...calm, endsSoon: true })).toMatchObject({
    event: 'success',
    reason: 'the competition ends before another round could be handed in',
  });
});

describe('after a failure', () => {
  const failure = (
    code: string,
    kind: 'transient' | 'configuration' | 'business' | 'system' = 'business',
  ) => ({
    kind,
    code,
    message: 'It went wrong.',
  });

  test.each([
    ['kaggle.deadline_passed', 'business', 0, 'abort'],
    ['kaggle.unknown_competition', 'business', 0, 'abort'],
    ['kaggle.submissions_disabled', 'business', 0, 'abort'],
    ['kaggle.entry_closed', 'business', 0, 'abort'],
    ['kaggle.rules_not_accepted', 'business', 0, 'manual_intervention_required'],
    ['kaggle.unauthorized', 'configuration', 0, 'manual_intervention_required'],
    ['csv.malformed', 'business', 0, 'manual_intervention_required'],
    ['data.no_rows', 'business', 0, 'manual_intervention_required'],
    ['problem.target_missing', 'business', 0, 'manual_intervention_required'],
    ['folds.too_few_rows', 'business', 0, 'manual_intervention_required'],
    ['submission.row_count', 'business', 0, 'manual_intervention_required'],
    ['kaggle.submission_refused', 'business', 0, 'manual_intervention_required'],
    ['training.nothing_succeeded', 'business', 0, 'auto_retry'],
    ['training.nothing_succeeded', 'business', 1, 'auto_retry'],
    ['training.nothing_succeeded', 'business', 2, 'manual_intervention_required'],
    ['codegen.nothing_ready', 'business', 0, 'auto_retry'],
    ['stage.sla_exceeded', 'transient', 0, 'auto_retry'],
    ['unexpected', 'system', 0, 'auto_retry'],
    ['unexpected', 'system', 2, 'manual_intervention_required'],
  ] as const)('%s (%s) after %i retries: %s', (code, kind, retries, event) => {
    expect(recover(failure(code, kind), retries, 2)).toEqual({ event, reason: 'It went wrong.' });
  });
});
