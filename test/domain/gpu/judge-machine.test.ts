import { expect, test } from 'vitest';
import { judgeMachine, type WatchedMachine } from '../../../src/domain/gpu/judge-machine.ts';

const startedAt = Date.UTC(2026, 10, 1);
const at = (seconds: number) => new Date(startedAt + seconds * 1000);
const patience = {
  heartbeatTimeoutSeconds: 180,
  startSeconds: 900,
  reconcileSeconds: 300,
  listLagSeconds: 60,
};
const instance = { state: 'running', node: 'n', trouble: null } as const;

/** A rented machine, ordered at second 0. */
function aMachine(facts: Partial<WatchedMachine> = {}): WatchedMachine {
  return {
    isRented: true,
    createdAt: at(0),
    startDeadline: at(900),
    endsAt: at(10_000),
    firstSignAt: null,
    lastSignAt: null,
    instance,
    seenSince: at(0),
    lastSeenAt: at(0),
    ...facts,
  };
}

const verdict = (facts: Partial<WatchedMachine>, seconds: number) => {
  const judged = judgeMachine(aMachine(facts), patience, at(seconds));
  return judged.is === 'well' ? 'well' : `${judged.code}${judged.deniesNode ? ' denied' : ''}`;
};
const heard = (seconds: number) => ({ firstSignAt: at(60), lastSignAt: at(seconds) });
const troubled = (code: string) => ({
  instance: { ...instance, trouble: { code, message: 'It is broken.' } },
});

test('a machine has its time to come up, and no more', () => {
  expect(verdict({ instance: { ...instance, state: 'starting' } }, 899)).toBe('well');
  expect(verdict({ instance: { ...instance, state: 'starting' } }, 901)).toBe('start_deadline denied');
  expect(verdict({}, 901)).toBe('start_deadline denied');
});

test('a run is alive by its heartbeat, whatever the vendor lists', () => {
  expect(verdict(heard(5_000), 5_100)).toBe('well');
  expect(verdict(heard(5_000), 5_181)).toBe('silent denied');
  expect(verdict({ ...heard(5_000), instance: null, lastSeenAt: at(10) }, 5_100)).toBe('well');
  expect(verdict({ ...heard(5_000), instance: null, lastSeenAt: at(10) }, 5_181)).toBe('vanished denied');
});

test('a machine that the vendor moves may come up again', () => {
  const moved = {
    ...heard(5_000),
    seenSince: at(5_100),
    instance: { ...instance, state: 'starting' as const },
  };

  expect(verdict(moved, 5_900)).toBe('well');
  expect(verdict(moved, 6_001)).toBe('silent denied');
  expect(verdict({ ...moved, instance }, 5_270)).toBe('well');
  expect(verdict({ ...moved, instance }, 5_300)).toBe('silent denied');
});

test('what was ordered and is in no list is waited for, one that was there is not', () => {
  expect(verdict({ instance: null, lastSeenAt: null, seenSince: null }, 299)).toBe('well');
  expect(verdict({ instance: null, lastSeenAt: null, seenSince: null }, 301)).toBe('vanished');
  expect(verdict({ instance: null, lastSeenAt: at(100) }, 150)).toBe('well');
  expect(verdict({ instance: null, lastSeenAt: at(100) }, 161)).toBe('vanished');
});

test('trouble ends a machine; the node is to blame only where it is its own', () => {
  expect(verdict(troubled('compute.start_failed'), 100)).toBe('trouble denied');
  expect(verdict(troubled('compute.image_missing'), 100)).toBe('trouble');
  expect(verdict(troubled('compute.no_credit'), 100)).toBe('trouble');
  expect(verdict({ ...heard(90), ...troubled('compute.interrupted') }, 100)).toBe('trouble');
  // its last uploads may be on their way
  expect(verdict({ ...heard(90), ...troubled('compute.exited') }, 100)).toBe('well');
  expect(verdict({ ...heard(90), ...troubled('compute.exited') }, 300)).toBe('trouble denied');
  // its vendor does not hear of it, but we do
  expect(verdict({ ...heard(90), ...troubled('compute.node_lost') }, 100)).toBe('well');
  expect(verdict({ ...heard(90), ...troubled('compute.node_lost') }, 300)).toBe('trouble denied');
  expect(verdict(troubled('compute.node_lost'), 100)).toBe('trouble denied');
});

test('no machine outlives its time', () => {
  expect(verdict(heard(9_999), 10_000)).toBe('well');
  expect(verdict(heard(10_000), 10_001)).toBe('time_limit');
});

test('our own machine is judged by what runs there and its heartbeat', () => {
  const own = { isRented: false, startDeadline: null, endsAt: null, seenSince: null, lastSeenAt: null };

  expect(verdict(own, 179)).toBe('well');
  expect(verdict(own, 181)).toBe('silent denied');
  expect(verdict({ ...own, instance: null }, 1)).toBe('vanished');
});
