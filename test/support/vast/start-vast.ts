import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { setTimeout as wait } from 'node:timers/promises';
import { atTestEnd } from '../tiny-server.ts';
import { listenOn } from './listen.ts';
import { isGone, killContainer, logOf, type VastMachine } from './machine.ts';
import {
  gapSeconds,
  type LogPlace,
  rightOf,
  type VastEndpointName,
  type VastRequest,
  vastRoutes,
} from './routes.ts';
import { refuse, type StartFault, usualSettings, VastRefusal, type VastSettings } from './settings.ts';
import { createVastWorld } from './world.ts';

/** What goes wrong with one call. */
export type VastFault =
  /** Answered before anything happens. */
  | { kind: 'status'; status: number; body?: string; headers?: Record<string, string> }
  /** It takes effect, and the answer is a gateway's page, or none at all. */
  | { kind: 'lost'; how: 'html' | 'busy' | 'cut' | 'garbled' }
  /** A gateway's page now, and the effect later. */
  | { kind: 'late'; afterMs: number }
  /** Never answered; no effect. */
  | { kind: 'hang' }
  /** Destroy: `success`, and no effect. List: no machines, whatever there is. */
  | { kind: 'lie' };

const gatewayPage = '<html><head><title>502 Bad Gateway</title></head><body></body></html>';
/** A create that came too early is kept out for longer. */
const createPenaltySeconds = 12;

export type VastEmulator = Awaited<ReturnType<typeof openVast>>;

/** A Vast.ai of one account on a free port, whose machines are processes of this computer; closed when the test ends. */
export async function startVast(changes: Partial<VastSettings> = {}) {
  const emulator = await openVast(changes);
  await atTestEnd(emulator.close);
  return emulator;
}

