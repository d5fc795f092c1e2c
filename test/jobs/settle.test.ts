import { describe, expect, test } from 'vitest';
import {
  BusinessFailure,
  ConfigurationFailure,
  SystemFailure,
  TransientFailure,
} from '../../src/domain/errors.ts';
import { Wait } from '../../src/flows/support/wait.ts';
import { backoffMs, settle } from '../../src/jobs/settle.ts';

const usual = {
  attempt: 1,
  maxAttempts: 3,
  random: 0.5,
  isStopping: false,
  canBeMended: false,
  mendDelayMs: 30_000,
};
const transient = (code: string, retryAfterMs?: number) =>
  new TransientFailure('It may work later.', {
    code,
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  });

test('a flow that waits is looked at again after its own time, and nothing has failed', () => {
  expect(settle(new Wait(1_500, 'training'), usual)).toMatchObject({
    outcome: 'wait',
    delayMs: 1_500,
    reason: 'training',
  });
  expect(settle(new Wait(1_500, 'training'), { ...usual, attempt: 3, isStopping: true })).toMatchObject({
    outcome: 'wait',
    delayMs: 1_500,
  });
});

test('backoff doubles from one second to a minute, with a tenth of jitter', () => {
  expect([1, 2, 3, 4, 5, 6, 7, 8, 30].map((attempt) => backoffMs(attempt, 0.5))).toEqual([
    1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000, 60_000,
  ]);
  for (const attempt of [1, 4, 7, 30]) {
    const middle = backoffMs(attempt, 0.5);
    expect(backoffMs(attempt, 0)).toBe(middle * 0.9);
    expect(backoffMs(attempt, 1)).toBe(middle * 1.1);
  }
});

test('what may work later is tried again until its starts are used up', () => {
  const failure = transient('objects.checksum');

  expect(settle(failure, { ...usual, attempt: 1 })).toEqual({ outcome: 'retry', delayMs: 1_000, failure });
  expect(settle(failure, { ...usual, attempt: 2 })).toEqual({ outcome: 'retry', delayMs: 2_000, failure });
  expect(settle(failure, { ...usual, attempt: 3 })).toEqual({ outcome: 'dead', failure });
});

test("a vendor's own hint is longer than ours", () => {
  const failure = transient('objects.checksum', 42_000);

  expect(settle(failure, usual)).toEqual({ outcome: 'retry', delayMs: 42_000, failure });
});

describe('a vendor that is away uses up no start', () => {
  test.each([
    ['kaggle.unavailable', undefined, 30_000],
    ['kaggle.failing', undefined, 30_000],
    ['kaggle.unreachable', undefined, 30_000],
    ['kaggle.busy', 7_000, 7_000],
    ['kaggle.timeout', undefined, 30_000],
    // any code with a hint of the vendor's
    ['kaggle.incomplete', 9_000, 9_000],
    ['objects.unreachable', undefined, 30_000],
    ['salad.busy', 60_000, 60_000],
    ['claude.failing', undefined, 30_000],
    ['vault.sealed', undefined, 30_000],
    // our own ground, which is back sooner
    ['state.unreachable', undefined, 5_000],
    ['queue.unreachable', undefined, 5_000],
    ['redis.unreachable', undefined, 5_000],
  ])('%s', (code, retryAfterMs, delayMs) => {
    const settled = settle(transient(code, retryAfterMs), { ...usual, attempt: 3 });

    expect(settled).toMatchObject({ outcome: 'wait', delayMs, reason: 'It may work later.' });
  });

  test('but what merely went wrong at it does', () => {
    for (const code of ['kaggle.incomplete', 'kaggle.corrupt_download', 'kaggle.outcome_unknown']) {
      expect(settle(transient(code), { ...usual, attempt: 3 })).toMatchObject({ outcome: 'dead' });
    }
  });
});

