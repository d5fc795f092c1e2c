import type { RunReason } from './run-reason.ts';

/** What is known of the machine of a run. */
export type WatchedMachine = {
  isRented: boolean;
  createdAt: Date;
  startDeadline: Date | null;
  endsAt: Date | null;
  /** The first heartbeat. */
  firstSignAt: Date | null;
  /** The newest heartbeat of this start. */
  lastSignAt: Date | null;
  /** As the vendor's list has it now; null: it is not there. */
  instance: {
    state: 'starting' | 'running' | 'stopping';
    node: string | null;
    trouble: { code: string; message: string } | null;
  } | null;
  /** Since when the list says the same, and when it had it last. */
  seenSince: Date | null;
  lastSeenAt: Date | null;
};

export type MachinePatience = {
  heartbeatTimeoutSeconds: number;
  /** For a machine to come up, and to come up again after the vendor moved it. */
  startSeconds: number;
  /** A machine that nobody has seen yet may still appear for so long. */
  reconcileSeconds: number;
  /** A machine that was in the list may be missing from it for so long. */
  listLagSeconds: number;
};

export type MachineVerdict =
  | { is: 'well' }
  | {
      is: 'over';
      code: 'time_limit' | 'vanished' | 'silent' | 'start_deadline' | 'trouble' | 'unfit';
      reason: RunReason;
      /** The physical machine is at fault: the run does not go there again. */
      deniesNode: boolean;
    };

const well: MachineVerdict = { is: 'well' };

/** These are no node's fault: another one would meet them too. */
const faultOfOthers = new Set(['compute.image_missing', 'compute.no_credit', 'compute.interrupted']);

/** What it said last may be the end of its uploads; a host that its vendor does not hear of may reach us. */
const outlivedByHeartbeat = new Set(['compute.exited', 'compute.node_lost']);

/**
 * Whether a run's machine is to be kept. A run is alive by its heartbeat; the vendor's list says only whether there is
 * still something to wait for.
 */
export function judgeMachine(machine: WatchedMachine, patience: MachinePatience, now: Date): MachineVerdict {
  const { instance, endsAt, isRented } = machine;
  if (endsAt !== null && now > endsAt) {
    return over('time_limit', { code: 'time_limit' }, false);
  }
  const silentSeconds = secondsSince(machine.lastSignAt ?? machine.createdAt, now);
  const isSilent = silentSeconds > patience.heartbeatTimeoutSeconds;
  if (instance === null) return judgeAbsent(machine, patience, isSilent, now);
  if (instance.trouble !== null) {
    if (machine.lastSignAt !== null && !isSilent && outlivedByHeartbeat.has(instance.trouble.code))
      return well;
    return over(
      'trouble',
      { code: 'trouble', text: instance.trouble.message },
      !faultOfOthers.has(instance.trouble.code),
    );
  }
  if (machine.firstSignAt === null && isRented) {
    const isLate = machine.startDeadline !== null && now > machine.startDeadline;
    return isLate ? over('start_deadline', { code: 'start_deadline' }, true) : well;
  }
  if (!isSilent) return well;
  if (isRented && machine.seenSince !== null) {
    const since = secondsSince(machine.seenSince, now);
    // The vendor moved it, and it comes up again.
    if (instance.state === 'starting' && since <= patience.startSeconds) return well;
    if (instance.state === 'running' && since <= patience.heartbeatTimeoutSeconds) return well;
  }
  return over('silent', { code: 'silent' }, true);
}

function judgeAbsent(
  machine: WatchedMachine,
  patience: MachinePatience,
  isSilent: boolean,
  now: Date,
): MachineVerdict {
  if (!machine.isRented) return over('vanished', { code: 'run_vanished' }, false);
  if (machine.lastSignAt !== null && !isSilent) return well;
  const isToBeExpected =
    machine.lastSeenAt === null
      ? secondsSince(machine.createdAt, now) <= patience.reconcileSeconds
      : secondsSince(machine.lastSeenAt, now) <= patience.listLagSeconds;
  return isToBeExpected ? well : over('vanished', { code: 'vanished' }, machine.firstSignAt !== null);
}

function over(
  code: Extract<MachineVerdict, { is: 'over' }>['code'],
  reason: RunReason,
  deniesNode: boolean,
): MachineVerdict {
  return { is: 'over', code, reason, deniesNode };
}

function secondsSince(at: Date, now: Date): number {
  return (now.getTime() - at.getTime()) / 1000;
}
