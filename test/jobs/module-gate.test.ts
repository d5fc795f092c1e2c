import { expect, test } from 'vitest';
import {
  BusinessFailure,
  ConfigurationFailure,
  type Failure,
  SystemFailure,
  TransientFailure,
} from '../../src/domain/errors.ts';
import { createModuleGate } from '../../src/jobs/module-gate.ts';

const probeEveryMs = 30_000;
const badKey = new ConfigurationFailure('The key is refused. Set it anew.', { code: 'kaggle.unauthorized' });
const bug = new SystemFailure('undefined is not a function', { code: 'unexpected' });
const inFavour = { isAdmitted: true, isProbe: false } as const;
const asProbe = { isAdmitted: true, isProbe: true } as const;

/** A gate with a clock of its own. */
function aGate({ canBeMended = true }: { canBeMended?: boolean } = {}) {
  let nowMs = 1_000_000;
  const gate = createModuleGate({
    module: 'submission',
    probeEveryMs,
    now: () => new Date(nowMs),
    random: () => 1,
    canBeMended: () => canBeMended,
  });
  const run = (name: string, id = name) => ({ name, id, isTick: false });
  return {
    gate,
    run,
    pass(ms: number) {
      nowMs += ms;
    },
    ask: (name: string, id?: string) => gate.admit(run(name, id)),
    done: (name: string, isProbe = false) => gate.ended(run(name), { isProbe }, { outcome: 'done' }),
    fail: (name: string, failure: Failure, isProbe = false) =>
      gate.ended(run(name), { isProbe }, { outcome: 'failed', failure }),
    closed: () => gate.health().closed,
  };
}

test('a refused setting closes a module, and one run per interval is let in to see whether it is mended', () => {
  const { ask, fail, done, closed, pass, gate } = aGate();
  expect(ask('submission.submit')).toEqual(inFavour);

  fail('submission.submit', badKey);

  expect(closed()).toEqual({ reason: 'safe_mode', message: 'The key is refused. Set it anew.' });
  expect(ask('submission.submit')).toEqual({ isAdmitted: false, delayMs: probeEveryMs });
  expect(gate.isTaking()).toBe(false);
  pass(probeEveryMs);
  expect(gate.isTaking()).toBe(true);
  expect(ask('submission.submit', 'first')).toEqual(asProbe);
  expect(ask('submission.submit', 'second')).toMatchObject({ isAdmitted: false });
  expect(gate.isTaking()).toBe(false);
  fail('submission.submit', badKey, true);
  pass(probeEveryMs);
  expect(ask('submission.submit')).toEqual(asProbe);
  done('submission.submit', true);

  expect(closed()).toBeNull();
  expect(gate.isInSafeMode()).toBe(false);
  expect(ask('submission.watch')).toEqual(inFavour);
});

test('the probe is a job of the kind that failed; another one has to do where none of it comes', () => {
  const { ask, fail, pass } = aGate();
  fail('submission.submit', badKey);

  pass(probeEveryMs);
  expect(ask('submission.analyze')).toMatchObject({ isAdmitted: false });
  pass(probeEveryMs);

  expect(ask('submission.analyze')).toEqual(asProbe);
});

test('what was at work when a module closed may go on, but shows nothing about the setting', () => {
  const { gate, run, ask, fail, done, closed } = aGate();
  gate.ended(run('gpu.train', 'job 1'), inFavour, { outcome: 'works_on' });
  ask('gpu.plan');

  fail('gpu.train', badKey);

  expect(ask('gpu.train', 'job 1')).toEqual(inFavour);
  expect(gate.isTaking()).toBe(true);
  expect(ask('gpu.train', 'job 2')).toMatchObject({ isAdmitted: false });
  done('gpu.plan');
  gate.ended(run('gpu.train', 'job 1'), inFavour, { outcome: 'done' });
  expect(closed()).toMatchObject({ reason: 'safe_mode' });
  expect(gate.isTaking()).toBe(false);
  expect(ask('gpu.train', 'job 1')).toMatchObject({ isAdmitted: false });
});

test('a probe that goes on for long has shown enough', () => {
  const { gate, run, ask, fail, pass, closed } = aGate();
  fail('gpu.train', badKey);
  pass(probeEveryMs);
  expect(ask('gpu.train')).toEqual(asProbe);

  gate.ended(run('gpu.train'), asProbe, { outcome: 'works_on' });

  expect(closed()).toBeNull();
});

test('a probe that meets something else leaves the module as it is', () => {
  const others = [
    new TransientFailure('Kaggle is away.', { code: 'kaggle.unavailable' }),
    new BusinessFailure('The deadline has passed.', { code: 'kaggle.deadline_passed' }),
  ];
  for (const failure of others) {
    const { ask, fail, pass, closed } = aGate();
    fail('submission.submit', badKey);
    pass(probeEveryMs);
    ask('submission.submit');

    fail('submission.submit', failure, true);

    expect(closed()).toMatchObject({ reason: 'safe_mode' });
  }
});

