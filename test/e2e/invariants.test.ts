import { expect, test } from 'vitest';
import type { AccountEvent } from '../../src/arena/account-events.ts';
import { type EventRow, type History, type TransitionRow, violationsOf } from './invariants.ts';

const competitionId = '0198c1f0-0000-4000-8000-000000000001';
const at = new Date('2026-11-22T10:00:00Z');

/** A small history in which everything is as it must be: one move, one submission, one machine, one decision. */
function aHistory(changes: Partial<History> = {}): History {
  return {
    events: [
      anEvent({ id: 1, type: 'research_started', payload: { version: 1, toState: 'researching' } }),
      anEvent({ id: 2, type: 'human_decision_made', payload: { decisionId: 'd1' } }),
      anEvent({ id: 3, type: 'research_planned', payload: { items: ['q1', 'q2'] } }),
    ],
    stageRuns: [
      aRun(1, 'research.plan'),
      aRun(2, 'human.present'),
      aRun(2, 'discovery.answer'),
      aRun(2, 'discovery.gate'),
      aRun(2, 'submission.select'),
      aRun(2, 'human.models'),
      aRun(2, 'research.learn'),
      aRun(3, 'research.query', { item: 'q1' }),
      aRun(3, 'research.query', { item: 'q2', status: 'dead' }),
      aRun(3, 'research.rank'),
      aRun(1, 'human.status'),
      aRun(2, 'human.status'),
    ],
    transitions: [aMove({ version: 1 })],
    submissions: [
      { competitionId, key: 'ka-1', sha256: 'aa', objectKey: 'sub.csv', status: 'scored', vendorRef: '7' },
    ],
    ledger: [
      { id: 1, key: 'gpu-1', entry: 'reserve', microUsd: 5 },
      { id: 2, key: 'gpu-1', entry: 'settle', microUsd: 3 },
    ],
    decisions: [{ id: 'd1', status: 'decided', option: 'a', offered: ['a', 'b'] }],
    namedObjects: [{ row: 'ka-1', key: 'sub.csv', sha256: 'aa', sizeBytes: 10 }],
    objects: new Map([['sub.csv', { sha256: 'aa', sizeBytes: 10 }]]),
    journal: [aCreation(7, 'ka-1')],
    uploads: new Map([['u7', 'aa']]),
    ...changes,
  };
}

function anEvent(fields: Pick<EventRow, 'id' | 'type'> & Partial<EventRow>): EventRow {
  return { competitionId, payload: {}, delivery: 0, isDispatched: true, ...fields };
}

function aRun(
  eventId: number,
  job: string,
  fields: { item?: string; status?: string; delivery?: number } = {},
) {
  return { eventId, delivery: 0, job, item: '', status: 'done', ...fields };
}

function aMove(fields: Partial<TransitionRow>): TransitionRow {
  const usual = { from: 'discovered', event: 'research_started', to: 'researching', refused: false };
  return { competitionId, version: 1, ...usual, ...fields };
}

function aCreation(ref: number, key: string): AccountEvent {
  const outcome = { status: 'COMPLETE', publicScore: 1, privateScore: 1, overallScore: 1 } as const;
  const description = `${key} boosting-1`;
  return { type: 'submission_created', at, ref, slug: 'wine', uploadId: `u${ref}`, description, outcome };
}

const invariantsOf = (history: History): string[] => [
  ...new Set(violationsOf(history).map(({ invariant }) => invariant)),
];

test('a history in which everything is as it must be violates nothing', () => {
  expect(violationsOf(aHistory())).toEqual([]);
});

test('a stopped run that was taken up by a later delivery violates nothing', () => {
  const { stageRuns } = aHistory();
  const interrupted = aRun(1, 'research.plan', { status: 'interrupted' });
  const again = aRun(1, 'research.plan', { delivery: 1 });

  expect(violationsOf(aHistory({ stageRuns: [...stageRuns.slice(1), interrupted, again] }))).toEqual([]);
});

