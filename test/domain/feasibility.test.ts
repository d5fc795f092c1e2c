import { expect, test } from 'vitest';
import { assessFeasibility, type FeasibilityInput, parsePrizeUsd } from '../../src/domain/feasibility.ts';

const GB = 1e9;

const playground: FeasibilityInput = {
  hoursLeft: 480,
  runHours: 12,
  dataBytes: 0.3 * GB,
  modality: 'tabular',
  isKernelsOnly: false,
  hasNotebookPath: false,
  metric: 'exact',
  budgetUsd: 40,
  estimatedCostUsd: 20,
  awardsPoints: false,
  complexity: 'low',
  teams: 2500,
  prizeUsd: 0,
};
const featured: FeasibilityInput = {
  ...playground,
  hoursLeft: 720,
  runHours: 24,
  dataBytes: 5 * GB,
  budgetUsd: 100,
  estimatedCostUsd: 60,
  awardsPoints: true,
  complexity: 'medium',
  teams: 1800,
  prizeUsd: 50_000,
};
const images: FeasibilityInput = {
  ...featured,
  hoursLeft: 240,
  dataBytes: 60 * GB,
  modality: 'image',
  isKernelsOnly: true,
  hasNotebookPath: true,
  metric: 'approximated',
  estimatedCostUsd: 120,
  complexity: 'high',
  teams: 600,
  prizeUsd: 25_000,
};
const late: FeasibilityInput = { ...playground, hoursLeft: 20, awardsPoints: true, teams: 900 };
const simulation: FeasibilityInput = {
  ...images,
  hoursLeft: 720,
  dataBytes: GB,
  modality: 'simulation',
  metric: 'unknown',
  estimatedCostUsd: 200,
  teams: 400,
  prizeUsd: 100_000,
};

test.each([
  ['A playground table', playground, { time: 1, data: 1, budget: 1 }, 100.0, 0, 22.5],
  ['B featured table', featured, { time: 1, data: 0.9, budget: 1 }, 99.0, 0.175, 56.9],
  ['C images in notebooks', images, { time: 1, data: 0.4, budget: 0.833 }, 70.9, 0.097, 37.2],
  [
    'D the same without notebooks',
    { ...images, hasNotebookPath: false },
    { data: 0.4, budget: 0.833 },
    0,
    0.097,
    0,
  ],
  ['E a table with 20 hours left', late, { time: 0.133, data: 1, budget: 1 }, 66.8, 0.042, 21.5],
  ['F a simulation', simulation, { time: 1, data: 1, budget: 0.5 }, 38.1, 0.112, 21.2],
])(
  '%s has the score, medal chance and priority worked out beforehand',
  (_, input, factors, score, medal, priority) => {
    const result = assessFeasibility(input);

    for (const [name, value] of Object.entries(factors)) {
      expect(result.parts.find((part) => part.name === name)?.value, name).toBeCloseTo(value, 3);
    }
    expect(result.score).toBeCloseTo(score, 1);
    expect(result.medal).toBeCloseTo(medal, 3);
    expect(result.priority).toBeCloseTo(priority, 1);
  },
);

test.each([
  [{ submissionsDisabled: true }, 'submissions_disabled'],
  [{ hoursLeft: 11.9 }, 'deadline_near'],
  [{ newEntrantDeadlinePassed: true }, 'entry_closed'],
  [{ isKernelsOnly: true }, 'notebooks_only'],
  [{ diskLimitBytes: 1000 }, 'data_too_large'],
  [{ estimatedCostUsd: 161 }, 'too_expensive'],
  [{ isJudged: true }, 'judged'],
  [{ rulesDeclined: true }, 'rules_declined'],
])('%j closes the gate %s', (change, code) => {
  const result = assessFeasibility({ ...playground, ...change });

  expect(result).toMatchObject({ score: 0, priority: 0, colour: 'red' });
  expect(result.gates.map((gate) => gate.code)).toEqual([code]);
});

test('a competition that was entered in time stays open, and one without deadline or cost has no doubt about either', () => {
  expect(
    assessFeasibility({ ...playground, newEntrantDeadlinePassed: true, hasEntered: true }).gates,
  ).toEqual([]);
  expect(assessFeasibility({ ...playground, hoursLeft: null, budgetUsd: 0, estimatedCostUsd: 0 }).score).toBe(
    100,
  );
});

test('colours tell green, amber and red apart', () => {
  const colours = [1, 0.2, 0.1].map(
    (time) => assessFeasibility({ ...playground, modality: 'image', overrides: { time } }).colour,
  );

  expect(colours).toEqual(['green', 'amber', 'amber']);
  expect(assessFeasibility(simulation).colour).toBe('red');
});

test('a factor set by a person replaces ours and says so', () => {
  const result = assessFeasibility({ ...simulation, overrides: { modality: 1 } });

  expect(result.parts.find((part) => part.name === 'modality')).toMatchObject({
    value: 1,
    reason: 'Set by a person.',
  });
  expect(result.score).toBeGreaterThan(assessFeasibility(simulation).score);
});

test('a field that still grows and a first public score both move the chance of a medal', () => {
  const early = assessFeasibility({ ...featured, teams: 200, elapsedDays: 10, totalDays: 100 });
  const settled = assessFeasibility({ ...featured, teams: 200 });

  expect(early.medal).toBeLessThan(settled.medal);
  expect(assessFeasibility({ ...featured, beatenShare: 0.99 }).medal).toBeGreaterThan(0.4);
  expect(assessFeasibility({ ...featured, beatenShare: 0.2 }).medal).toBeLessThan(0.1);
});

test.each([
  ['$50,000', 50_000],
  ['25,000 Usd', 25_000],
  ['USD 1,000,000', 1_000_000],
  ['$500', 500],
  ['10.000 EUR', 10_000],
  ['Knowledge', 0],
  ['Kudos', 0],
  ['', 0],
])('the reward %j is read as $%i', (reward, usd) => {
  expect(parsePrizeUsd(reward)).toBe(usd);
});
