import { expect, onTestFinished, test, vi } from 'vitest';
import type { Health } from '../../src/domain/health.ts';
import { createHealthMonitor, type HealthCheck, type HealthMonitor } from '../../src/infra/health-monitor.ts';
import { recordingLog, silentLog } from '../support/silent-log.ts';

const waiting = { timeout: 20_000, interval: 5 };
const everyMs = 10;

function aMonitor(checks: readonly HealthCheck[], log = silentLog, timeoutMs = 20_000): HealthMonitor {
  const monitor = createHealthMonitor({ checks, log, now: () => new Date(), everyMs, timeoutMs });
  onTestFinished(() => monitor.stop());
  return monitor;
}

/** A service that is well, away, or says nothing, as the test wants. */
function aService(name: string, priority: Health['priority'] = 'medium', journal: string[] = []) {
  let mode: 'well' | 'away' | 'silent' = 'well';
  let looks = 0;
  const check: HealthCheck = {
    name,
    kind: 'service',
    priority,
    async check() {
      looks += 1;
      journal.push(name);
      if (mode === 'silent') await new Promise(() => undefined);
      if (mode === 'away') throw new Error(`${name} is away`);
    },
  };
  return {
    check,
    turn: (to: typeof mode) => {
      mode = to;
    },
    looks: () => looks,
  };
}

const statusOf = (monitor: HealthMonitor, name: string) =>
  monitor.snapshot().find((health) => health.name === name)?.status;

test('three failures in a row make a service unhealthy, and two successes healthy again', async () => {
  const { check, turn } = aService('state', 'critical');
  const monitor = aMonitor([check]);
  const changes: string[] = [];
  monitor.onChange((health, previous) =>
    changes.push(`${previous.status} to ${health.status} after ${health.inARow}`),
  );
  await vi.waitFor(() => expect(statusOf(monitor, 'state')).toBe('healthy'), waiting);

  turn('away');
  await vi.waitFor(() => expect(statusOf(monitor, 'state')).toBe('unhealthy'), waiting);
  const [unhealthy] = monitor.snapshot();
  turn('well');
  await vi.waitFor(() => expect(statusOf(monitor, 'state')).toBe('healthy'), waiting);

  expect(unhealthy?.failure).toEqual({ code: 'unexpected', message: 'state is away' });
  expect(changes).toEqual([
    'unknown to healthy after 1',
    'healthy to unhealthy after 3',
    'unhealthy to healthy after 2',
  ]);
  expect(monitor.snapshot()[0]?.failure).toBeNull();
});

test('a check that does not answer has failed, and holds no other up', async () => {
  const silent = aService('kaggle', 'critical');
  const well = aService('objects');
  silent.turn('silent');
  const monitor = aMonitor([silent.check, well.check], silentLog, 30);

  await vi.waitFor(() => expect(statusOf(monitor, 'kaggle')).toBe('unhealthy'), waiting);

  expect(statusOf(monitor, 'objects')).toBe('healthy');
  await vi.waitFor(() => expect(well.looks()).toBeGreaterThan(silent.looks() + 3), waiting);
  expect(monitor.snapshot()[0]?.failure).toMatchObject({ code: 'health.timeout' });
});

test('the signal of a check that takes too long is aborted', async () => {
  let reason: unknown = null;
  const check: HealthCheck = {
    name: 'slow',
    kind: 'service',
    priority: 'high',
    timeoutMs: 10,
    check: (signal) =>
      new Promise((_, reject) => {
        signal.addEventListener('abort', () => {
          reason = signal.reason;
          reject(signal.reason);
        });
      }),
  };
  aMonitor([check]);

  await vi.waitFor(() => expect(reason).toBeInstanceOf(Error), waiting);
});

