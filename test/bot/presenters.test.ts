import { expect, test } from 'vitest';
import { commandDefinitions, verbs } from '../../src/bot/commands.ts';
import { presentCard } from '../../src/bot/presenters/card.ts';
import {
  findOption,
  presentDecided,
  presentDecision,
  presentDecisions,
} from '../../src/bot/presenters/decision.ts';
import { presentFailure } from '../../src/bot/presenters/failure.ts';
import { bar, duration, money } from '../../src/bot/presenters/format.ts';
import { presentCommandHelp, presentHelp } from '../../src/bot/presenters/help.ts';
import { presentStart } from '../../src/bot/presenters/moves.ts';
import { presentList, presentStatus } from '../../src/bot/presenters/overview.ts';
import { presentBudget, presentLeaderboard, presentLogs } from '../../src/bot/presenters/readings.ts';
import { BusinessFailure, TransientFailure } from '../../src/domain/errors.ts';
import { aDecision, anOverview, now } from '../support/overviews.ts';

const place = { now, timeZone: 'UTC' };

test('help names every command with its summary in lines of at most 100 characters', () => {
  const help = presentHelp();

  for (const verb of verbs) expect(help).toMatch(new RegExp(`^  ${verb}\\b`, 'm'));
  for (const verb of verbs) expect(help).toContain(commandDefinitions[verb].summary);
  expect(Math.max(...help.split('\n').map((line) => line.length))).toBeLessThanOrEqual(100);
  expect(presentCommandHelp('start')).toContain('/kaggle start titanic rounds=3');
});

test('status says state, round, best, progress, cost and where the artifacts lie', () => {
  const text = presentStatus(
    anOverview({
      approaches: [
        {
          round: 1,
          name: 'boosting',
          title: 'Gradient boosting',
          family: 'boosting',
          status: 'trained',
          cv: 0.8012,
          cvSd: 0.0041,
          estimate: 0.8,
          error: null,
        },
        {
          round: 1,
          name: 'linear',
          title: 'Logistic',
          family: 'linear',
          status: 'failed',
          cv: null,
          cvSd: null,
          estimate: null,
          error: 'the script took too long',
        },
      ],
      best: { approach: 'boosting', cv: 0.8012, submission: 'sub_01', score: 0.79186, rank: 3, entrants: 12 },
    }),
    place,
  );

  expect(text.split('\n')).toEqual([
    `${'titanic · training'.padEnd(68)}round 1 of 2`,
    'Titanic - Machine Learning from Disaster · accuracy, higher is better',
    'Best 0.79186 · CV 0.80120 · boosting · rank 3 of 12',
    'Now: training  █████████████░░░░░░░  66 %  2 of 3, 35 s so far',
    'Approaches (round, name)',
    '  1  boosting  trained  CV 0.80120 ± 0.0041  Gradient boosting',
    '  1  linear    failed                        the script took too long',
    'Cost $0.00 · running for 2 min · artifacts in data/competitions/titanic',
  ]);
});

test('a paused competition says where it goes on', () => {
  const text = presentStatus(anOverview({ state: 'paused', resumeState: 'training', stage: null }), place);

  expect(text).toContain('Now: paused, goes on with training');
});

test('the list puts who needs a person first and what has ended last', () => {
  const text = presentList([
    anOverview({ slug: 'done', state: 'completed' }),
    anOverview({ slug: 'working' }),
    anOverview({ slug: 'asking', state: 'awaiting_decision', decisions: [aDecision({ slug: 'asking' })] }),
  ]);

  const slugs = text
    .split('\n')
    .slice(1)
    .map((line) => line.trim().split(' ')[0]);
  expect(slugs).toEqual(['asking', 'working', 'done']);
  expect(text).toContain('3 competitions · 2 running');
  expect(presentList([])).toContain('/kaggle start <slug>');
});

test('an open decision shows options, cost, default and deadline', () => {
  const text = presentDecision(aDecision(), place);

  expect(text).toContain('answers until 18:00 UTC (3 h 30 min)');
  expect(text).toContain('A  Try a different approach  another round · about $0.45');
  expect(text).toContain('B  Stop here                 no further cost  <- default');
  expect(text).toContain('If nobody answers: B · Stop here at 18:00 UTC.');
  expect(text).toContain('/kaggle decide dc_01JA2Q A');
});

test('a closed decision says how it ended', () => {
  const decided = aDecision({
    status: 'decided',
    option: 'skip_competition',
    decidedBy: 'mika',
    note: 'enough',
  });

  expect(presentDecision(decided, place)).toBe('Decided · titanic\nB · Stop here — by mika\nNote: "enough"');
  expect(presentDecision({ ...decided, status: 'expired' }, place)).toContain(
    'so I did B · Stop here (the default)',
  );
  expect(presentDecided({ outcome: 'closed', decision: decided })).toBe(
    'Already decided by mika: B · Stop here. Nothing changed.',
  );
  expect(presentDecisions([], place)).toContain('No decision is open');
});

