import { setTimeout as pause } from 'node:timers/promises';
import type { Random } from '../../../src/domain/random.ts';
import type { SaladRoute } from '../saladcloud/routes.ts';
import { saladPriorities } from '../saladcloud/settings.ts';
import type { SaladFault } from '../saladcloud/start-saladcloud.ts';
import type { VastFault } from '../vast/start-vast.ts';
import { asListed, oneOf, type Vendors } from './vendors.ts';

/** What goes wrong. */
export const faultKinds = [
  'no capacity',
  'slow start',
  'node dies',
  'node lies',
  'API 429',
  'API 5xx',
  'answer cut off',
  'create took effect unseen',
  'destroy refused',
  'price changes',
] as const;
export type FaultKind = (typeof faultKinds)[number];

const saladFaults: readonly [SaladRoute, readonly SaladFault[]][] = [
  ['create', ['lost', 'effect_then_502', 'dropped', { lateMs: 300 }, { status: 403 }, { status: 429 }]],
  ['create', ['lost', { lateMs: 200 }, { status: 503, html: true }]],
  ['delete', ['lost', { status: 500 }, { status: 403 }, { status: 429 }]],
  ['group', [{ status: 500 }, 'truncated']],
  ['groups', [{ status: 503, html: true }, 'truncated', { status: 429 }]],
  ['instances', [{ status: 500 }, 'dropped']],
  ['availability', [{ status: 500 }, { status: 429 }]],
];
const vastFaults: readonly ['create' | 'list' | 'destroy' | 'search', readonly VastFault[]][] = [
  [
    'create',
    [
      { kind: 'lost', how: 'cut' },
      { kind: 'lost', how: 'html' },
      { kind: 'late', afterMs: 300 },
      { kind: 'status', status: 502 },
      { kind: 'status', status: 429 },
    ],
  ],
  [
    'list',
    [
      { kind: 'status', status: 503 },
      { kind: 'status', status: 429 },
      { kind: 'lie' },
      { kind: 'lost', how: 'garbled' },
    ],
  ],
  ['destroy', [{ kind: 'lie' }, { kind: 'status', status: 502 }, { kind: 'lost', how: 'cut' }]],
  [
    'search',
    [
      { kind: 'status', status: 500 },
      { kind: 'status', status: 429 },
    ],
  ],
];
const strikes = ['died', 'outbid', 'offline', 'frozen', 'unknown'] as const;
/** Those that the vendor does not tell of. */
const hiddenStrikes: readonly string[] = ['died', 'frozen'];

const lookMs = 50;
/** Of the faults of each call that are drawn, at first and later. */
const firstShare = 0.3;
const laterShare = 0.06;
const struckShare = 0.35;
const slowShare = 0.15;
const latestStrikeMs = 2_000;
const mostDryMs = 2_500;

/** Prices that rose, by the real clock: what is over a cap then is the vendor's doing. */
export type PriceRise = { atMs: number };