test('what is down is probed critical first, one after the other, whatever order it was given in', async () => {
  const journal: string[] = [];
  let atOnce = 0;
  let most = 0;
  const names = [
    ['research', 'medium'],
    ['state', 'critical'],
    ['human', 'high'],
    ['queue', 'critical'],
  ] as const;
  let isRecorded = false;
  const monitor = aMonitor(
    names.map(([name, priority]) => ({
      name,
      kind: 'service',
      priority,
      async check() {
        atOnce += 1;
        if (isRecorded) journal.push(name);
        if (isRecorded) most = Math.max(most, atOnce);
        await new Promise((resolve) => setImmediate(resolve));
        atOnce -= 1;
        throw new Error('away');
      },
    })),
  );
  await vi.waitFor(() => {
    expect(monitor.snapshot().every(({ status }) => status === 'unhealthy')).toBe(true);
  }, waiting);
  const end = monitor.onRound(() => {
    isRecorded = true;
  });

  await vi.waitFor(() => expect(journal.length).toBeGreaterThanOrEqual(12), waiting);
  end();

  // A round may end while what is down is still being probed, so the journal may begin in the middle.
  const from = journal.indexOf('state');
  expect(journal.slice(from, from + 8)).toEqual([
    ...['state', 'queue', 'human', 'research'],
    ...['state', 'queue', 'human', 'research'],
  ]);
  expect(most).toBe(1);
  expect(monitor.snapshot().map(({ name }) => name)).toEqual(['state', 'queue', 'human', 'research']);
});

test('a lower one is not probed while one above it is still being asked', async () => {
  const critical = aService('state', 'critical');
  const medium = aService('research', 'medium');
  critical.turn('away');
  medium.turn('away');
  const monitor = aMonitor([medium.check, critical.check]);
  await vi.waitFor(() => {
    expect(monitor.snapshot().every(({ status }) => status === 'unhealthy')).toBe(true);
  }, waiting);

  critical.turn('silent');
  const asked = critical.looks();
  await vi.waitFor(() => expect(critical.looks()).toBeGreaterThan(asked), waiting);
  const looks = medium.looks();
  let rounds = 0;
  const well = aMonitor([aService('clock').check]);
  well.onRound(() => {
    rounds += 1;
  });
  await vi.waitFor(() => expect(rounds).toBeGreaterThan(5), waiting);

  expect(medium.looks()).toBe(looks);
});

test('what is well is looked at side by side', async () => {
  let atOnce = 0;
  let most = 0;
  const checks = ['a', 'b', 'c'].map(
    (name): HealthCheck => ({
      name,
      kind: 'service',
      priority: 'medium',
      async check() {
        atOnce += 1;
        most = Math.max(most, atOnce);
        await new Promise((resolve) => setImmediate(resolve));
        atOnce -= 1;
      },
    }),
  );
  const monitor = aMonitor(checks);

  await vi.waitFor(() => {
    expect(monitor.snapshot().every(({ status }) => status === 'healthy')).toBe(true);
  }, waiting);

  expect(most).toBe(3);
});

test('whatever a check or a listener throws stays with it', async () => {
  const { log, lines } = recordingLog();
  const bad: HealthCheck = {
    name: 'bad',
    kind: 'service',
    priority: 'critical',
    check() {
      throw 'not even an error';
    },
  };
  const good = aService('good');
  const monitor = aMonitor([bad, good.check], log);
  monitor.onChange(() => {
    throw new Error('a listener of mine');
  });

  await vi.waitFor(() => expect(statusOf(monitor, 'bad')).toBe('unhealthy'), waiting);

  expect(statusOf(monitor, 'good')).toBe('healthy');
  expect(lines.map(({ message }) => message)).toContain('a listener of the health checks failed');
  expect(lines).toContainEqual(expect.objectContaining({ level: 'warn', message: 'unhealthy' }));
});

test('one can be looked at besides its turn, and after the end nothing is looked at any more', async () => {
  const { check, looks, turn } = aService('objects');
  const monitor = aMonitor([check]);
  await vi.waitFor(() => expect(statusOf(monitor, 'objects')).toBe('healthy'), waiting);

  turn('away');
  expect((await monitor.probe('objects')).failure).toMatchObject({ message: 'objects is away' });
  await expect(monitor.probe('nobody')).rejects.toThrow(RangeError);
  monitor.stop();
  const before = monitor.snapshot();
  const seen = looks();
  const other = aMonitor([aService('clock').check]);
  let rounds = 0;
  other.onRound(() => {
    rounds += 1;
  });
  await vi.waitFor(() => expect(rounds).toBeGreaterThan(3), waiting);

  expect(looks()).toBe(seen);
  expect(monitor.snapshot()).toEqual(before);
});
