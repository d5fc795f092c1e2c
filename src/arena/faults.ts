/**
 * Faults on demand, for tests of whoever talks to the arena.
 *
 * A fault is either a table of rules or a function:
 *
 *   startArena({ …, faults: [
 *     { method: 'ListSubmissions', times: 2, action: { kind: 'answer', status: 429, headers: { 'retry-after': '0.2' } } },
 *     { method: 'CreateSubmission', action: { kind: 'drop', when: 'after' } },   // the effect happened, the answer is lost
 *     { method: 'storage.PUT', skip: 1, action: { kind: 'drop', afterBytes: 1000 } }, // cut off in the middle
 *   ] })
 *   startArena({ …, faults: ({ method, call }) => (method === 'GetLeaderboard' && call === 3 ? { kind: 'hang' } : null) })
 *
 * `method` is the name of an API method (`CreateSubmission`), of the storage origin (`storage.GET`, `storage.PUT`),
 * of the practice judge (`arena.close`, `arena.open`, `arena.rules`), or `*`. Rules are looked at in order; each
 * lets `skip` calls pass (default 0), then hits `times` calls (default 1, or `always`), then is spent; with `share` it
 * hits only that share of them, by a seeded lot. More rules can be added
 * while the arena runs: `arena.inject(rule)`. Faults hit calls that carry a valid credential.
 *
 * Actions, each `when: 'before'` (default: nothing happens at the arena) or `'after'` the call took effect:
 * - `answer`: this status, with an error body (`shape` nested, flat or empty) or `body` as it is, and `headers`;
 * - `hang`: no answer until the caller gives up or the arena closes;
 * - `drop`: the connection is cut; with `afterBytes` on the storage origin the body is cut after that many bytes:
 *   a download stops there, an upload keeps what had arrived;
 * - `delay`: `ms` later all goes on as usual.
 */
import { createRandom } from '../domain/random.ts';
import type { ErrorShape } from './api-error.ts';

type Timing = { when?: 'before' | 'after' | undefined };

export type FaultAction =
  | ({
      kind: 'answer';
      status: number;
      message?: string | undefined;
      shape?: ErrorShape | undefined;
      body?: string | undefined;
      headers?: Record<string, string> | undefined;
    } & Timing)
  | ({ kind: 'hang' } & Timing)
  | ({ kind: 'drop'; afterBytes?: number | undefined } & Timing)
  | ({ kind: 'delay'; ms: number } & Timing);

export type FaultRule = {
  method: string;
  action: FaultAction;
  times?: number | 'always' | undefined;
  skip?: number | undefined;
  /** Hits this share of the calls, by lot; 1 hits each. */
  share?: number | undefined;
};

/** @param call how often the method has been called since the start, this call included */
export type FaultFunction = (what: { method: string; call: number }) => FaultAction | null;

export type Faults = readonly FaultRule[] | FaultFunction;

export type FaultPlan = {
  /** What is to go wrong with this call, if anything. Each call asks once. */
  next(method: string): FaultAction | null;
  inject(rule: FaultRule): void;
};

/** @param seed draws the lots of rules with a share: the same seed, the same faults in the same order of calls */
export function createFaultPlan(faults: Faults = [], seed = 'arena'): FaultPlan {
  const random = createRandom(seed);
  const decide = typeof faults === 'function' ? faults : () => null;
  const rules = (typeof faults === 'function' ? [] : faults).map(startRule);
  const calls = new Map<string, number>();

  return {
    next(method) {
      const call = (calls.get(method) ?? 0) + 1;
      calls.set(method, call);
      for (const rule of rules) {
        if (rule.method !== method && rule.method !== '*') continue;
        if (rule.left === 0 || (rule.share < 1 && random() >= rule.share)) continue;
        if (rule.toSkip > 0) {
          rule.toSkip -= 1;
          continue;
        }
        rule.left -= 1;
        return rule.action;
      }
      return decide({ method, call });
    },
    inject: (rule) => void rules.push(startRule(rule)),
  };
}

function startRule({ method, action, times = 1, skip = 0, share = 1 }: FaultRule) {
  return { method, action, share, left: times === 'always' ? Number.POSITIVE_INFINITY : times, toSkip: skip };
}
