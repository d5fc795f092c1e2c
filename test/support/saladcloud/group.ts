import { randomUUID } from 'node:crypto';
import { type Container, startContainer } from './container.ts';
import type { Meter } from './meter.ts';
import type { GroupPrototype } from './prototypes.ts';
import type { SaladPriority, SaladSettings } from './settings.ts';

export type InstanceState = 'allocating' | 'downloading' | 'creating' | 'running' | 'stopping';
export type SaladInstance = {
  id: string;
  machineId: string;
  state: InstanceState;
  progress: number;
  updatedAt: Date;
};
export type SaladEvent = { name: string; at: Date; instanceId: string | null; machineId: string | null };
export type SaladRun = { group: string; machineId: string; pid: number; fromMs: number; toMs: number | null };

/** What a group needs of the world around it. */
export type GroupWorld = {
  settings: SaladSettings;
  meter: Meter;
  /** @returns null where no machine of the class is free */
  takeMachine(classIds: readonly string[], not: ReadonlySet<string>): string | null;
  giveBack(machineId: string): void;
  priceOf(classIds: readonly string[], machineId: string, priority: SaladPriority): number;
  classOf(machineId: string): string;
  hasImage(image: string): boolean;
  runs: SaladRun[];
  log(group: string, instance: SaladInstance, line: string): void;
};

/** Failed starts on one machine until the next is tried. Source: measured, saladfingers, E3 */
const restartsOnMachine = 5;

export type SaladGroup = ReturnType<typeof createGroup>;