const { events, stageRuns, submissions, ledger, decisions } = aHistory();
const [firstEvent, ...otherEvents] = events;
const undispatched = { ...anEvent({ id: 9, type: 'card_changed' }), isDispatched: false };

test.each<[string, string, Partial<History>]>([
  ['E1', 'an event that was never dispatched', { events: [...events, undispatched] }],
  ['E1', 'a job of an event that never began', { stageRuns: stageRuns.slice(1) }],
  [
    'E1',
    'one item of a fan-out that never ended',
    { stageRuns: stageRuns.filter(({ item }) => item !== 'q1') },
  ],
  [
    'E1',
    'a run that was left in the middle',
    { stageRuns: [...stageRuns, aRun(1, 'research.plan', { status: 'waiting' })] },
  ],
  ['E2', 'a job that was done twice', { stageRuns: [...stageRuns, aRun(1, 'research.plan')] }],
  [
    'E3',
    'a version that is missing',
    {
      transitions: [aMove({ version: 2 })],
      events: [
        ...otherEvents,
        anEvent({ id: 1, type: 'research_started', payload: { version: 2, toState: 'researching' } }),
      ],
    },
  ],
  ['E3', 'a move that the table does not have', { transitions: [aMove({ to: 'training' })] }],
  ['E3', 'a move without its event', { events: otherEvents }],
  [
    'E3',
    'a move with two events',
    {
      events: firstEvent === undefined ? [] : [...events, { ...firstEvent, id: 4 }],
      stageRuns: [...stageRuns, aRun(4, 'research.plan'), aRun(4, 'human.status')],
    },
  ],
  ['S2', 'a submission of which no row knows', { submissions: [] }],
  ['S2', 'a row whose submission the vendor does not have', { journal: [] }],
  ['S2', 'other bytes at the vendor than in the row', { uploads: new Map([['u7', 'bb']]) }],
  ['M3', 'a reservation that was never settled', { ledger: ledger.slice(0, 1) }],
  ['M3', 'a cost without a reservation', { ledger: ledger.slice(1) }],
  ['M3', 'a cost that is negative', { ledger: ledger.map((row) => ({ ...row, microUsd: -1 })) }],
  [
    'D1',
    'a decision that was never answered',
    { decisions: [{ id: 'd1', status: 'open', option: null, offered: ['a'] }] },
  ],
  ['D1', 'an answer that was not offered', { decisions: decisions.map((one) => ({ ...one, option: 'c' })) }],
  [
    'D1',
    'an answer without its event',
    { decisions: [...decisions, { id: 'd2', status: 'decided', option: 'a', offered: ['a'] }] },
  ],
  [
    'F1',
    'an object that is named and not there',
    { namedObjects: [{ row: 'job 1', key: 'oof.csv', sha256: null, sizeBytes: null }] },
  ],
  [
    'F1',
    'an object that is another file',
    { namedObjects: [{ row: 'job 1', key: 'sub.csv', sha256: 'aa', sizeBytes: 11 }] },
  ],
])('%s alone is violated by %s', (invariant, _, changes) => {
  expect(invariantsOf(aHistory(changes))).toEqual([invariant]);
});

test('S1 is violated by a key that the vendor took twice, whose second one no row knows', () => {
  const journal = [aCreation(7, 'ka-1'), aCreation(8, 'ka-1')];
  const uploads = new Map([
    ['u7', 'aa'],
    ['u8', 'bb'],
  ]);

  expect(invariantsOf(aHistory({ journal, uploads }))).toEqual(['S1', 'S2']);
});

test('S6 alone is violated by a file that was sent under two keys', () => {
  const journal = [aCreation(7, 'ka-1'), aCreation(8, 'ka-2')];
  const uploads = new Map([
    ['u7', 'aa'],
    ['u8', 'aa'],
  ]);
  const second = submissions.map((one) => ({ ...one, key: 'ka-2', vendorRef: '8' }));

  expect(invariantsOf(aHistory({ journal, uploads, submissions: [...submissions, ...second] }))).toEqual([
    'S6',
  ]);
});
