import { type Health, modulePriorities } from '../domain/health.ts';
import type { Log } from '../domain/log.ts';
import type { WorkQueue } from '../domain/roles.ts';
import type { ModuleGates } from './module-gates.ts';

/** A module that begins nothing for so long, though there is work, holds the next ones up no longer. */
const defaultPatienceMs = 60_000;
const orderKey = 'order of recovery';
const costsKey = 'cost watch';
const secretsKey = 'secrets';
/** What the check of the secrets says when the last ones are too old to go on with. */
const secretsOver = 'vault.grace_over';

/** Names of the services without which no module can do anything. */
export const groundServices: readonly string[] = ['state', 'queue'];
export const costWatchName = 'cost-watch';

export type RecoveryOrderOptions = {
  gates: ModuleGates;
  /** What is checked, but the modules. */
  services: () => readonly Health[];
  /** Jobs lie in the module's queue, as far as is known; counted with those that are taken or wait for their time. */
  hasWork: (module: WorkQueue, counted: 'ready' | 'all') => boolean;
  /** The ground was away: what the cost watch knew may be old. */
  onGroundLost: () => void;
  now: () => Date;
  log: Log;
  patienceMs?: number;
};

export type RecoveryOrder = {
  /** To be called after each round of checks, and whenever the health of a service changed or a module began work. */
  step(): void;
};

/**
 * Lets the modules in, one level after the other: first the ground and the watch over the money, then what is high,
 * then what is medium. A level has come back when each of its modules has begun to work, has nothing to do, or is
 * closed for a reason of its own: a lasting fault of one holds no other up. The start counts as coming back too.
 */
export function createRecoveryOrder(options: RecoveryOrderOptions): RecoveryOrder {
  const { gates, services, hasWork, now, log, patienceMs = defaultPatienceMs } = options;
  const high = gates.modules.filter((module) => modulePriorities[module] === 'high');
  const medium = gates.modules.filter((module) => modulePriorities[module] === 'medium');
  let level: 'none' | 'high' | 'all' = 'none';
  // At the start nothing was looked at before this.
  let groundBackAt: Date | null = now();
  let highSince = now();
  let isStart = true;

  const hold = (module: WorkQueue, message: string) =>
    gates.hold(module, orderKey, { message, mayWorkOn: false });
  const holdAll = (missing: readonly Health[]): void => {
    const names = missing.map(({ name }) => name).join(' and ');
    for (const module of gates.modules) hold(module, `It waits until ${names} can be used again.`);
  };
  const isBack = (module: WorkQueue): boolean => {
    const begunAt = gates.lastBeginAt(module);
    const closed = gates.snapshot().find(({ name }) => name === module)?.closed;
    if ((begunAt !== null && begunAt >= highSince) || (closed ?? null) !== null) return true;
    // After an outage what lies there delayed may be due; a start need not wait for what has its time still to come.
    return !hasWork(module, isStart ? 'ready' : 'all');
  };
  const standOnGround = (): boolean => {
    const all = services();
    const missing = all.filter(({ name, status }) => groundServices.includes(name) && status !== 'healthy');
    if (missing.length > 0) {
      if (level !== 'none') options.onGroundLost();
      level = 'none';
      if (!isStart) groundBackAt = null;
      holdAll(missing);
      return false;
    }
    const since = groundBackAt ?? now();
    groundBackAt = since;
    const hasAnswered = ({ lastCheckedAt }: Health) => lastCheckedAt !== null && lastCheckedAt >= since;
    const others = all.filter(
      ({ name, priority }) => priority === 'critical' && !groundServices.includes(name),
    );
    return level !== 'none' || others.every(hasAnswered);
  };
  const watchMoney = (): void => {
    if (!gates.modules.includes('gpu')) return;
    const watch = services().find(({ name }) => name === costWatchName);
    const message = 'No machine is started while those that run cannot be watched.';
    if (watch?.status === 'unhealthy') gates.hold('gpu', costsKey, { message, mayWorkOn: true });
    else gates.letGo('gpu', costsKey);
  };

  holdAll(services().filter(({ name }) => groundServices.includes(name)));
  return {
    step() {
      watchMoney();
      watchSecrets(options);
      if (!standOnGround()) return;
      if (level === 'none') {
        level = 'high';
        highSince = now();
        log.info({ modules: high }, 'modules may work again');
        for (const module of high) gates.letGo(module, orderKey);
      }
      if (level !== 'high') return;
      if (!high.every(isBack) && now().getTime() - highSince.getTime() < patienceMs) return;
      level = 'all';
      isStart = false;
      log.info({ modules: medium }, 'modules may work again');
      for (const module of medium) gates.letGo(module, orderKey);
    },
  };
}

/** Keys that are too old are not used for anything new. */
function watchSecrets({ gates, services }: Pick<RecoveryOrderOptions, 'gates' | 'services'>): void {
  const secrets = services().find(({ name }) => name === secretsKey);
  const failure = secrets?.failure?.code === secretsOver ? secrets.failure : null;
  for (const module of gates.modules) {
    if (failure === null) gates.letGo(module, secretsKey);
    else gates.hold(module, secretsKey, { message: failure.message, mayWorkOn: false });
  }
}
