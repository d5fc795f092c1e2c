import { type CardContent, cardContentSchema } from '../../../src/domain/card.ts';
import type { Chart } from '../../../src/domain/chart.ts';
import { competitionEvents, competitionStates } from '../../../src/domain/competition-machine.ts';
import { gpuContents, gpuMachines, noOffer } from './gpu-samples.ts';

export const now = new Date('2026-11-22T05:32:00Z');
const id = '0198c1f0-0000-7000-8000-00000001ja2q'.replace('ja2q', 'a2f0');
const mika = { type: 'slack', teamId: 'T1', userId: 'U1' } as const;
const hourMs = 3_600_000;
export const inHours = (hours: number) => new Date(now.getTime() + hours * hourMs);

export const scores: Extract<Chart, { kind: 'scores' }> = {
  kind: 'scores',
  slug: 'titanic',
  metric: 'accuracy',
  direction: 'maximize',
  points: [0.7703, 0.7751, 0.78468, 0.79186].map((value, index) => ({
    round: index + 1,
    at: inHours(index * 10 - 48),
    value,
  })),
  lines: [{ label: 'bronze', value: 0.7966 }],
};

export const costs: Extract<Chart, { kind: 'costs' }> = {
  kind: 'costs',
  slug: 'titanic',
  points: [0, 0.2, 0.71].map((usd, index) => ({ at: inHours(index - 3), usd })),
  capUsd: 20,
};

const best = {
  approach: 'LightGBM + target encoding',
  cv: 0.8012,
  score: 0.79186,
  previous: 0.78468,
  rank: 1204,
  entrants: 13880,
};

const result = { rank: 9, entrants: 13880, score: 0.78947, medal: 'gold', awardsMedals: true };

const accuracy = { name: 'accuracy', direction: 'maximize' };
const named = { slug: 'titanic', title: 'Titanic - Machine Learning from Disaster' };

