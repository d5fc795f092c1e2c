import type { ContentOf } from '../../src/domain/card.ts';

const best = { approach: 'boosting', cv: 0.8, score: 0.79, previous: null, rank: 3, entrants: 10 };

export function aNotice(options: Partial<ContentOf<'notice'>> = {}): ContentOf<'notice'> {
  return {
    kind: 'notice',
    event: 'paused',
    slug: 'titanic',
    title: 'Titanic',
    round: 1,
    toState: null,
    reason: null,
    publicScore: null,
    cv: null,
    by: null,
    ...options,
  };
}

export function aStatus(options: Partial<ContentOf<'status'>> = {}): ContentOf<'status'> {
  return {
    kind: 'status',
    slug: 'titanic',
    title: 'Titanic',
    state: 'training',
    resumeState: null,
    isQueued: false,
    round: 1,
    maxRounds: 2,
    metric: { name: 'accuracy', direction: 'maximize' },
    best,
    deadline: null,
    submissionsToday: 0,
    submissionsPerDay: 10,
    stageSince: null,
    progress: { done: 0, total: 100, label: '0 of 2 runs' },
    activity: [],
    competitionUsd: 0,
    gpuTodayUsd: 0,
    gpuDayCapUsd: null,
    failure: null,
    outcome: null,
    openDecisions: 0,
    chart: null,
    startedBy: null,
    ...options,
  };
}

export function aDecisionCard(options: Partial<ContentOf<'decision'>> = {}): ContentOf<'decision'> {
  return {
    kind: 'decision',
    decisionId: '00000000-0000-4000-8000-000000000001',
    slug: 'titanic',
    title: 'Titanic',
    decisionKind: 'stagnation',
    question: 'What next?',
    context: '',
    facts: [],
    chart: null,
    options: [],
    defaultOption: 'skip_competition',
    askedAt: new Date('2026-11-22T10:00:00Z'),
    deadline: new Date('2026-11-22T14:00:00Z'),
    status: 'open',
    option: null,
    note: null,
    decidedBy: null,
    decidedByName: null,
    decidedAt: null,
    ...options,
  };
}

export function anAlertCard(options: Partial<ContentOf<'alert'>> = {}): ContentOf<'alert'> {
  return {
    kind: 'alert',
    alertId: '00000000-0000-4000-8000-000000000002',
    severity: 'warning',
    alertKind: 'configuration:gpu',
    code: 'gpu.key',
    message: 'A key is wrong.',
    count: 1,
    since: new Date('2026-11-22T10:00:00Z'),
    clearedAt: null,
    ...options,
  };
}
