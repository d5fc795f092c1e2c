import { SystemFailure, TransientFailure } from '../../domain/errors.ts';
import type { VastCalls } from './vast-calls.ts';
import {
  type VastInstance,
  type VastInstances,
  vastInstancesSchema,
  vastTakenSchema,
} from './vast-schemas.ts';

/** Source: vast-ai/docs, api-reference, "show instances (v1)": the server's maximum. */
const pageSize = 25;
/** 2,500 machines; more pages than that are a list without end. */
const mostPages = 100;

export type VastMachines = ReturnType<typeof createVastMachines>;

/**
 * The account's machines, by the only list that still tells the truth: the older one answers with an empty list, or
 * with an error inside a success, and fleets looked empty that way.
 * Source: vast-ai/docs, "show instances (v1)"; dstackai/dstack#3969, skypilot-org/skypilot#10517.
 */
export function createVastMachines(calls: VastCalls) {
  async function pages(filters: object | null, signal: AbortSignal): Promise<VastInstance[]> {
    const found = new Map<number, VastInstance>();
    const seen = new Set<string>();
    let token: string | null = null;
    for (let page = 0; page < mostPages; page += 1) {
      const answer: VastInstances = await calls({
        name: 'list',
        endpoint: 'list',
        method: 'GET',
        path: '/api/v1/instances/',
        query: {
          limit: String(pageSize),
          ...(filters === null ? {} : { select_filters: JSON.stringify(filters) }),
          ...(token === null ? {} : { after_token: token }),
        },
        answer: vastInstancesSchema,
        idempotent: true,
        signal,
      });
      for (const instance of answer.instances) found.set(instance.id, instance);
      const counted = filters === null ? answer.total_instances : answer.instances_found;
      if (page === 0 && answer.instances.length === 0 && (counted ?? 0) > 0) {
        throw new TransientFailure('Vast.ai counts machines that its list does not show.', {
          code: 'vast.list_incomplete',
        });
      }
      token = answer.next_token ?? null;
      if (token === null) return [...found.values()];
      if (seen.has(token)) break;
      seen.add(token);
    }
    throw new SystemFailure('The list of machines at Vast.ai has no end.', { code: 'vast.bad_response' });
  }

  return {
    /** Every machine of the account. @throws whenever the answer is no whole list */
    all: (signal: AbortSignal) => pages(null, signal),

    /** Machines with exactly this label, the newest first. */
    async byLabel(label: string, signal: AbortSignal): Promise<VastInstance[]> {
      const found = await pages({ label: { eq: label } }, signal);
      return found.filter((instance) => instance.label === label).sort((a, b) => b.id - a.id);
    },

    async byId(id: number, signal: AbortSignal): Promise<VastInstance | null> {
      const found = await pages({ id: { eq: id } }, signal);
      return found.find((instance) => instance.id === id) ?? null;
    },

    /** Orders the end of a machine. The answer is no proof of it. @throws BusinessFailure `vast.not_found` */
    async destroy(id: number, signal: AbortSignal): Promise<void> {
      await calls({
        name: 'destroy',
        endpoint: 'destroy',
        method: 'DELETE',
        path: `/api/v0/instances/${id}/`,
        json: {},
        answer: vastTakenSchema,
        idempotent: true,
        signal,
      });
    },
  };
}