const base: Record<CardContent['kind'], Record<string, unknown>> = {
  status: {
    ...named,
    state: 'training',
    resumeState: null,
    isQueued: false,
    round: 3,
    maxRounds: 6,
    metric: accuracy,
    best,
    deadline: new Date('2026-12-11T23:59:00Z'),
    submissionsToday: 2,
    submissionsPerDay: 10,
    stageSince: inHours(-1),
    progress: { done: 61, total: 100, label: 'fold 4 of 5' },
    activity: ['LightGBM + target encoding'],
    competitionUsd: 0.92,
    gpuTodayUsd: 0.71,
    gpuDayCapUsd: 3.6,
    failure: null,
    outcome: null,
    openDecisions: 0,
    chart: scores,
    startedBy: mika,
  },
  decision: {
    slug: 'house-prices',
    title: 'House Prices',
    decisionId: id,
    decisionKind: 'stagnation',
    question: 'What should I do next?',
    context: 'The last 4 experiments did not improve the score (best 0.12044, CV 0.1187).',
    facts: [{ label: 'Money left', value: '$1.31' }],
    chart: null,
    options: [
      {
        id: 'retry_different_approach',
        label: 'Different approach',
        consequence: 'CatBoost + stacking, about 3 h',
        costUsd: 0.45,
        isCostly: true,
      },
      {
        id: 'adjust_parameters',
        label: 'Tune',
        consequence: '300 trials, about 5 h',
        costUsd: 0.75,
        wantsText: true,
      },
      {
        id: 'skip_competition',
        label: 'Stop',
        consequence: 'Keeps 0.12044',
        costUsd: 0,
        isFinal: true,
      },
    ],
    defaultOption: 'retry_different_approach',
    askedAt: inHours(-1.5),
    deadline: inHours(2.5),
    status: 'open',
    option: null,
    note: null,
    decidedBy: null,
    decidedByName: null,
    decidedAt: null,
  },
  nudge: {
    step: 'reminder',
    decisionId: id,
    slug: 'house-prices',
    question: 'What should I do next?',
    deadline: inHours(2),
    defaultLabel: 'A · Different approach',
    isOver: false,
  },
  notice: {
    ...named,
    event: 'score_received',
    round: 3,
    toState: 'analyzing',
    reason: null,
    publicScore: 0.79186,
    cv: 0.8012,
    by: null,
  },
  round: {
    ...named,
    round: 3,
    metric: accuracy,
    seconds: 4320,
    costUsd: 0.17,
    approaches: [
      { name: 'LightGBM', cv: 0.8012, cvSd: 0.0123, publicScore: 0.79186, error: null },
      { name: 'CatBoost', cv: 0.799, cvSd: null, publicScore: null, error: null },
      { name: 'Neural net', cv: null, cvSd: null, publicScore: null, error: 'Out of memory' },
    ],
    best,
    next: 'Stacking of the two best.',
    charts: [scores, costs],
  },
  started: {
    ...named,
    metric: accuracy,
    deadline: new Date('2026-12-11T23:59:00Z'),
    entrants: 13880,
    maxRounds: 6,
    submissionsPerDay: 10,
    gpuDayCapUsd: 3.6,
    isQueued: false,
    by: mika,
  },
  new_best: { ...named, best, previousRank: 1291, costUsd: 2.14 },
  finished: {
    ...named,
    state: 'completed',
    metric: accuracy,
    best: { ...best, score: 0.79425, rank: 1020, isFinal: true },
    rounds: 6,
    submissions: 14,
    costUsd: 4.37,
    seconds: 75_600,
    outcome: 'all 6 rounds are done',
    chart: scores,
  },
  failed: {
    ...named,
    code: 'training.out_of_memory',
    message: '3 training attempts failed with "CUDA out of memory" on 24 GB.',
  },
  discovered: {
    day: '2026-11-22',
    competitions: [
      { slug: 'playground-s6e11', title: 'Playground S6E11', deadline: inHours(240), feasibility: 72.4 },
      { slug: 'spaceship', title: 'Spaceship Titanic', deadline: null, feasibility: null },
    ],
  },
  alert: {
    alertId: id,
    severity: 'warning',
    alertKind: 'configuration:gpu',
    code: 'salad.unauthorized',
    message: 'SaladCloud refuses the API key. Set SALAD_API_KEY anew.',
    count: 4,
    since: inHours(-1),
    clearedAt: null,
  },
  board: {
    lines: [
      {
        slug: 'house-prices',
        state: 'awaiting_decision',
        isQueued: false,
        round: 2,
        maxRounds: 4,
        progress: null,
        score: 0.12044,
        rank: 260,
        entrants: 4400,
        deadline: inHours(24 * 31),
        decisionUntil: inHours(2.5),
      },
      {
        slug: 'titanic',
        state: 'training',
        isQueued: false,
        round: 3,
        maxRounds: 6,
        progress: { done: 61, total: 100, label: '61' },
        score: 0.79186,
        rank: 1204,
        entrants: 13880,
        deadline: inHours(24 * 19.2),
        decisionUntil: null,
      },
      {
        slug: 'digit-recognizer',
        state: 'paused',
        isQueued: false,
        round: 1,
        maxRounds: 4,
        progress: null,
        score: null,
        rank: null,
        entrants: null,
        deadline: null,
        decisionUntil: null,
      },
    ],
    gpuTodayUsd: 1.84,
    gpuDayCapUsd: 3.6,
  },
  digest: {
    day: '2026-11-24',
    decisions: [{ decisionId: id, slug: 'house-prices', question: 'What next?', deadline: inHours(7) }],
    moved: [
      {
        slug: 'titanic',
        state: 'training',
        isQueued: false,
        round: 3,
        maxRounds: 6,
        progress: null,
        score: 0.79186,
        rank: 1204,
        entrants: 13880,
        deadline: null,
        decisionUntil: null,
        previousScore: 0.78468,
        previousRank: 1291,
      },
    ],
    unmoved: [
      {
        slug: 'digit-recognizer',
        state: 'paused',
        isQueued: false,
        round: 1,
        maxRounds: 4,
        progress: null,
        score: null,
        rank: null,
        entrants: null,
        deadline: null,
        decisionUntil: null,
      },
    ],
    discovered: [{ slug: 'spaceship', title: 'Spaceship Titanic' }],
    gpuYesterdayUsd: 2.31,
    gpuDayCapUsd: 3.6,
    llmYesterdayUsd: 0.2,
    monthUsd: 18.2,
    alerts: [{ severity: 'warning', message: 'Kaggle did not answer for 10 minutes.', count: 3 }],
  },
};

/** A card's facts; takes only what the test is about. */
export function aContent<K extends CardContent['kind']>(
  kind: K,
  overrides: Record<string, unknown> = {},
): Extract<CardContent, { kind: K }> {
  const parsed = cardContentSchema.parse({ kind, ...base[kind], ...overrides });
  if (!isKind(parsed, kind)) throw new Error(`not a ${kind}`);
  return parsed;
}

function isKind<K extends CardContent['kind']>(
  content: CardContent,
  kind: K,
): content is Extract<CardContent, { kind: K }> {
  return content.kind === kind;
}

const decided = { status: 'decided', option: 'adjust_parameters', decidedAt: inHours(-1.4) };

