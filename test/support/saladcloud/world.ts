import { randomUUID } from 'node:crypto';
import type { SaladInstance } from './group.ts';
import { createGroup, type GroupWorld, type SaladGroup, type SaladRun } from './group.ts';
import { createMeter } from './meter.ts';
import type { GroupPrototype } from './prototypes.ts';
import { firesBetween } from './schedule.ts';
import { type SaladClass, type SaladPriority, SaladRefusal, type SaladSettings } from './settings.ts';

export type SaladLogLine = { group: string; instance: SaladInstance; at: Date; text: string };
/** From the order to create until it is gone. Real milliseconds of one monotonic clock. */
export type SaladLife = { group: string; fromMs: number; toMs: number | null };

const scheduleLookMs = 50;
const creditLookMs = 20;
const mostLogLines = 2_000;

/** An account at SaladCloud with its groups, machines, prices and bill. */
export function createSaladWorld(settings: SaladSettings) {
  const meter = createMeter(settings);
  const groups = new Map<string, SaladGroup>();
  const removedAtMs = new Map<string, number>();
  const lives: SaladLife[] = [];
  const runs: SaladRun[] = [];
  const lines: SaladLogLine[] = [];
  const classes: SaladClass[] = settings.classes.map((one) => ({ ...one, prices: { ...one.prices } }));
  const machines = new Map(
    classes.flatMap((one) =>
      Array.from({ length: one.machines }, () => [
        randomUUID() as string,
        { classId: one.id, isTaken: false },
      ]),
    ),
  );
  let nextDownloadSeconds: number | null = null;
  let slowed = 0;
  let lookedAt = settings.now();

  const classById = (id: string): SaladClass => {
    const found = classes.find((one) => one.id === id);
    if (found === undefined) throw new SaladRefusal(400, `The GPU class ${id} does not exist.`);
    return found;
  };
  const freeOf = (classId: string) =>
    [...machines].filter(([, machine]) => machine.classId === classId && !machine.isTaken);
  const isOutOfCredit = () => settings.balanceUsd !== null && meter.usd() >= settings.balanceUsd;

  const groupWorld: GroupWorld = {
    settings,
    meter,
    runs,
    takeMachine(classIds, not) {
      const free = classIds.flatMap(freeOf).filter(([id]) => !not.has(id));
      const [id, machine] = free[Math.floor(settings.random() * free.length)] ?? [];
      if (id === undefined || machine === undefined) return null;
      machine.isTaken = true;
      return id;
    },
    giveBack(machineId) {
      const machine = machines.get(machineId);
      if (machine !== undefined) machine.isTaken = false;
    },
    classOf: (machineId) => machines.get(machineId)?.classId ?? '',
    priceOf: (_, machineId, priority) => classById(machines.get(machineId)?.classId ?? '').prices[priority],
    hasImage: (image) => settings.images === null || settings.images.includes(image),
    log(group, instance, text) {
      lines.push({ group, instance, at: settings.now(), text });
      if (lines.length > mostLogLines) lines.shift();
    },
  };

  const requireName = (name: string): void => {
    const goneAtMs = removedAtMs.get(name) ?? Number.NEGATIVE_INFINITY;
    const isBlocked = performance.now() - goneAtMs < settings.tombstoneSeconds * settings.secondMs;
    if (groups.has(name) || isBlocked)
      throw new SaladRefusal(400, 'A container group with this name exists already.');
  };

  const create = (prototype: GroupPrototype): SaladGroup => {
    requireName(prototype.name);
    for (const id of prototype.container.resources.gpu_classes ?? []) classById(id);
    if (isOutOfCredit()) throw new SaladRefusal(403, 'The organization has no credits left.');
    if (usedReplicas() + prototype.replicas > settings.quota)
      throw new SaladRefusal(settings.quotaStatus, 'The quota of container replicas is reached.');
    const life: SaladLife = { group: prototype.name, fromMs: performance.now(), toMs: null };
    const group = createGroup(prototype, groupWorld, () => {
      groups.delete(prototype.name);
      removedAtMs.set(prototype.name, performance.now());
      life.toMs = performance.now();
    });
    if (nextDownloadSeconds !== null) {
      group.state.downloadSeconds = nextDownloadSeconds;
      slowed += 1;
    }
    nextDownloadSeconds = null;
    lives.push(life);
    groups.set(prototype.name, group);
    return group;
  };

  const usedReplicas = () => [...groups.values()].reduce((sum, { state }) => sum + state.replicas, 0);

  const followSchedules = (): void => {
    const now = settings.now();
    for (const group of groups.values()) {
      const due = group.state.scaling.filter(({ schedule }) =>
        firesBetween(schedule, lookedAt, now, settings.scheduleZoneMinutes),
      );
      if (group.state.isScaling) for (const { replicas } of due) group.scale(replicas);
    }
    lookedAt = now;
  };
  const followCredit = (): void => {
    if (!isOutOfCredit()) return;
    for (const group of groups.values()) {
      const { status, isEnding } = group.state;
      if (status !== 'stopped' && !isEnding) group.stop();
    }
  };
  const clocks = [setInterval(followSchedules, scheduleLookMs), setInterval(followCredit, creditLookMs)];

  return {
    settings,
    meter,
    lives: lives as readonly SaladLife[],
    runs: runs as readonly SaladRun[],
    lines: lines as readonly SaladLogLine[],
    classes: classes as readonly SaladClass[],
    classById,
    create,
    usedReplicas,
    group: (name: string) => groups.get(name),
    groups: () => [...groups.values()],
    freeMachines: (classId: string) => freeOf(classId).length,
    setPrice(classId: string, priority: SaladPriority, usdPerHour: number): void {
      classById(classId).prices[priority] = usdPerHour;
      meter.reprice(classId, priority, usdPerHour);
    },
    setMachines(classId: string, count: number): void {
      const free = freeOf(classId);
      for (const [id] of free.slice(count)) machines.delete(id);
      for (let more = free.length; more < count; more += 1)
        machines.set(randomUUID(), { classId, isTaken: false });
    },
    removeClass(classId: string): void {
      classes.splice(classes.indexOf(classById(classId)), 1);
    },
    slowNextDownload(seconds: number): void {
      nextDownloadSeconds = seconds;
    },
    /** How many groups fetched their image slowly. */
    slowed: () => slowed,
    async close(): Promise<void> {
      for (const clock of clocks) clearInterval(clock);
      await Promise.all([...groups.values()].map((group) => group.halt()));
    },
  };
}
export type SaladWorld = ReturnType<typeof createSaladWorld>;