/** The same for whoever closes it. */
export async function openVast(changes: Partial<VastSettings> = {}) {
  const settings = { ...usualSettings, ...changes };
  const world = createVastWorld(settings);
  const apiKey = `vast-key-${Math.floor(world.random() * 1e12)}`;
  const faults: { endpoint: VastEndpointName; fault: VastFault; machine?: number }[] = [];
  const played: { endpoint: VastEndpointName; fault: VastFault }[] = [];
  const logs = new Map<string, LogPlace>();
  const nextAtMs = new Map<string, number>();
  let outage: VastFault | null = null;
  let isLying = false;
  let onTheWay = 0;
  const routes = vastRoutes({ ignoresDestroy: () => isLying, logs });

  function identify(header: string | undefined): VastMachine | null {
    const token = /^Bearer (.+)$/.exec(header ?? '')?.[1];
    if (token === undefined) throw refuse(401, 'auth_error', 'This action requires login.');
    if (token === apiKey) return null;
    const machine = world.machines.find((one) => one.key === token && !isGone(one));
    if (machine === undefined) throw refuse(404, 'auth_error', 'Invalid user key');
    return machine;
  }

  function keepGap(endpoint: VastEndpointName, identity: string): void {
    const name = `${endpoint} ${identity}`;
    const nowMs = performance.now();
    const isEarly = nowMs < (nextAtMs.get(name) ?? 0);
    const seconds = isEarly && endpoint === 'create' ? createPenaltySeconds : gapSeconds[endpoint];
    if (!isEarly || endpoint === 'create') nextAtMs.set(name, nowMs + seconds * 1_000 * settings.gapScale);
    if (isEarly)
      throw new VastRefusal(429, `API requests too frequent endpoint threshold=${gapSeconds[endpoint]}`);
  }

  async function answer(raw: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await buffer(raw);
    const url = new URL(raw.url ?? '/', server.url);
    const log = logs.get(url.pathname.replace('/logs/', ''));
    if (url.pathname.startsWith('/logs/')) {
      const isThere = log !== undefined && Date.now() >= log.fromMs;
      return end(response, isThere ? 200 : 404, isThere ? log.text : 'not yet');
    }
    const route = routes.find(({ method, path }) => method === raw.method && path.test(url.pathname));
    if (route === undefined)
      throw refuse(404, 'not_found', 'no such page; slashes at the end are part of it');
    const asMachine = identify(raw.headers.authorization);
    if (asMachine !== null && route.forMachines !== true) {
      throw refuse(403, 'auth_error', 'not permitted for this key');
    }
    if (asMachine === null) requireRight(settings, route.endpoint);
    keepGap(route.endpoint, raw.headers.authorization ?? '');
    const request: VastRequest = {
      query: url.searchParams,
      body: body.length === 0 ? undefined : JSON.parse(body.toString('utf8')),
      id: Number(route.path.exec(url.pathname)?.[1] ?? 0),
      asMachine,
      url: server.url,
    };
    world.records.add('request', `${raw.method} ${url.pathname}`);
    await actWith(takeFault(route.endpoint), () => route.answer(world, request), response);
  }

  function takeFault(endpoint: VastEndpointName): VastFault | null {
    if (outage !== null) return outage;
    const index = faults.findIndex((one) => one.endpoint === endpoint);
    const fault = index < 0 ? null : (faults.splice(index, 1)[0]?.fault ?? null);
    if (fault !== null) played.push({ endpoint, fault });
    if (fault !== null) world.records.add('fault', `${endpoint} ${fault.kind}`);
    return fault;
  }

  async function actWith(
    fault: VastFault | null,
    act: () => unknown,
    response: ServerResponse,
  ): Promise<void> {
    if (fault?.kind === 'hang') return;
    if (fault?.kind === 'status')
      return end(response, fault.status, fault.body ?? gatewayPage, fault.headers);
    if (fault?.kind === 'late') {
      onTheWay += 1;
      void wait(fault.afterMs)
        .then(act)
        .catch(() => undefined)
        .finally(() => {
          onTheWay -= 1;
        });
      return end(response, 504, gatewayPage);
    }
    isLying = fault?.kind === 'lie';
    const done = await Promise.resolve(act()).finally(() => {
      isLying = false;
    });
    if (fault?.kind === 'lost') {
      if (fault.how === 'cut') response.destroy();
      else if (fault.how === 'garbled') end(response, 200, '{"success": tr');
      else if (fault.how === 'busy') end(response, 503, gatewayPage, { 'retry-after': '0' });
      else end(response, 502, gatewayPage);
      return;
    }
    end(response, 200, JSON.stringify(fault?.kind === 'lie' ? lieOf(done) : done));
  }

  const server = await listenOn(
    createServer((raw, response) => {
      answer(raw, response).catch((error: unknown) => {
        const refusal = error instanceof VastRefusal ? error : new VastRefusal(500, String(error));
        world.records.add('refused', `${raw.method} ${raw.url?.split('?')[0]} ${refusal.message}`);
        const { body, status } = refusal;
        end(response, status, typeof body === 'string' ? body : JSON.stringify(body));
      });
    }),
  );
  const close = async () => {
    await server.close();
    await world.close();
  };

  return {
    url: server.url,
    apiKey,
    settings,
    close,
    records: world.records,
    /** Machines that are not destroyed. */
    alive: world.alive,
    machines: world.machines,
    hosts: world.hosts,
    balance: world.balance,
    setCredit: world.setCredit,
    /** The most that lived and cost at one moment. */
    peak: world.peak,
    /** What each machine cost an hour, from when until when by the real clock. */
    rates: world.rates,
    now: world.now,
    logOf: (id: number) =>
      world.machines
        .filter((machine) => machine.id === id)
        .map(logOf)
        .join(''),
    /** The next calls of this kind, one each. */
    fault: (endpoint: VastEndpointName, fault: VastFault, times = 1) => {
      for (let time = 0; time < times; time += 1) faults.push({ endpoint, fault });
    },
    /** Everything goes wrong so until it is null again. */
    setOutage: (fault: VastFault | null) => {
      outage = fault;
    },
    faultsLeft: () => faults.length,
    /** What went wrong so far. */
    played: played as readonly { endpoint: VastEndpointName; fault: VastFault }[],
    /** Calls whose effect is still to come. */
    onTheWay: () => onTheWay,
    /** The next machine comes up like this. */
    breakStart: (fault: StartFault) => world.startFaults.push(fault),
    /** Something happens to a machine: `died` alone is not told by its status. */
    strike: async (id: number, what: 'died' | 'outbid' | 'offline' | 'unknown' | 'frozen' | 'scheduling') => {
      const machine = world.alive().find((one) => one.id === id);
      if (machine !== undefined) await strike(world, machine, what);
    },
    /** A bid that wins again: the container starts anew on the same disk. */
    resume: async (id: number) => {
      const machine = world.alive().find((one) => one.id === id);
      if (machine !== undefined) await world.restart(machine);
    },
    /** A host that asks another price from now on. */
    reprice: (machineId: number, factor: number) => {
      for (const host of world.hosts.filter((one) => one.machineId === machineId)) {
        host.gpuUsdPerHour *= factor;
        host.minBidUsd *= factor;
      }
    },
    /** Bytes that a machine moved, for its bill. */
    move: (id: number, bytes: { download?: number; upload?: number }) => {
      for (const machine of world.machines.filter((one) => one.id === id)) machine.meter.move(bytes);
    },
    /** When each label's container ran: no two of one job may overlap. */
    runs: () => world.machines.flatMap(({ id, label, runs }) => runs.map((run) => ({ id, label, ...run }))),
    /** What each machine has cost so far. */
    bills: () => {
      world.balance();
      return world.machines.map((machine) => ({
        id: machine.id,
        label: machine.label,
        usd: machine.meter.totalUsd(),
        ...machine.meter.charges(),
      }));
    },
  };
}

function requireRight({ rights, noRightStatus }: VastSettings, endpoint: VastEndpointName): void {
  const right = rightOf[endpoint];
  if (!rights.includes(right))
    throw refuse(noRightStatus, 'auth_error', `the permission ${right} is missing`);
}

type Strike = 'died' | 'outbid' | 'offline' | 'unknown' | 'frozen' | 'scheduling';

async function strike(
  world: ReturnType<typeof createVastWorld>,
  machine: VastMachine,
  what: Strike,
): Promise<void> {
  if (what === 'outbid') await world.halt(machine, 'stopped');
  else if (what !== 'died') await world.halt(machine, what);
  else await killContainer(machine);
}

function end(
  response: ServerResponse,
  status: number,
  body: string,
  headers: Record<string, string> = {},
): void {
  const type = body.startsWith('{') ? 'application/json' : 'text/html';
  response.writeHead(status, { 'content-type': type, ...headers });
  response.end(body);
}

/** A list without its machines; an order that was taken is answered as ever. */
function lieOf(done: unknown): unknown {
  return typeof done === 'object' && done !== null && 'instances' in done ? { ...done, instances: [] } : done;
}
