import { isRecord } from './filters.ts';
import { refuse } from './settings.ts';
import type { VastWorld } from './world.ts';

const mostPerPage = 500;

/** The bills of machines, whole contracts, from the meters. @throws VastRefusal 400 */
export function listCharges(world: VastWorld, query: URLSearchParams): Record<string, unknown> {
  const filters: unknown = JSON.parse(query.get('select_filters') ?? '{}');
  const day = isRecord(filters) && isRecord(filters.day) ? filters.day : {};
  const { gte, lte } = day;
  if (typeof gte !== 'number' || typeof lte !== 'number') {
    throw refuse(400, 'invalid_request', "Must provide both 'day' gte and lte filters for instance charges");
  }
  const limit = Number(query.get('limit') ?? 100);
  if (!(limit >= 1 && limit <= mostPerPage)) throw refuse(400, 'invalid_request', 'limit is at most 500');
  const start = Number(query.get('after_token') ?? 0);
  if (!Number.isInteger(start)) throw refuse(400, 'invalid_token', 'Invalid pagination token');
  world.balance();
  const rows = world.machines
    .map((machine) => ({
      machine,
      start: machine.createdMs / 1_000,
      end: (machine.endedMs ?? world.now()) / 1_000,
    }))
    .filter((row) => row.start <= lte && row.end >= gte)
    .reverse();
  const page = rows.slice(start, start + limit);
  const next = start + page.length;
  return {
    success: true,
    count: page.length,
    total: rows.length,
    next_token: next < rows.length ? String(next) : null,
    results: page.map(({ machine, start: from, end }) => ({
      start: Math.floor(from),
      end: Math.floor(end),
      type: 'instance',
      source: `instance-${machine.id}`,
      description: `Instance ${machine.id} Charges`,
      amount: Number(machine.meter.totalUsd().toFixed(3)),
      metadata: machine.label === null ? {} : { label: machine.label },
      items: Object.entries(machine.meter.charges()).map(([type, amount]) => ({
        type,
        description: type,
        amount,
        source: null,
        metadata: {},
        items: [],
      })),
    })),
  };
}