/** One container group with its one replica, and what becomes of it as time goes by. */
export function createGroup(prototype: GroupPrototype, world: GroupWorld, onGone: () => void) {
  const { settings, meter } = world;
  const id = randomUUID();
  const createdAt = settings.now();
  const events: SaladEvent[] = [];
  const left = new Set<string>();
  const timers = new Set<NodeJS.Timeout>();
  const state = {
    status: 'pending' as 'pending' | 'stopped' | 'deploying' | 'running' | 'failed',
    description: null as string | null,
    replicas: prototype.replicas,
    scaling: prototype['scaling-actions'] ?? [],
    isScaling: prototype['scheduled-scaling-enabled'] ?? false,
    instance: null as SaladInstance | null,
    isDeleting: false,
    isEnding: false,
    downloadSeconds: settings.downloadSeconds,
    failures: 0,
  };
  let container: Container | null = null;
  /** Containers that come up or are killed: the group is not gone before they are. */
  const underWay = new Set<Promise<unknown>>();
  /** Rises with everything that makes what is under way void. */
  let age = 0;

  const priority = prototype.container.priority ?? 'high';
  const classIds = prototype.container.resources.gpu_classes ?? [];

  const after = (seconds: number, work: () => void): void => {
    const born = age;
    const timer = setTimeout(() => {
      timers.delete(timer);
      if (born === age) work();
    }, seconds * settings.secondMs);
    timers.add(timer);
  };
  const tell = (name: string): void => {
    const { instance } = state;
    events.push({
      name,
      at: settings.now(),
      instanceId: instance?.id ?? null,
      machineId: instance?.machineId ?? null,
    });
  };
  const enter = (next: InstanceState): void => {
    if (state.instance === null) return;
    Object.assign(state.instance, { state: next, updatedAt: settings.now() });
  };
  const bill = (): void => {
    const { instance } = state;
    if (instance === null) return;
    const { id: instanceId, machineId } = instance;
    const usdPerHour = world.priceOf(classIds, machineId, priority);
    const classId = world.classOf(machineId);
    meter.begin({ group: prototype.name, instanceId, machineId, classId, priority, usdPerHour });
  };
  const newInstance = (machineId: string, stage: InstanceState): void => {
    state.instance = { id: randomUUID(), machineId, state: stage, progress: 0, updatedAt: settings.now() };
  };

  const allocate = (): void => {
    const machineId = world.takeMachine(classIds, left);
    if (machineId === null) {
      after(settings.allocateSeconds, allocate);
      return;
    }
    newInstance(machineId, 'downloading');
    tell('Instance Allocated');
    tell('Instance Downloading');
    download(0);
  };
  const download = (done: number): void => {
    const step = 0.25;
    after(state.downloadSeconds * step, () => {
      if (state.instance !== null) state.instance.progress = Math.round((done + step) * 100);
      if (done + step < 1) return download(done + step);
      enter('creating');
      tell('Instance Creating');
      after(settings.createSeconds, begin);
    });
  };
  const begin = (): void => {
    enter('running');
    tell('Instance Running');
    state.status = 'running';
    bill();
    void run();
  };

  const follow = async <T>(work: Promise<T>): Promise<T> => {
    underWay.add(work);
    return await work.finally(() => underWay.delete(work));
  };
  const kill = async (dying: Container): Promise<void> => {
    await follow(dying.kill());
    const record = world.runs.find(({ pid, toMs }) => pid === dying.pid && toMs === null);
    if (record !== undefined) record.toMs = performance.now();
  };

  const run = async (): Promise<void> => {
    const { instance } = state;
    const born = age;
    if (settings.pythonFolder === null || instance === null) return;
    const started = await follow(
      startContainer({
        command: prototype.container.command ?? ['sleep', 'infinity'],
        variables: {
          ...prototype.container.environment_variables,
          SALAD_CONTAINER_GROUP_NAME: prototype.name,
          SALAD_INSTANCE_ID: instance.id,
          SALAD_MACHINE_ID: instance.machineId,
        },
        pythonFolder: settings.pythonFolder,
        onLine: (line) => world.log(prototype.name, instance, line),
      }),
    );
    if (born !== age) return await kill(started);
    container = started;
    const { machineId } = instance;
    const fromMs = performance.now();
    const record: SaladRun = { group: prototype.name, machineId, pid: started.pid, fromMs, toMs: null };
    world.runs.push(record);
    const status = await started.ended;
    record.toMs = performance.now();
    if (born === age) exited(status);
  };

  /** A container that ends is started again: same machine, new instance, and the meter runs on. */
  const exited = (status: number): void => {
    container = null;
    tell(`Instance Exited:${status} (${status === 0 ? 'Completed' : 'Error'})`);
    state.failures = status === 0 ? 0 : state.failures + 1;
    if (state.failures > restartsOnMachine) {
      state.failures = 0;
      move('Instance Reallocated by Platform');
      return;
    }
    const { instance } = state;
    if (instance === null) return;
    meter.end(instance.id);
    newInstance(instance.machineId, 'running');
    tell('Instance Starting');
    bill();
    after(settings.restartSeconds, () => void run());
  };

  /** Kills what runs now, and everything that was to come. */
  const halt = async ({ keepsMachine = false } = {}): Promise<void> => {
    age += 1;
    for (const timer of timers) clearTimeout(timer);
    timers.clear();
    const { instance } = state;
    if (instance !== null) {
      meter.end(instance.id);
      if (!keepsMachine) world.giveBack(instance.machineId);
    }
    const dying = container;
    container = null;
    if (dying !== null) await kill(dying);
    // Those that were to die before, or come up only now to be killed.
    while (underWay.size > 0) await Promise.allSettled([...underWay]);
  };

  /** The machine is lost; the platform looks for another one. */
  const move = (eventName: string): void => {
    tell(eventName);
    if (state.instance !== null) left.add(state.instance.machineId);
    const dying = halt();
    const born = age;
    if (state.instance !== null) newInstance(state.instance.machineId, 'allocating');
    after(settings.allocateSeconds, () => void dying.then(() => born === age && allocate()));
  };

  const deploy = (): void => {
    if (state.replicas === 0) return;
    state.status = 'deploying';
    tell('Container Group Started');
    after(settings.allocateSeconds, allocate);
  };

  /** Acknowledged at once, done a while later. Nothing is billed from the acknowledgement on. */
  const end = (done: () => void): void => {
    age += 1;
    for (const timer of timers) clearTimeout(timer);
    timers.clear();
    state.isEnding = true;
    enter('stopping');
    if (state.instance !== null) meter.end(state.instance.id);
    const [least, most] = settings.killSeconds;
    const seconds = least + settings.random() * (most - least);
    after(state.instance === null ? least : seconds, () => {
      void halt().then(() => {
        state.instance = null;
        state.isEnding = false;
        done();
      });
    });
  };

  after(settings.prepareSeconds, () => {
    if (!world.hasImage(prototype.container.image)) {
      state.status = 'failed';
      state.description = 'The image could not be found, or it may not be read.';
      return;
    }
    if (prototype.autostart_policy) deploy();
    else state.status = 'stopped';
  });

  return {
    id,
    prototype,
    createdAt,
    priority,
    state,
    events: (): readonly SaladEvent[] => events,
    move,
    remove(): void {
      if (state.isDeleting) return;
      state.isDeleting = true;
      end(onGone);
    },
    stop(): void {
      tell('Container Group Stopped');
      end(() => {
        state.status = 'stopped';
      });
    },
    start(): void {
      if (state.status === 'stopped') deploy();
    },
    scale(replicas: number): void {
      if (replicas === state.replicas) return;
      tell(`Container Group Desired Replica Count Updated from ${state.replicas} to ${replicas}`);
      state.replicas = replicas;
      if (replicas === 0) end(() => undefined);
      else deploy();
    },
    /** Same machine, fresh container. */
    recreate(): void {
      const machineId = state.instance?.machineId;
      if (machineId === undefined) return;
      tell('Instance Recreated');
      const dying = halt({ keepsMachine: true });
      const born = age;
      newInstance(machineId, 'creating');
      after(settings.createSeconds, () => void dying.then(() => born === age && begin()));
    },
    /** The process is gone, and nobody at the vendor has noticed. */
    async lie(): Promise<void> {
      const dying = container;
      age += 1;
      container = null;
      if (dying !== null) await kill(dying);
    },
    halt,
  };
}