/** Every kind in each of its states, by name. */
export function everyContent(): readonly (readonly [name: string, content: CardContent])[] {
  return [
    ...competitionStates.map((state) => [`status ${state}`, aContent('status', { state })] as const),
    [
      'status paused in training',
      aContent('status', { state: 'paused', resumeState: 'training', progress: null }),
    ],
    ['status queued', aContent('status', { state: 'discovered', isQueued: true, round: 0, best: null })],
    [
      'status bare',
      aContent('status', {
        ...{ metric: null, best: null, deadline: null, submissionsPerDay: null, stageSince: null },
        ...{ progress: null, activity: [], gpuDayCapUsd: null, chart: null, startedBy: null },
      }),
    ],
    [
      'status in need',
      aContent('status', {
        state: 'failed',
        openDecisions: 2,
        failure: { code: 'x.y', message: 'The disk is full.' },
      }),
    ],
    [
      'status with machines',
      aContent('status', { activity: ['boosting', 'net-deep', 'net-wide'], machines: gpuMachines }),
    ],
    [
      'status waiting',
      aContent('status', {
        activity: [],
        waiting: [{ approach: 'net-wide', since: inHours(-1), reason: noOffer }],
      }),
    ],
    ...gpuContents(),
    ['status ended', aContent('status', { state: 'completed', outcome: 'all rounds are done' })],
    ['decision open', aContent('decision')],
    ['decision decided', aContent('decision', { ...decided, decidedBy: mika, decidedByName: 'mika' })],
    [
      'decision decided elsewhere, with a note',
      aContent('decision', {
        ...decided,
        decidedBy: { type: 'discord', guildId: 'G', userId: 'D' },
        note: 'skip neural nets, we tried',
      }),
    ],
    ...(['console', 'command'] as const).map(
      (type) =>
        [
          `decision decided by ${type}`,
          aContent('decision', { ...decided, decidedBy: { type, user: 'root' } }),
        ] as const,
    ),
    [
      'decision decided by default',
      aContent('decision', { ...decided, decidedBy: { type: 'default', reason: 'nobody can answer' } }),
    ],
    [
      'decision expired',
      aContent('decision', {
        ...{ status: 'expired', option: 'retry_different_approach', decidedAt: inHours(2.5) },
        decidedBy: { type: 'default', reason: 'deadline' },
      }),
    ],
    ['decision withdrawn', aContent('decision', { status: 'withdrawn' })],
    ['nudge reminder', aContent('nudge')],
    ['nudge escalation', aContent('nudge', { step: 'escalation' })],
    ['nudge over', aContent('nudge', { isOver: true })],
    ...[...competitionEvents, 'something_new'].map(
      (event) => [`notice ${event}`, aContent('notice', { event, reason: 'as it is', by: mika })] as const,
    ),
    ['notice without a score', aContent('notice', { publicScore: null })],
    [
      'notice of a confirmed selection',
      aContent('notice', { event: 'selection_confirmed', names: ['boosting-deep (round 2, #7)'] }),
    ],
    [
      'notice of a missing selection',
      aContent('notice', {
        event: 'selection_missing',
        names: ['boosting-deep (round 2, #7)'],
        url: 'https://www.kaggle.com/competitions/titanic/submissions',
      }),
    ],
    ['notice of no selection', aContent('notice', { event: 'selection_missing', names: [] })],
    ['notice that all count', aContent('notice', { event: 'selection_all' })],
    ['notice of the result', aContent('notice', { event: 'final_result', result })],
    [
      'notice of a result without a place',
      aContent('notice', {
        event: 'final_result',
        result: { ...result, rank: null, entrants: null, medal: null, awardsMedals: false },
      }),
    ],
    ['status in a medal zone', aContent('status', { best: { ...best, rank: 9, medal: 'gold' } })],
    ['alert agreement', aContent('alert', { alertKind: 'agreement:titanic' })],
    ['alert search', aContent('alert', { alertKind: 'search:titanic' })],
    ['notice bare', aContent('notice', { event: 'unknown', toState: null, cv: null, publicScore: null })],
    ['round', aContent('round')],
    ['round bare', aContent('round', { best: null, next: null, approaches: [], charts: [] })],
    ['round without public score', aContent('round', { best: { ...best, score: null, previous: null } })],
    ['started', aContent('started')],
    ['started queued', aContent('started', { isQueued: true })],
    [
      'started bare',
      aContent('started', {
        ...{ metric: null, deadline: null, entrants: null, submissionsPerDay: null },
        ...{ gpuDayCapUsd: null, by: null, maxRounds: 1 },
      }),
    ],
    ['new_best', aContent('new_best')],
    ['new_best first', aContent('new_best', { best: { ...best, previous: null, rank: null } })],
    ['finished', aContent('finished')],
    [
      'finished stopped',
      aContent('finished', { state: 'abandoned', best: null, outcome: null, chart: null }),
    ],
    [
      'finished by its deadline',
      aContent('finished', {
        state: 'abandoned',
        outcome: 'the competition has ended: its deadline has passed',
      }),
    ],
    ['failed', aContent('failed')],
    ['discovered', aContent('discovered')],
    ...(['critical', 'warning', 'info'] as const).map(
      (severity) => [`alert ${severity}`, aContent('alert', { severity })] as const,
    ),
    ...[
      'process:worker',
      'configuration:chat-slack',
      'module:gpu',
      'service:kaggle',
      'odd-one',
      'process',
    ].map((alertKind) => [`alert ${alertKind}`, aContent('alert', { alertKind, count: 1 })] as const),
    ['alert cleared', aContent('alert', { clearedAt: now })],
    ['board', aContent('board')],
    ['board empty', aContent('board', { lines: [], gpuDayCapUsd: null })],
    ['digest', aContent('digest')],
    [
      'digest quiet',
      aContent('digest', {
        ...{ decisions: [], moved: [], unmoved: [], discovered: [], alerts: [], gpuDayCapUsd: null },
      }),
    ],
  ];
}