test('three failures of its own in a row isolate a module, two successes end that', () => {
  const { ask, fail, done, closed, pass, gate } = aGate();
  fail('research.plan', bug);
  fail('research.plan', bug);
  done('research.rank');
  fail('research.plan', bug);
  fail('research.plan', bug);
  expect(closed()).toBeNull();

  fail('research.plan', bug);

  expect(closed()).toEqual({ reason: 'isolated', message: 'undefined is not a function' });
  expect(gate.health()).toMatchObject({ status: 'unhealthy', inARow: 3 });
  pass(probeEveryMs);
  expect(ask('research.plan')).toEqual(asProbe);
  done('research.plan', true);
  expect(closed()).toMatchObject({ reason: 'isolated' });
  pass(probeEveryMs);
  expect(ask('research.plan')).toEqual(asProbe);
  done('research.plan', true);
  expect(closed()).toBeNull();
  expect(gate.health()).toMatchObject({ status: 'healthy', failure: null });
});

test('a module whose last run came through heals while it has nothing to do, and never while it fails', () => {
  const { fail, done, pass, gate, closed } = aGate();
  for (let count = 0; count < 3; count++) fail('research.plan', bug);
  for (let count = 0; count < 5; count++) gate.lookedAt();
  expect(closed()).toMatchObject({ reason: 'isolated' });

  pass(probeEveryMs);
  gate.admit({ name: 'research.plan', id: 'x', isTick: false });
  done('research.plan', true);
  gate.lookedAt();

  expect(closed()).toBeNull();
});

test('a vendor that is away, a rule that says no and a lost process say nothing about the module', () => {
  const { fail, closed, gate } = aGate();
  const others = [
    new TransientFailure('away', { code: 'kaggle.unavailable' }),
    new BusinessFailure('no', { code: 'kaggle.deadline_passed' }),
    new SystemFailure('full', { code: 'disk.full', scope: 'process' }),
  ];
  for (const failure of [...others, ...others, ...others]) fail('submission.submit', failure);

  expect(closed()).toBeNull();
  expect(gate.health().status).toBe('unknown');
});

test('where nobody can mend anything no module closes', () => {
  const { ask, fail, closed, gate } = aGate({ canBeMended: false });
  for (let count = 0; count < 4; count++) fail('submission.submit', count % 2 === 0 ? badKey : bug);
  for (let count = 0; count < 4; count++) fail('submission.submit', bug);

  expect(closed()).toBeNull();
  expect(gate.isTaking()).toBe(true);
  expect(ask('submission.submit')).toEqual(inFavour);
});

test('a module that is held begins nothing; whoever held it lets it go', () => {
  const { ask, closed, gate } = aGate();
  gate.hold('order', { message: 'It waits until state can be used again.', mayWorkOn: false });
  gate.hold('costs', { message: 'No machine is started.', mayWorkOn: true });

  expect(ask('submission.submit')).toEqual({ isAdmitted: false, delayMs: 1_000 });
  expect(closed()).toEqual({ reason: 'waiting', message: 'It waits until state can be used again.' });
  gate.letGo('order');
  expect(closed()).toMatchObject({ message: 'No machine is started.' });
  expect(ask('submission.submit')).toMatchObject({ isAdmitted: false });
  expect(gate.isTaking()).toBe(false);
  gate.letGo('costs');

  expect(ask('submission.submit')).toEqual(inFavour);
});

test('what is at work may go on under a hold that allows it, and not under another', () => {
  const { ask, gate, run } = aGate();
  gate.ended(run('gpu.train', 'job 1'), inFavour, { outcome: 'works_on' });

  gate.hold('costs', { message: 'No machine is started.', mayWorkOn: true });
  expect(ask('gpu.train', 'job 1')).toEqual(inFavour);
  gate.hold('order', { message: 'The database is away.', mayWorkOn: false });

  expect(ask('gpu.train', 'job 1')).toMatchObject({ isAdmitted: false });
  expect(gate.isTaking()).toBe(false);
});

test('an emergency closes a module for good', () => {
  const { ask, done, closed, gate, pass } = aGate();

  gate.closeForEmergency('The disk is full.');

  pass(10 * probeEveryMs);
  done('submission.submit', true);
  expect(closed()).toEqual({ reason: 'emergency', message: 'The disk is full.' });
  expect(ask('submission.submit')).toMatchObject({ isAdmitted: false });
  expect(gate.isTaking()).toBe(false);
});

test('a periodic task that meets a refused setting is its own probe', () => {
  const { ask, closed, gate, pass } = aGate();
  const tick = { name: 'discover', id: 'tick-discover', isTick: true };
  expect(gate.admit(tick)).toEqual(inFavour);

  gate.ended(tick, inFavour, { outcome: 'failed', failure: badKey });

  expect(gate.dueTick()).toBeNull();
  pass(2 * probeEveryMs);
  expect(ask('discovery.admit')).toMatchObject({ isAdmitted: false });
  expect(gate.isTaking()).toBe(false);
  expect(gate.dueTick()).toBe('discover');
  const admission = gate.admit(tick);
  expect(admission).toEqual(asProbe);
  gate.ended(tick, asProbe, { outcome: 'done' });
  expect(closed()).toBeNull();
  expect(ask('discovery.admit')).toEqual(inFavour);
});

test('refused jobs come back at different moments', () => {
  const delays = [0, 0.5, 0.999].map((random) => {
    const gate = createModuleGate({
      module: 'gpu',
      probeEveryMs,
      now: () => new Date(),
      random: () => random,
      canBeMended: () => true,
    });
    gate.closeForEmergency('over');
    const admission = gate.admit({ name: 'gpu.train', id: '1', isTick: false });
    return admission.isAdmitted ? null : admission.delayMs;
  });

  expect(delays).toEqual([15_000, 22_500, 29_985]);
});
