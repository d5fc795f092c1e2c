import { parseJson } from '../../../src/providers/http.ts';
import { filterRows, isRecord, orderRows, type Row } from './filters.ts';
import { isGone, ratesOf, type VastMachine, wholeRate } from './machine.ts';
import { refuse } from './settings.ts';
import type { VastWorld } from './world.ts';

const mostPerPage = 25;
/** What the list can be filtered by: columns that are stored. What is computed is not. */
const storedColumns = new Set([
  'id',
  'label',
  'actual_status',
  'intended_status',
  'gpu_name',
  'verification',
  'machine_id',
  'start_date',
]);

/** A page of the list. @throws VastRefusal 400 `invalid_request`, `invalid_token` */
export function listInstances(world: VastWorld, query: URLSearchParams): Record<string, unknown> {
  const filters: unknown = jsonOf(query.get('select_filters')) ?? {};
  if (!isRecord(filters)) throw refuse(400, 'invalid_request', 'select_filters is an object');
  const rows = visible(world).map((machine) => instanceRow(world, machine));
  const matching = filterRows(rows, filters, storedColumns);
  const order = jsonOf(query.get('order_by')) ?? [['id', 'asc']];
  const found = orderRows(matching, order, storedColumns);
  const start = startOf(query.get('after_token'), found);
  const limit = Math.min(Number(query.get('limit') ?? mostPerPage), mostPerPage);
  const page = found.slice(start, start + limit);
  const last = page.at(-1);
  const hasMore = start + page.length < found.length && last !== undefined;
  const labels = found.map((row) => row.label).filter((label) => typeof label === 'string');
  return {
    success: true,
    instances_found: found.length,
    total_instances: rows.length,
    label_counts: Object.fromEntries(
      labels.map((label) => [label, labels.filter((other) => other === label).length]),
    ),
    next_token: hasMore ? Buffer.from(JSON.stringify({ values: { id: last.id } })).toString('base64') : null,
    instances: page,
  };
}

/** Destroyed machines stay for a while, new ones come after a while. */
function visible(world: VastWorld): VastMachine[] {
  const { destroyLagMs, listLagMs } = world.settings;
  return world.machines.filter((machine) => {
    const isNew = Date.now() - machine.createdRealMs < listLagMs;
    const isPast = machine.destroyedRealMs !== null && Date.now() - machine.destroyedRealMs > destroyLagMs;
    return !isNew && !isPast;
  });
}

function startOf(token: string | null, rows: readonly Row[]): number {
  if (token === null) return 0;
  const parsed = jsonOf(Buffer.from(token, 'base64').toString('utf8'));
  const values = isRecord(parsed) ? parsed.values : undefined;
  const after = isRecord(values) ? Number(values.id) : Number.NaN;
  if (Number.isNaN(after)) throw refuse(400, 'invalid_token', 'Invalid pagination token');
  const index = rows.findIndex((row) => Number(row.id) > after);
  return index < 0 ? rows.length : index;
}

function jsonOf(text: string | null): unknown {
  if (text === null) return undefined;
  const value = parseJson(text);
  if (value === undefined) throw refuse(400, 'invalid_request', 'not JSON');
  return value;
}

/** A machine as every read shows it, with what it was started with: that is no secret to its owner. */
export function instanceRow(world: VastWorld, machine: VastMachine): Row {
  const { host } = machine;
  const rates = ratesOf(machine, world.settings);
  return {
    id: machine.id,
    label: machine.label,
    machine_id: host.machineId,
    host_id: host.machineId + 5_000,
    actual_status: machine.status,
    intended_status: isGone(machine) ? 'stopped' : machine.intended,
    cur_state: machine.intended,
    next_state: machine.intended,
    status_msg: machine.words,
    image_uuid: machine.image,
    image_runtype: 'args',
    image_args: machine.args,
    extra_env: [],
    onstart: null,
    start_date: machine.createdMs / 1_000,
    end_date: machine.createdMs / 1_000 + host.durationSeconds,
    uptime_mins: null,
    dph_base: machine.gpuUsdPerHour,
    dph_total: wholeRate(machine),
    storage_cost: host.storageCost,
    storage_total_cost: machine.diskUsdPerHour,
    min_bid: host.minBidUsd,
    is_bid: machine.kind === 'bid',
    gpu_name: host.gpuName,
    num_gpus: host.numGpus,
    gpu_ram: host.gpuRamMb,
    gpu_util: rates.gpu > 0 ? 87.5 : null,
    ports: machine.status === 'running' ? { '22/tcp': [{ HostIp: '0.0.0.0', HostPort: '41022' }] } : null,
    public_ipaddr: '203.0.113.7',
    verification: host.verification,
    geolocation: 'Osaka, JP',
    reliability2: host.reliability,
  };
}
