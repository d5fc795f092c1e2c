import type { Readable } from 'node:stream';
import type { Context } from '../../../src/context.ts';
import type { Random } from '../../../src/domain/random.ts';
import { withCachedList } from '../../../src/providers/compute/cached-list.ts';
import { saladcloudAt } from '../saladcloud/a-saladcloud.ts';
import { vastAt } from '../vast/a-vast.ts';
import type { Vendors } from './vendors.ts';

/** The agent's process is gone, whatever still hangs on its promises. */
export class Killed extends Error {}

/** One call to a vendor, as it goes out. */
export type Outgoing = { method: string; url: URL; body: unknown };

const listMaxAgeMs = 150;
const patience = {
  startingMs: 3_000,
  createdMs: 2_500,
  unknownMs: 1_500,
  offlineMs: 1_500,
  rebootMs: 1_500,
};

/**
 * An agent from one start of its process to the next: its clients know nothing of earlier ones, and from its end on no
 * call of it does anything. It ends at any call to the database, the object store or a vendor, before or after the effect.
 * @param given.killShare of all calls
 */
export function aLife(
  base: Context,
  vendors: Vendors,
  given: { prefix: string; random: Random; killShare: number; onCall: (call: Outgoing) => void },
) {
  const { prefix, random, killShare, onCall } = given;
  const life = { isOver: false };
  const guard = async <T>(work: () => Promise<T>): Promise<T> => {
    if (life.isOver) throw new Killed();
    const strike = random();
    if (strike < killShare / 2) {
      life.isOver = true;
      throw new Killed();
    }
    const answer = await work();
    // It had its effect, and nobody is left to hear of it.
    if (strike > 1 - killShare / 2) life.isOver = true;
    if (life.isOver) throw new Killed();
    return answer;
  };
  const guardedFetch: typeof fetch = (input, init) =>
    guard(async () => {
      const body = typeof init?.body === 'string' ? JSON.parse(init.body) : undefined;
      onCall({ method: init?.method ?? 'GET', url: new URL(String(input)), body });
      return await fetch(input, init);
    });
  const { state, objects } = base;
  const ctx: Context = {
    ...base,
    state: { ...state, call: (name, args, answer) => guard(() => state.call(name, args, answer)) },
    objects: {
      ...objects,
      put: (...args) => guard(() => objects.put(...args)),
      get: async (...args) => {
        const opened: Readable[] = [];
        try {
          return await guard(async () => {
            const stream = await objects.get(...args);
            opened.push(stream);
            return stream;
          });
        } catch (error) {
          for (const stream of opened) stream.destroy();
          throw error;
        }
      },
      head: (...args) => guard(() => objects.head(...args)),
    },
    compute: rentedClients(vendors, prefix, guardedFetch),
  };
  return { ctx, life };
}

/** Clients of both vendors as a fresh process has them. */
export function rentedClients({ saladcloud, vast }: Vendors, labelPrefix: string, to: typeof fetch = fetch) {
  const clients = [
    saladcloudAt(saladcloud, { labelPrefix, timeoutMs: 3_000, stopPatienceMs: 3_000, fetch: to }),
    vastAt(vast, { labelPrefix, patience, fetch: to }),
  ];
  return clients.map((client) => withCachedList(client, { maxAgeMs: listMaxAgeMs, now: () => new Date() }));
}
