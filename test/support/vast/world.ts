import { createRandom } from '../../../src/domain/random.ts';
import { aDisk } from './container.ts';
import {
  aMachine,
  bringUp,
  type Disk,
  isGone,
  killContainer,
  logOf,
  type RentOrder,
  ratesOf,
  stageOf,
  type VastMachine,
  wholeRate,
} from './machine.ts';
import { someRecords } from './records.ts';
import { refuse, type StartFault, type VastHost, type VastSettings } from './settings.ts';

const tickMs = 10;

/** A time at one price; `toMs` null: it lasts. */
export type VastRate = {
  id: number;
  label: string | null;
  usdPerHour: number;
  fromMs: number;
  toMs: number | null;
};

export type VastWorld = ReturnType<typeof createVastWorld>;

/** Machines, hosts and money of one account. Its clock may run faster than ours. */
export function createVastWorld(settings: VastSettings) {
  const records = someRecords();
  const random = createRandom(settings.seed);
  const bornMs = Date.now();
  const hosts = settings.hosts.map((host) => ({ ...host }));
  const machines: VastMachine[] = [];
  const disks = new Map<number, Promise<Disk>>();
  const startFaults: StartFault[] = [];
  const peak = { machines: 0, usdPerHour: 0 };
  const rates: VastRate[] = [];
  let credit = settings.creditUsd;
  let nextId = 7_000_001;
  const now = () => bornMs + (Date.now() - bornMs) * settings.speed;

  const alive = () => machines.filter((machine) => !isGone(machine));

  function book(machine: VastMachine): void {
    machine.meter.run(now(), ratesOf(machine, settings));
  }

  /** Everything that changes what a machine costs goes through here. */
  function change(machine: VastMachine, next: Partial<VastMachine>): void {
    book(machine);
    Object.assign(machine, next);
    noteRate(machine);
    peak.machines = Math.max(peak.machines, alive().length);
    peak.usdPerHour = Math.max(
      peak.usdPerHour,
      alive().reduce((sum, one) => sum + wholeRate(one), 0),
    );
  }

  function noteRate(machine: VastMachine): void {
    const { gpu, disk } = ratesOf(machine, settings);
    const last = rates.findLast(({ id }) => id === machine.id);
    if (last?.usdPerHour === gpu + disk && last.toMs === null) return;
    if (last !== undefined) last.toMs ??= Date.now();
    const { id, label } = machine;
    if (!isGone(machine)) rates.push({ id, label, usdPerHour: gpu + disk, fromMs: Date.now(), toMs: null });
  }

  function balance(): number {
    for (const machine of machines) book(machine);
    return credit - machines.reduce((sum, machine) => sum + machine.meter.totalUsd(), 0);
  }

  async function halt(machine: VastMachine, status: string, intended?: 'running' | 'stopped'): Promise<void> {
    change(machine, { status, words: null, ...(intended === undefined ? {} : { intended }) });
    records.add('stopped', status, machine);
    await killContainer(machine);
  }

  async function run(machine: VastMachine): Promise<void> {
    const disk = await (disks.get(machine.id) ?? aDisk());
    if (isGone(machine) || machine.container !== null || machine.status !== 'running') return;
    records.add('running', machine.image, machine);
    bringUp(machine, disk, {
      pythonFolder: settings.pythonFolder,
      onEnd: () => {
        if (isGone(machine) || machine.status !== 'running') return;
        void killContainer(machine);
        records.add('exited', logOf(machine), machine);
        change(machine, { status: 'exited', words: 'the main process ended' });
      },
    });
  }

  function advance(machine: VastMachine): void {
    if (isGone(machine) || machine.starts > 0 || machine.intended === 'stopped') return;
    if (machine.status !== null && !['created', 'loading'].includes(machine.status)) return;
    const stage = stageOf(machine, settings);
    if (stage.status === machine.status && stage.words === machine.words) return;
    change(machine, stage);
    if (stage.status !== 'running') return;
    machine.meter.move({ download: settings.imageBytes });
    void run(machine);
  }

  const ticker = setInterval(() => {
    for (const machine of machines) advance(machine);
    if (balance() > 0) return;
    for (const machine of alive()) {
      if (machine.intended === 'running') void halt(machine, 'stopped', 'stopped');
    }
  }, tickMs);

  return {
    settings,
    hosts,
    machines,
    records,
    random,
    startFaults,
    now,
    alive,
    balance,
    change,
    halt,
    peak: () => ({ ...peak }),
    rates: rates as readonly VastRate[],
    setCredit: (usd: number) => {
      credit = usd;
    },
    isRented: (host: VastHost) =>
      alive().some((machine) => machine.host.machineId === host.machineId && machine.intended === 'running'),

    /** The effect of a create. @throws VastRefusal for an empty account */
    rent(order: RentOrder, host: VastHost): VastMachine {
      if (balance() <= 0) throw refuse(400, 'insufficient_credit', 'Your account lacks credit; see billing.');
      const startFault = startFaults.shift() ?? null;
      const machine = aMachine(order, host, { id: nextId, nowMs: now(), startFault });
      nextId += 1;
      machines.push(machine);
      disks.set(machine.id, aDisk());
      change(machine, {});
      records.add('created', order.kind, machine);
      return machine;
    },

    /** Ends a machine and its bill at once; it stays in the list for a while. */
    async destroy(machine: VastMachine, by: 'order' | 'itself'): Promise<void> {
      if (isGone(machine)) return;
      change(machine, {});
      Object.assign(machine, { destroyedRealMs: Date.now(), endedMs: now() });
      noteRate(machine);
      records.add(by === 'itself' ? 'self_destroyed' : 'destroyed', machine.status ?? 'null', machine);
      await killContainer(machine);
      await (await disks.get(machine.id))?.remove();
    },

    /** Starts the container anew on the same disk, as after a lost and won bid. */
    async restart(machine: VastMachine): Promise<void> {
      change(machine, { status: 'running', words: 'success, running image', intended: 'running' });
      await run(machine);
    },

    async close(): Promise<void> {
      clearInterval(ticker);
      await Promise.all(machines.map(killContainer));
      await Promise.all([...disks.values()].map(async (disk) => (await disk).remove()));
    },
  };
}
