import { setTimeout as wait } from 'node:timers/promises';
import { asFailure, TransientFailure } from '../domain/errors.ts';
import { afterCheck, type Health, healthPriorities, unknownHealth } from '../domain/health.ts';
import { createListeners } from '../domain/listeners.ts';
import type { Log } from '../domain/log.ts';

/** Source: architecture, "Health". */
const defaultEveryMs = 30_000;
const defaultTimeoutMs = 10_000;

export type HealthCheck = Pick<Health, 'name' | 'kind' | 'priority'> & {
  /** Resolves while it is well; throws what is wrong. */
  check(signal: AbortSignal): Promise<unknown>;
  /** Where this check may take longer than others. */
  timeoutMs?: number;
};

export type HealthListener = (health: Health, previous: Health) => void;

export type HealthMonitor = {
  /** Critical ones first; within one priority in the order in which they were given. */
  snapshot(): readonly Health[];
  /** Told whenever something becomes healthy or unhealthy. @returns ends this subscription */
  onChange(listener: HealthListener): () => void;
  /** Told when all have been looked at once more. @returns ends this subscription */
  onRound(listener: () => void): () => void;
  /** Looks at one now, besides its turn. @throws RangeError where there is no such name */
  probe(name: string): Promise<Health>;
  /** No further look; what is being looked at is told to end. */
  stop(): void;
};

export type HealthMonitorOptions = {
  checks: readonly HealthCheck[];
  log: Log;
  now: () => Date;
  everyMs?: number;
  timeoutMs?: number;
};

type Entry = { check: HealthCheck; health: Health };

/**
 * Looks at everything now and every 30 s. What is well is looked at side by side. What is down is probed one after
 * the other, critical first: a lower one waits until those above have answered. Whatever a check throws, or does not
 * answer in time, is its failure and nobody else's.
 */
export function createHealthMonitor(options: HealthMonitorOptions): HealthMonitor {
  const { log, now, everyMs = defaultEveryMs, timeoutMs = defaultTimeoutMs } = options;
  const stopping = new AbortController();
  const entries = inOrder(options.checks.map((check) => ({ check, health: unknownHealth(check, now()) })));
  const onListenerError = (error: unknown) =>
    log.error({ err: asFailure(error) }, 'a listener of the health checks failed');
  const changes = createListeners<Parameters<HealthListener>>(onListenerError);
  const rounds = createListeners<[]>(onListenerError);

  const look = async (entry: Entry): Promise<Health> => {
    const failure = await failureOf(entry.check, entry.check.timeoutMs ?? timeoutMs, stopping.signal);
    if (stopping.signal.aborted) return entry.health;
    const previous = entry.health;
    const health = afterCheck(previous, failure, now());
    entry.health = health;
    if (health.status !== previous.status) {
      if (previous.status !== 'unknown' || failure !== null) tell(log, health);
      changes.call(health, previous);
    }
    return health;
  };
  const lookAtWell = oneAtATime(async (well: readonly Entry[]) => {
    await Promise.all(well.map(look));
  });
  const probeDown = oneAtATime(async (down: readonly Entry[]) => {
    for (const entry of down) {
      if (!stopping.signal.aborted) await look(entry);
    }
  });
  const round = async (): Promise<void> => {
    const down = entries.filter(({ health }) => isDown(health));
    await Promise.all([lookAtWell(entries.filter((entry) => !down.includes(entry))), probeDown(down)]);
    if (!stopping.signal.aborted) rounds.call();
  };
  const timer = setInterval(round, everyMs);
  void round();

  return {
    snapshot: () => entries.map(({ health }) => health),
    onChange: changes.add,
    onRound: rounds.add,
    async probe(name) {
      const entry = entries.find(({ check }) => check.name === name);
      if (entry === undefined) throw new RangeError(`Nothing named ${name} is checked.`);
      return await look(entry);
    },
    stop() {
      clearInterval(timer);
      stopping.abort(new Error('the health checks stop'));
    },
  };
}

/** One failed check is enough to be probed in order: who is down together comes back in order. */
function isDown({ status, failure }: Health): boolean {
  return status === 'unhealthy' || failure !== null;
}

function inOrder(entries: readonly Entry[]): readonly Entry[] {
  return healthPriorities.flatMap((priority) => entries.filter(({ check }) => check.priority === priority));
}

/** A call while the last one is under way does nothing: what hangs is not asked again and again. */
function oneAtATime<T>(work: (input: T) => Promise<void>): (input: T) => Promise<void> {
  let isAtWork = false;
  return async (input) => {
    if (isAtWork) return;
    isAtWork = true;
    await work(input).finally(() => {
      isAtWork = false;
    });
  };
}

/** @returns why it is not well; null when it is */
async function failureOf(
  { name, check }: HealthCheck,
  timeoutMs: number,
  stopping: AbortSignal,
): Promise<Health['failure']> {
  const ended = new AbortController();
  const signal = AbortSignal.any([stopping, ended.signal]);
  const tooLate = wait(timeoutMs, undefined, { signal }).then(() => {
    throw new TransientFailure(`${name} did not answer within ${timeoutMs / 1_000} s.`, {
      code: 'health.timeout',
    });
  });
  try {
    // A check that does not listen to its signal is not waited for either.
    await Promise.race([Promise.resolve(signal).then(check), tooLate]);
    return null;
  } catch (error) {
    const { code, message } = asFailure(error);
    return { code, message };
  } finally {
    tooLate.catch(() => undefined);
    ended.abort(new Error('the check is over'));
  }
}

function tell(log: Log, { name, status, failure, inARow }: Health): void {
  if (status === 'healthy') log.info({ subject: name }, 'healthy again');
  else log.warn({ subject: name, code: failure?.code, reason: failure?.message, inARow }, 'unhealthy');
}
