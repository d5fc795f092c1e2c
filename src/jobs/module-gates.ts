import { asFailure } from '../domain/errors.ts';
import type { Health } from '../domain/health.ts';
import { createListeners } from '../domain/listeners.ts';
import type { Log } from '../domain/log.ts';
import type { WorkQueue } from '../domain/roles.ts';
import {
  type Admission,
  createModuleGate,
  type GatedRun,
  type Hold,
  type ModuleGate,
  type ModuleGateOptions,
} from './module-gate.ts';
import type { RunEnd } from './module-trouble.ts';

/** Source: architecture: a setting is probed with the health checks. */
const defaultProbeEveryMs = 30_000;

/**
 * Whoever takes a module's jobs out of the queue. Paused it takes none, so that another process, whose settings may
 * be right, has them.
 */
export type GatedWorker = {
  close(force?: boolean): Promise<void>;
  pause(): Promise<void>;
  resume(): Promise<void>;
};

export type ModuleGates = {
  /** Modules whose jobs this process takes. */
  modules: readonly WorkQueue[];
  /** Between two probes of a closed module; a job that waits for a setting comes back after as much. */
  probeEveryMs: number;
  admit(module: WorkQueue, run: GatedRun): Admission;
  /** A run that was admitted is about to call its handler. */
  began(module: WorkQueue): void;
  ended(module: WorkQueue, run: GatedRun, admission: { isProbe: boolean }, end: RunEnd): void;
  isInSafeMode(module: WorkQueue): boolean;
  hold(module: WorkQueue, key: string, hold: Hold): void;
  letGo(module: WorkQueue, key: string): void;
  /** No module takes anything any more: the process is about to end. */
  closeForEmergency(message: string): void;
  /** Pauses and resumes the worker as the gate closes and opens. */
  attach(module: WorkQueue, worker: GatedWorker): void;
  /** Every periodic task that should now show whether its module works again. */
  dueTicks(): string[];
  /** A round of health checks has ended. */
  lookedAt(): void;
  lastBeginAt(module: WorkQueue): Date | null;
  snapshot(): readonly Health[];
  /** Told of each change of a module's status, and of what closes it. @returns ends this subscription */
  onChange(listener: (health: Health, previous: Health) => void): () => void;
  /** Told whenever a run begins. @returns ends this subscription */
  onBegin(listener: (module: WorkQueue) => void): () => void;
  /** Lets the workers go, as they are. */
  stop(): void;
};

export type ModuleGatesOptions = Pick<ModuleGateOptions, 'canBeMended'> & {
  modules: readonly WorkQueue[];
  log: Log;
  now?: () => Date;
  random?: () => number;
  probeEveryMs?: number;
};

/** One gate per module. They are of this process: another one sees for itself what does not work there. */
export function createModuleGates(options: ModuleGatesOptions): ModuleGates {
  const { modules, log, canBeMended } = options;
  const { now = () => new Date(), random = Math.random, probeEveryMs = defaultProbeEveryMs } = options;
  const onListenerError = (error: unknown) =>
    log.error({ err: asFailure(error) }, 'a listener of the modules failed');
  const changes = createListeners<[Health, Health]>(onListenerError);
  const begins = createListeners<[WorkQueue]>(onListenerError);
  const places = new Map(
    modules.map((module) => {
      const gate = createModuleGate({ module, probeEveryMs, now, random, canBeMended });
      return [module, createPlace(gate, { probeEveryMs, log, onChange: changes.call })] as const;
    }),
  );
  const get = (module: WorkQueue): Place => {
    const place = places.get(module);
    if (place === undefined) throw new RangeError(`This process takes no jobs of ${module}.`);
    return place;
  };
  const each = (): Place[] => [...places.values()];

  return {
    modules,
    probeEveryMs,
    admit: (module, run) => get(module).change((gate) => gate.admit(run)),
    began(module) {
      get(module).gate.began();
      begins.call(module);
    },
    ended: (module, run, admission, end) => get(module).change((gate) => gate.ended(run, admission, end)),
    isInSafeMode: (module) => get(module).gate.isInSafeMode(),
    hold: (module, key, hold) => get(module).change((gate) => gate.hold(key, hold)),
    letGo: (module, key) => get(module).change((gate) => gate.letGo(key)),
    closeForEmergency(message) {
      for (const place of each()) place.change((gate) => gate.closeForEmergency(message));
    },
    attach: (module, worker) => get(module).attach(worker),
    dueTicks: () => each().flatMap(({ gate }) => gate.dueTick() ?? []),
    lookedAt() {
      for (const place of each()) place.change((gate) => gate.lookedAt());
    },
    lastBeginAt: (module) => get(module).gate.lastBeginAt(),
    snapshot: () => each().map(({ gate }) => gate.health()),
    onChange: changes.add,
    onBegin: begins.add,
    stop() {
      for (const place of each()) place.stop();
    },
  };
}

type Place = {
  gate: ModuleGate;
  /** Whatever changes the gate goes through here: its worker follows, and who listens is told. */
  change<T>(by: (gate: ModuleGate) => T): T;
  attach(worker: GatedWorker): void;
  stop(): void;
};

type PlaceOptions = {
  probeEveryMs: number;
  log: Log;
  onChange: (health: Health, previous: Health) => void;
};

/** A gate, and the worker that stands behind it. */
function createPlace(gate: ModuleGate, { probeEveryMs, log, onChange }: PlaceOptions): Place {
  let worker: GatedWorker | null = null;
  let isPaused = false;
  let timer: NodeJS.Timeout | undefined;
  let last = gate.health();

  const follow = (): void => {
    clearTimeout(timer);
    if (worker === null) return;
    if (isPaused === gate.isTaking()) {
      isPaused = !isPaused;
      const turned = isPaused ? worker.pause() : worker.resume();
      turned?.catch((error: unknown) => log.warn({ err: asFailure(error) }, 'a worker did not turn'));
    }
    // The time for a probe comes without anything happening.
    if (isPaused) timer = setTimeout(follow, probeEveryMs).unref();
  };
  return {
    gate,
    change(by) {
      const result = by(gate);
      follow();
      const health = gate.health();
      const previous = last;
      last = health;
      if (!isSame(health, previous)) {
        tell(log, health, previous);
        onChange(health, previous);
      }
      return result;
    },
    attach(attached) {
      worker = attached;
      isPaused = false;
      follow();
    },
    stop() {
      worker = null;
      clearTimeout(timer);
    },
  };
}

function isSame(one: Health, other: Health): boolean {
  return (
    one.status === other.status &&
    one.closed?.reason === other.closed?.reason &&
    one.closed?.message === other.closed?.message
  );
}

function tell(log: Log, { name, closed, status }: Health, previous: Health): void {
  if (closed !== null && closed.reason !== previous.closed?.reason) {
    const { reason, message } = closed;
    // Waiting for one's turn is part of every start.
    const level = reason === 'waiting' ? 'debug' : 'warn';
    log[level]({ module: name, reason, because: message, status }, 'module closed');
  } else if (closed === null && previous.closed !== null) {
    const was = previous.closed.reason;
    log[was === 'waiting' ? 'debug' : 'info']({ module: name, was, status }, 'module open');
  }
}
