/** Calls per second through the state port, by both ways, against the same SQL through bare `pg` in the same run. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type pg from 'pg';
import { z } from 'zod';
import type { StatePort } from '../src/state/port.ts';
import { createSupabasePort } from '../src/state/supabase-port.ts';
import { type Benchmark, type Figure, median } from './figure.ts';
import { type Bench, openBench } from './support/backend.ts';

const rounds = 7;
const roundMs = 400;
/** As many as the pool of the state has connections. */
const atOnce = 6;
/** Taken for a JWT by nobody but the stand-in. */
const key = 'sb_secret_of_the_tests';

const variants = ['bare pg', 'pg port', 'supabase-js over the stand-in'] as const;
type Variant = (typeof variants)[number];
type Call = () => Promise<unknown>;

export const stateCallsBenchmark: Benchmark = {
  name: 'state-calls',
  async measure(signal) {
    const bench = await openBench('postgres', signal);
    if (bench === null) return { figures: [], notes: ['state-calls: there is no Postgres on this machine'] };
    try {
      const standIn = await startStandIn(bench);
      try {
        const remote = createSupabasePort({ url: standIn.url, key: { reveal: () => key } });
        const figures = [
          ...(await measureKind('read', readers(bench, remote), signal)),
          ...(await measureKind('write', writers(bench, remote), signal)),
        ];
        const notes = [
          'state-calls: the stand-in for PostgREST is a Node process beside the database; a real project is a network away',
        ];
        return { figures, notes };
      } finally {
        await standIn.close();
      }
    } finally {
      await bench.close();
    }
  },
};

const withId = z.object({ id: z.union([z.uuid(), z.int()]) });

function readers({ pool, state }: Bench, remote: StatePort): Record<Variant, Call> {
  const call = (port: StatePort) => () => port.call('read_installation', {}, withId);
  return {
    'bare pg': () => pool.query('select read_installation() as answer'),
    'pg port': call(state),
    'supabase-js over the stand-in': call(remote),
  };
}

const actor = { type: 'schedule', name: 'bench' };
const details = { round: 3, approach: 'gradient boosting', scores: [0.812, 0.807, 0.815], note: 'ünï' };

function writers({ pool, state }: Bench, remote: StatePort): Record<Variant, Call> {
  const call = (port: StatePort) => () =>
    port.call(
      'record_audit',
      { p_actor: actor, p_action: 'bench', p_competition_id: null, p_details: details },
      withId,
    );
  return {
    'bare pg': () =>
      pool.query(
        'select record_audit(p_actor => $1, p_action => $2, p_competition_id => $3, p_details => $4) as answer',
        [JSON.stringify(actor), 'bench', null, JSON.stringify(details)],
      ),
    'pg port': call(state),
    'supabase-js over the stand-in': call(remote),
  };
}

/** All ways in turn, round by round, so that what else the machine does meets them alike. */
async function measureKind(
  kind: 'read' | 'write',
  calls: Record<Variant, Call>,
  signal: AbortSignal,
): Promise<Figure[]> {
  const perSecond: Record<Variant, number[]> = {
    'bare pg': [],
    'pg port': [],
    'supabase-js over the stand-in': [],
  };
  for (const variant of variants) await callsPerSecond(calls[variant], signal);
  for (let round = 0; round < rounds; round++) {
    for (const variant of variants) perSecond[variant].push(await callsPerSecond(calls[variant], signal));
  }
  return variants.flatMap((variant) => {
    const base = { variant, samples: rounds, statistic: 'median' } as const;
    const ratios = perSecond[variant].map(
      (value, round) => value / (perSecond['bare pg'][round] ?? Number.NaN),
    );
    return [
      { ...base, name: `state.${kind}Calls`, unit: 'per s', value: median(perSecond[variant]) },
      { ...base, name: `state.${kind}CallsAgainstBarePg`, unit: 'ratio', value: median(ratios) },
    ];
  });
}

async function callsPerSecond(call: Call, signal: AbortSignal): Promise<number> {
  const startedAt = performance.now();
  let count = 0;
  const caller = async (): Promise<void> => {
    while (performance.now() - startedAt < roundMs) {
      signal.throwIfAborted();
      await call();
      count += 1;
    }
  };
  await Promise.all(Array.from({ length: atOnce }, caller));
  return (count * 1_000) / (performance.now() - startedAt);
}

/** In a process of its own, as PostgREST is. */
async function startStandIn({
  pool,
  connectionString,
}: Bench): Promise<{ url: string; close(): Promise<void> }> {
  await becomeService(pool);
  const script = join(import.meta.dirname, 'support/postgrest-process.ts');
  const child = spawn(process.execPath, [script, connectionString], { stdio: ['pipe', 'pipe', 'inherit'] });
  const [url] = await once(createInterface({ input: child.stdout }), 'line');
  return {
    url: z.url().parse(url),
    async close() {
      child.stdin.end();
      await once(child, 'exit');
    },
  };
}

/** The owner of the tables made the role, and may let himself into it. */
async function becomeService(pool: pg.Pool): Promise<void> {
  await pool.query('grant service_role to current_user');
}