test('a setting is waited for where somebody can mend it, and ends the job where nobody can', () => {
  const failure = new ConfigurationFailure('The key is wrong.', { code: 'kaggle.unauthorized' });

  expect(settle(failure, { ...usual, attempt: 9, canBeMended: true })).toMatchObject({
    outcome: 'wait',
    mend: failure,
    delayMs: 30_000,
    reason: 'The key is wrong.',
  });
  expect(settle(failure, usual)).toEqual({ outcome: 'dead', failure });
});

/** Every class of the architecture, at the first and at the last start, where somebody can mend things and where not. */
const classes = [
  ['transient: away', transient('kaggle.unavailable'), 'wait', 'wait', 'wait', 'wait'],
  ['transient: asked to wait', transient('kaggle.busy', 9_000), 'wait', 'wait', 'wait', 'wait'],
  ['transient: went wrong once', transient('objects.checksum'), 'retry', 'dead', 'retry', 'dead'],
  ['transient: no capacity', transient('compute.no_capacity'), 'retry', 'dead', 'retry', 'dead'],
  ['transient: took too long', transient('jobs.timed_out'), 'retry', 'dead', 'retry', 'dead'],
  [
    'configuration',
    new ConfigurationFailure('The key is wrong.', { code: 'kaggle.refused' }),
    ...(['wait', 'wait', 'dead', 'dead'] as const),
  ],
  [
    'business',
    new BusinessFailure('The deadline has passed.', { code: 'kaggle.deadline_passed' }),
    ...(['dead', 'dead', 'dead', 'dead'] as const),
  ],
  [
    'system: a module',
    new SystemFailure('An unknown shape.', { code: 'kaggle.bad_response' }),
    ...(['dead', 'dead', 'dead', 'dead'] as const),
  ],
  [
    'system: the process',
    new SystemFailure('The disk is full.', { code: 'disk.full', scope: 'process' }),
    ...(['wait', 'wait', 'wait', 'wait'] as const),
  ],
  [
    'a full disk, not thrown on purpose',
    Object.assign(new Error('no space left on device'), { code: 'ENOSPC' }),
    ...(['wait', 'wait', 'wait', 'wait'] as const),
  ],
  ['not thrown on purpose', new TypeError('odd'), 'dead', 'dead', 'dead', 'dead'],
  ['a wait of the flow itself', new Wait(1_000, 'not yet'), 'wait', 'wait', 'wait', 'wait'],
] as const;

test.each(classes)('%s: what becomes of the job', (_, error, firstMended, lastMended, first, last) => {
  const outcomeOf = (attempt: number, canBeMended: boolean) =>
    settle(error, { ...usual, attempt, canBeMended }).outcome;

  expect([outcomeOf(1, true), outcomeOf(3, true)]).toEqual([firstMended, lastMended]);
  expect([outcomeOf(1, false), outcomeOf(3, false)]).toEqual([first, last]);
});

test('only a setting that can be mended makes a job wait for a person', () => {
  const waits = classes.flatMap(([name, error]) => {
    const settled = settle(error, { ...usual, canBeMended: true });
    return settled.outcome === 'wait' && settled.mend !== null ? [name] : [];
  });

  expect(waits).toEqual(['configuration']);
});

test("a rule's no and a failure of our own end the job at the first start", () => {
  const no = new BusinessFailure('The deadline has passed.', { code: 'kaggle.deadline_passed' });
  const bug = new TypeError('undefined is not a function');

  expect(settle(no, { ...usual, canBeMended: true })).toEqual({ outcome: 'dead', failure: no });
  const settled = settle(bug, usual);
  expect(settled).toMatchObject({ outcome: 'dead', failure: { kind: 'system', code: 'unexpected' } });
  expect(settled.outcome === 'dead' && settled.failure.cause).toBe(bug);
});

test('whatever fails while the process stops goes on at the next start', () => {
  const errors = [
    new DOMException('stopped', 'AbortError'),
    new SystemFailure('odd', { code: 'odd' }),
    transient('objects.checksum'),
    'a string',
  ];

  for (const error of errors) {
    expect(settle(error, { ...usual, attempt: 3, isStopping: true })).toMatchObject({
      outcome: 'wait',
      delayMs: 0,
      reason: 'stopped',
    });
  }
});
