import type { Health } from '../domain/health.ts';
import {
  createModuleTrouble,
  type ModuleTroubleOptions,
  type RunEnd,
  type Runnable,
} from './module-trouble.ts';

/** `isProbe`: the one run that shows whether a closed module works again. */
export type Admission = { isAdmitted: true; isProbe: boolean } | { isAdmitted: false; delayMs: number };

/** A delivery of a job, or a periodic task. */
export type GatedRun = Runnable & { id: string };

/** It has to wait for others. */
export type Hold = {
  message: string;
  /** What it is at goes on. */
  mayWorkOn: boolean;
};

export type ModuleGate = {
  /** Asked before a run begins; how it came out is told by `ended`, where it came to anything. */
  admit(run: GatedRun): Admission;
  /** A run that was let in really begins: it is nobody else's, and not done already. */
  began(): void;
  ended(run: GatedRun, admission: { isProbe: boolean }, end: RunEnd): void;
  /** Whether it makes sense to take a job out of the queue now. */
  isTaking(): boolean;
  isInSafeMode(): boolean;
  /** The periodic task that shows whether the module works again, when it is time for it. */
  dueTick(): string | null;
  /** @param key whoever holds it; the same one lets it go */
  hold(key: string, hold: Hold): void;
  letGo(key: string): void;
  /** For good: the process is about to end. */
  closeForEmergency(message: string): void;
  /** A round of health checks has ended. */
  lookedAt(): void;
  /** When a run last began; null before the first. */
  lastBeginAt(): Date | null;
  health(): Health;
};

export type ModuleGateOptions = ModuleTroubleOptions & {
  /** 0 (inclusive) to 1, for the jitter. */
  random: () => number;
};

/** A module that waits for its turn is asked again soon; it is a matter of moments. */
const heldMs = 1_000;
/** Jobs that work on are remembered by id; one that another process ended would stay for good. */
const mostWorkingOn = 1_000;

/** Decides whether a module takes work: all of it, what it is at already, one probe at a time, or none. */
export function createModuleGate(options: ModuleGateOptions): ModuleGate {
  const { probeEveryMs, now, random } = options;
  const trouble = createModuleTrouble(options);
  const holds = new Map<string, Hold>();
  const workingOn = new Set<string>();
  let emergency: string | null = null;
  let lastBeginAt: Date | null = null;

  const refuse = (aroundMs: number): Admission => ({
    isAdmitted: false,
    delayMs: Math.round(aroundMs * (0.5 + random() / 2)),
  });
  const letIn = (isProbe: boolean): Admission => ({ isAdmitted: true, isProbe });
  const isHeldFast = (): boolean => [...holds.values()].some(({ mayWorkOn }) => !mayWorkOn);
  const closed = (): Health['closed'] => {
    if (emergency !== null) return { reason: 'emergency', message: emergency };
    const [held] = holds.values();
    return held === undefined ? trouble.closed() : { reason: 'waiting', message: held.message };
  };

  return {
    admit(run) {
      if (emergency !== null) return refuse(probeEveryMs);
      if (isHeldFast()) return refuse(heldMs);
      if (workingOn.has(run.id)) return letIn(false);
      if (holds.size > 0) return refuse(probeEveryMs);
      if (!trouble.isClosed()) return letIn(false);
      return trouble.mayProbe(run) ? letIn(true) : refuse(probeEveryMs);
    },
    began() {
      lastBeginAt = now();
    },
    ended(run, { isProbe }, end) {
      if (end.outcome === 'given_up') return;
      if (end.outcome === 'works_on') remember(workingOn, run.id);
      else workingOn.delete(run.id);
      trouble.ended(run, end, isProbe);
    },
    isTaking() {
      if (emergency !== null || isHeldFast()) return false;
      if (workingOn.size > 0) return true;
      return holds.size === 0 && (!trouble.isClosed() || trouble.isProbeDue());
    },
    isInSafeMode: trouble.isInSafeMode,
    dueTick: () => (emergency === null && holds.size === 0 ? trouble.dueTick() : null),
    hold(key, hold) {
      holds.set(key, hold);
    },
    letGo(key) {
      holds.delete(key);
    },
    closeForEmergency(message) {
      emergency ??= message;
    },
    lookedAt: trouble.lookedAt,
    lastBeginAt: () => lastBeginAt,
    health: () => ({ ...trouble.health(), closed: closed() }),
  };
}

function remember(ids: Set<string>, id: string): void {
  ids.add(id);
  const [oldest] = ids;
  if (ids.size > mostWorkingOn && oldest !== undefined) ids.delete(oldest);
}
