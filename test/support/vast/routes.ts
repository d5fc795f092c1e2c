import { randomUUID } from 'node:crypto';
import { listCharges } from './charges.ts';
import { isRecord } from './filters.ts';
import { instanceRow, listInstances } from './instances.ts';
import { isGone, logOf, type VastMachine } from './machine.ts';
import { searchOffers } from './market.ts';
import { readRentOrder } from './rent-order.ts';
import { refuse, type VastRight } from './settings.ts';
import type { VastWorld } from './world.ts';

/** What is counted apart: a least gap in seconds for each. Source: docs.vast.ai, "Rate limits and errors". */
export const gapSeconds = {
  search: 6,
  create: 4.5,
  destroy: 3,
  show: 2,
  list: 1,
  manage: 1,
  bid: 5.5,
  logs: 1,
  user: 1,
  charges: 1,
} as const;
export type VastEndpointName = keyof typeof gapSeconds;

/** The right of the account's key that each kind of call needs. */
export const rightOf: Readonly<Record<VastEndpointName, VastRight>> = {
  search: 'misc',
  create: 'instance_write',
  destroy: 'instance_write',
  show: 'instance_read',
  list: 'instance_read',
  manage: 'instance_write',
  bid: 'instance_write',
  logs: 'instance_read',
  user: 'user_read',
  charges: 'billing_read',
};

export type VastRequest = {
  query: URLSearchParams;
  /** Parsed; undefined where there was none. */
  body: unknown;
  /** Numbers of the path. */
  id: number;
  /** The machine whose own key was used; null for the account's key. */
  asMachine: VastMachine | null;
  /** Of this server. */
  url: string;
};

type Route = {
  endpoint: VastEndpointName;
  method: string;
  path: RegExp;
  /** Whether a machine's own key may be used, on itself. */
  forMachines?: boolean;
  answer: (world: VastWorld, request: VastRequest) => unknown;
};

/** Logs that were asked for, and from when on they can be fetched. */
export type LogPlace = { text: string; fromMs: number };

const logDelayMs = 60;

export function vastRoutes(places: {
  ignoresDestroy: () => boolean;
  logs: Map<string, LogPlace>;
}): readonly Route[] {
  return [
    { endpoint: 'user', method: 'GET', path: /^\/api\/v0\/users\/current\/$/, answer: showUser },
    { endpoint: 'search', method: 'POST', path: /^\/api\/v0\/bundles\/$/, answer: search },
    { endpoint: 'create', method: 'PUT', path: /^\/api\/v0\/asks\/(\d+)\/$/, answer: create },
    {
      endpoint: 'list',
      method: 'GET',
      path: /^\/api\/v1\/instances\/$/,
      answer: (world, { query }) => listInstances(world, query),
    },
    { endpoint: 'list', method: 'GET', path: /^\/api\/v0\/instances\/$/, answer: oldList },
    {
      endpoint: 'list',
      method: 'GET',
      path: /^\/api\/v0\/instances\/pending-price-increases\/$/,
      answer: () => ({ success: true, pending_price_increases: [] }),
    },
    {
      endpoint: 'show',
      method: 'GET',
      path: /^\/api\/v0\/instances\/(\d+)\/$/,
      forMachines: true,
      answer: show,
    },
    {
      endpoint: 'destroy',
      method: 'DELETE',
      path: /^\/api\/v0\/instances\/(\d+)\/$/,
      forMachines: true,
      answer: (world, request) => destroy(world, request, places.ignoresDestroy()),
    },
    {
      endpoint: 'manage',
      method: 'PUT',
      path: /^\/api\/v0\/instances\/(\d+)\/$/,
      forMachines: true,
      answer: manage,
    },
    { endpoint: 'bid', method: 'PUT', path: /^\/api\/v0\/instances\/bid_price\/(\d+)\/$/, answer: changeBid },
    {
      endpoint: 'logs',
      method: 'PUT',
      path: /^\/api\/v0\/instances\/request_logs\/(\d+)\/$/,
      answer: (world, request) => requestLogs(world, request, places.logs),
    },
    {
      endpoint: 'charges',
      method: 'GET',
      path: /^\/api\/v0\/charges\/$/,
      answer: (world, { query }) => listCharges(world, query),
    },
  ];
}

