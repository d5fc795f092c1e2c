import type { CardContent, ContentOf } from '../../src/domain/card.ts';
import type { OutgoingCard } from '../../src/domain/chat.ts';
import { somePreferences } from './preferences.ts';

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

/** One with something in every place. */
export function aFullStatus(options: Partial<ContentOf<'status'>> = {}): ContentOf<'status'> {
  return aStatus({
    round: 3,
    maxRounds: 6,
    best: {
      approach: 'lightgbm',
      cv: 0.8012,
      score: 0.79186,
      previous: 0.78468,
      rank: 1204,
      entrants: 13_880,
    },
    deadline: new Date('2026-12-12T23:59:00Z'),
    submissionsToday: 2,
    stageSince: new Date('2026-11-22T12:00:00Z'),
    progress: { done: 61, total: 100, label: 'fold 4 of 5' },
    activity: ['LightGBM + target encoding'],
    competitionUsd: 0.55,
    gpuTodayUsd: 0.71,
    gpuDayCapUsd: 3.6,
    ...options,
  });
}

/** Public scores of two rounds. */
export const someScores = {
  kind: 'scores' as const,
  slug: 'titanic',
  metric: 'accuracy',
  direction: 'maximize' as const,
  points: [
    { round: 1, at: new Date('2026-11-20T10:00:00Z'), value: 0.7703 },
    { round: 2, at: new Date('2026-11-22T10:00:00Z'), value: 0.79186 },
  ],
  lines: [{ label: 'bronze', value: 0.7966 }],
};

type Option = ContentOf<'decision'>['options'][number];

export function anOption(option: Pick<Option, 'id' | 'label' | 'consequence' | 'costUsd'>): Option {
  return { isCostly: false, isFinal: false, wantsText: false, ...option };
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

/** A card as its chat gets it for the first time. */
export function anOutgoingCard(content: CardContent, options: Partial<OutgoingCard> = {}): OutgoingCard {
  return {
    id: '018f3c2e-9f1b-7c3d-8e4f-a1b2c3d4e5f6',
    rev: 1,
    content,
    surface: 'home',
    previous: null,
    mayBePosted: false,
    parent: null,
    mention: 'nobody',
    isPinned: false,
    preferences: somePreferences,
    ...options,
  };
}