/** What happens to machines, calls and prices while a seed runs. */
export function startWeather(vendors: Vendors, random: Random) {
  const { saladcloud, vast } = vendors;
  const counts = new Map<FaultKind, number>();
  const rises: PriceRise[] = [];
  const count = (kind: FaultKind, times = 1) => counts.set(kind, (counts.get(kind) ?? 0) + times);
  const seen = new Set<string>();
  const due: { atMs: number; act: () => unknown }[] = [];
  const later = (delayMs: number, act: () => unknown) => due.push({ atMs: performance.now() + delayMs, act });
  const stopping = new AbortController();

  const drawFaults = (share: number) => {
    const draw = <T>(from: readonly T[]): T[] => from.filter(() => random() < share);
    for (const [route, faults] of saladFaults) saladcloud.failNext(route, ...draw(faults));
    for (const [endpoint, faults] of vastFaults)
      for (const fault of draw(faults)) vast.fault(endpoint, fault);
  };

  const runDry = () => {
    count('no capacity');
    saladcloud.runDry();
    later(mostDryMs * random(), () => {
      for (const { id } of saladcloud.classes) saladcloud.setMachines(id, 20);
    });
  };

  const changePrices = () => {
    count('price changes');
    const factor = random() < 0.5 ? 0.5 : 1.5 + 4 * random();
    if (factor > 1) rises.push({ atMs: performance.now() });
    const [first, ...others] = saladcloud.classes;
    if (random() < 0.5 || first === undefined) {
      for (const { machineId } of vast.hosts) if (random() < 0.5) vast.reprice(machineId, factor);
      return;
    }
    // All that somebody rents, or one of any.
    const used = [...new Set(saladcloud.meter.spans().map(({ classId }) => classId))];
    const ids = used.length > 0 ? used : [oneOf(random, [first, ...others]).id];
    for (const id of ids) {
      const { prices } = saladcloud.classById(id);
      for (const priority of saladPriorities)
        saladcloud.setPrice(id, priority, asListed(prices[priority] * factor));
    }
  };

  const strikeNew = () => {
    for (const machine of vast.alive()) {
      if (seen.has(`${machine.id}`)) continue;
      seen.add(`${machine.id}`);
      if (random() >= struckShare) continue;
      const strike = oneOf(random, strikes);
      later(latestStrikeMs * random(), async () => {
        if (machine.container === null) return;
        count(hiddenStrikes.includes(strike) ? 'node lies' : 'node dies');
        await vast.strike(machine.id, strike);
      });
    }
    for (const group of saladcloud.groups()) {
      const { instance } = group.state;
      const name = `${group.id} ${instance?.machineId}`;
      if (instance === null || seen.has(name)) continue;
      seen.add(name);
      if (random() >= struckShare) continue;
      const lies = random() < 0.4;
      later(latestStrikeMs * random(), async () => {
        if (group.state.instance?.state !== 'running' || group.state.isEnding) return;
        count(lies ? 'node lies' : 'node dies');
        if (lies) await group.lie();
        else group.move('Instance Interrupted (Node Offline)');
      });
    }
  };

  const slowDown = () => {
    if (random() < slowShare) saladcloud.slowNextDownload(1.5);
    if (random() < slowShare) vast.breakStart(random() < 0.6 ? 'slow_pull' : 'stall');
    if (random() < slowShare / 2) vast.breakStart('oci_error');
  };

  const blow = async () => {
    for (let round = 1; !stopping.signal.aborted; round += 1) {
      strikeNew();
      if (round % 20 === 0) {
        drawFaults(laterShare);
        slowDown();
      }
      const now = due.filter(({ atMs }) => atMs <= performance.now());
      for (const one of now) due.splice(due.indexOf(one), 1);
      for (const { act } of now) await act();
      await pause(lookMs);
    }
  };

  drawFaults(firstShare);
  slowDown();
  if (random() < 0.4) runDry();
  if (random() < 0.3) later(4_000 * random(), runDry);
  if (random() < 0.5) later(3_000 * random(), changePrices);
  const blown = blow();

  return {
    rises: rises as readonly PriceRise[],
    /** Clears up: nothing more goes wrong by itself. */
    async stop(): Promise<void> {
      stopping.abort();
      await blown;
      for (const { id } of saladcloud.classes) saladcloud.setMachines(id, 20);
    },
    /** How often each kind of fault really happened. */
    counts(): Record<FaultKind, number> {
      const all = new Map(counts);
      const add = (kind: FaultKind, times: number) => all.set(kind, (all.get(kind) ?? 0) + times);
      for (const { route, fault } of saladcloud.played) add(kindOfSalad(route, fault), 1);
      for (const { endpoint, fault } of vast.played) add(kindOfVast(endpoint, fault), 1);
      add(
        'no capacity',
        vast.records.of('refused').filter(({ detail }) => /no_such_ask/.test(detail)).length,
      );
      add('slow start', vast.machines.filter(({ startFault }) => startFault !== null).length);
      add('slow start', saladcloud.slowed());
      return Object.fromEntries(faultKinds.map((kind) => [kind, all.get(kind) ?? 0])) as Record<
        FaultKind,
        number
      >;
    },
  };
}

function kindOfSalad(route: SaladRoute, fault: SaladFault): FaultKind {
  if (route === 'delete') return 'destroy refused';
  const isUnseen = fault === 'lost' || fault === 'effect_then_502' || fault === 'truncated';
  const isLate = typeof fault === 'object' && 'lateMs' in fault;
  if (route === 'create' && (isUnseen || isLate)) return 'create took effect unseen';
  if (typeof fault !== 'object' || 'lateMs' in fault) return 'answer cut off';
  return fault.status === 429 ? 'API 429' : 'API 5xx';
}

function kindOfVast(endpoint: string, fault: VastFault): FaultKind {
  if (endpoint === 'destroy') return 'destroy refused';
  if (fault.kind === 'lie') return 'node lies';
  if (endpoint === 'create' && (fault.kind === 'lost' || fault.kind === 'late')) {
    return 'create took effect unseen';
  }
  if (fault.kind !== 'status') return 'answer cut off';
  return fault.status === 429 ? 'API 429' : 'API 5xx';
}