test.each(['A', 'a', '1', 'retry_different_approach', 'try a different approach'])(
  '"%s" means the first option',
  (typed) => {
    expect(findOption(aDecision(), typed)).toBe('retry_different_approach');
  },
);

test.each(['C', '3', '0', 'nothing', ''])('"%s" means no option', (typed) => {
  expect(findOption(aDecision(), typed)).toBeNull();
});

test('start tells the plan and the feasibility with its reasons', () => {
  const text = presentStart({
    competition: anOverview(),
    outcome: 'started',
    feasibility: { score: 72, parts: [{ name: 'data', value: 0.9, reason: 'small and tabular' }] },
  });

  expect(text).toContain('Started titanic.');
  expect(text).toContain('at most 2 rounds');
  expect(text).toContain('Feasibility 72 of 100');
  expect(text).toContain('data  0.90  small and tabular');
});

test('the leaderboard shows the best, our rank and how it moved', () => {
  const reading = {
    takenAt: now,
    entrants: 4,
    rank: 2,
    score: 0.79,
    top: [{ name: 'gradient boosting', score: 0.8 }],
  };
  const text = presentLeaderboard(
    'titanic',
    { snapshots: [reading, { ...reading, rank: 3, score: 0.77 }] },
    place,
  );

  expect(text).toContain('     1  gradient boosting  0.80000');
  expect(text).toContain('We: rank 2 of 4, 0.79000  ▲ 1 since the reading before');
  expect(text).toContain('Our score: ▁▇  0.77000 → 0.79000');
});

test('logs show attempt, outcome and why a step failed', () => {
  const text = presentLogs(
    'titanic',
    {
      runs: [
        {
          job: 'gpu.train',
          item: 'boosting',
          attempt: 2,
          status: 'failed',
          startedAt: now,
          endedAt: new Date(now.getTime() + 4_000),
          outcome: null,
          errorClass: 'business',
          errorCode: 'training.script_failed',
          errorMessage: 'The script ended with an error.',
        },
      ],
    },
    place,
  );

  expect(text).toContain(
    '14:30 UTC  gpu.train  boosting  attempt 2  failed  4.0 s  business training.script_failed: The script ended with an error.',
  );
});

test('the budget shows what was spent against the caps', () => {
  const text = presentBudget(null, {
    caps: { gpu_day: 3.6, llm_day: 5, fleet_hour: 0.15 },
    gpuTodayUsd: 0.71,
    llmTodayUsd: 0.001,
    competitionUsd: 0,
  });

  expect(text).toMatch(/\$0\.71 of \$3\.60 +███░{17} {2}19 %/);
  expect(text).toContain('less than $0.01 of $5.00');
  expect(text).toContain('at most $0.15 an hour');
});

test('a failure says what and what next, and never shows a stack', () => {
  const unknown = new BusinessFailure('There is no competition "titanc" at Kaggle.', {
    code: 'kaggle.unknown_competition',
    details: { nearest: ['titanic'] },
  });
  const away = new TransientFailure('Kaggle does not answer.', { code: 'kaggle.busy' });

  expect(presentFailure(unknown, 'agent.log')).toBe(
    'There is no competition "titanc" at Kaggle.\n  Did you mean titanic?\n  (kaggle.unknown_competition)',
  );
  expect(presentFailure(away, 'agent.log')).toContain('tried again by itself');
  const broken = presentFailure(
    new TypeError("Cannot read properties of undefined (reading 'x')"),
    'agent.log',
  );
  expect(broken).toContain('Something broke on our side.');
  expect(broken).toContain('agent.log');
  expect(broken).not.toMatch(/TypeError|undefined|\bat /);
});

test('a card is its title, its words and its facts', () => {
  const text = presentCard({
    kind: 'notice',
    title: 'titanic: new best',
    summary: 'titanic: new best 0.79186',
    body: '',
    facts: [{ label: 'rank', value: '3 of 12' }],
    decisionId: null,
  });

  expect(text).toBe('titanic: new best\ntitanic: new best 0.79186\n  rank  3 of 12');
});

test('bars round down, money and durations read well', () => {
  expect(bar({ done: 999, total: 1000 })).toBe('███████████████████░  99 %');
  expect(bar({ done: 0, total: 0 })).toBe('░░░░░░░░░░░░░░░░░░░░   0 %');
  expect([0, 0.001, 0.714].map(money)).toEqual(['$0.00', 'less than $0.01', '$0.71']);
  expect([400, 35_000, 720_000, 4_320_000, 273_600_000].map(duration)).toEqual([
    '0.4 s',
    '35 s',
    '12 min',
    '1 h 12 min',
    '3 d 4 h',
  ]);
});