function showUser(world: VastWorld) {
  const credit = world.balance();
  return { id: 42, email: 'owner@example.org', credit, balance: 0, ssh_key: '', autobill_amount: null };
}

function search(world: VastWorld, { body }: VastRequest) {
  if (!isRecord(body)) throw refuse(400, 'invalid_request', 'the query is an object');
  const { hosts, isRented, random, settings } = world;
  return { offers: searchOffers(body, { hosts, isRented, random, priceNoise: settings.priceNoise }) };
}

function create(world: VastWorld, { id, body }: VastRequest) {
  const { order, host } = readRentOrder(world, id, body);
  const machine = world.rent(order, host);
  // Standing still, and billed for its disk, until the machine is free: what a client has to forbid.
  if (order.waits) world.change(machine, { status: 'stopped', words: 'waiting for the GPU' });
  return { success: true, new_contract: machine.id, instance_api_key: machine.key };
}

/** The end of the older list, told as an error or inside a success. */
function oldList(world: VastWorld): never {
  throw refuse(world.settings.oldListStatus, 'deprecated_endpoint', 'use /api/v1/instances/');
}

function find(world: VastWorld, { id, asMachine }: VastRequest): VastMachine {
  if (asMachine !== null && asMachine.id !== id)
    throw refuse(403, 'auth_error', 'not permitted for this key');
  const machine = world.machines.find((one) => one.id === id);
  if (machine === undefined) throw refuse(404, 'no_such_instance', `no such instance ${id}`);
  return machine;
}

function show(world: VastWorld, request: VastRequest) {
  const machine = find(world, request);
  if (!isGone(machine)) return { instances: instanceRow(world, machine) };
  const isFresh = Date.now() - (machine.destroyedRealMs ?? 0) < 10 * world.settings.destroyLagMs;
  if (isFresh) return { instances: null };
  throw refuse(404, 'no_such_instance', `no such instance ${request.id}`);
}

async function destroy(world: VastWorld, request: VastRequest, isIgnored: boolean) {
  if (!isRecord(request.body)) throw refuse(400, 'invalid_args', 'the body is an object');
  const machine = find(world, request);
  if (isGone(machine)) throw refuse(404, 'no_such_instance', `no such instance ${request.id}`);
  if (isIgnored) return { success: true };
  const gone = world.destroy(machine, request.asMachine === null ? 'order' : 'itself');
  // The one who destroys itself hears nothing more.
  if (request.asMachine === null) await gone;
  return { success: true };
}

async function manage(world: VastWorld, request: VastRequest) {
  const machine = find(world, request);
  const body = isRecord(request.body) ? request.body : {};
  if (typeof body.label === 'string') {
    if (body.label.length > 1_024) throw refuse(400, 'label_too_long', 'at most 1024');
    machine.label = body.label;
  }
  if (body.state === 'stopped') await world.halt(machine, 'stopped', 'stopped');
  else if (body.state === 'running') await world.restart(machine);
  else if (body.label === undefined) throw refuse(400, 'invalid_args', 'state or label');
  return { success: true };
}

function changeBid(world: VastWorld, request: VastRequest) {
  const machine = find(world, request);
  const body = isRecord(request.body) ? request.body : {};
  const { price, client_id: client } = body;
  if (client !== 'me' || typeof price !== 'number' || price < 0.001 || price > 32) {
    throw refuse(400, 'invalid_args', 'client_id and price');
  }
  world.change(machine, { gpuUsdPerHour: price });
  return { success: true };
}

function requestLogs(world: VastWorld, request: VastRequest, logs: Map<string, LogPlace>) {
  const machine = world.machines.find((one) => one.id === request.id && !isGone(one));
  if (machine === undefined) throw refuse(404, 'invalid_id', 'no such instance');
  const name = randomUUID();
  logs.set(name, { text: logOf(machine), fromMs: Date.now() + logDelayMs });
  return { success: true, result_url: `${request.url}/logs/${name}`, msg: 'requested' };
}
