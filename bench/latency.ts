/** From the commit of an event to the start of its job, with events that arrive whether or not we keep up. */
import { setTimeout as sleep } from 'node:timers/promises';
import { idleHandlers } from '../test/support/idle-handlers.ts';
import type { Benchmark, Figure } from './figure.ts';
import { quantile } from './figure.ts';
import { startAgentNode } from './support/agent-node.ts';
import { type BackendName, type Bench, backendNames, openBench } from './support/backend.ts';

const warmUps = 20;
const events = 200;
/** Well below what one relay and four workers can take: this is about waiting, not about throughput. */
const everyMs = 50;
const patienceMs = 20_000;

export const latencyBenchmark: Benchmark = {
  name: 'latency',
  async measure(signal) {
    const figures: Figure[] = [];
    const notes: string[] = [];
    for (const name of backendNames) {
      const bench = await openBench(name, signal);
      if (bench === null) {
        notes.push(`latency on ${name}: there is no redis-server on this machine`);
        continue;
      }
      try {
        figures.push(...figuresOf(name, await measureEvents(bench, signal)));
      } finally {
        await bench.close();
      }
    }
    return { figures, notes };
  },
};

function figuresOf(variant: BackendName, latenciesMs: readonly number[]): Figure[] {
  const base = { name: 'latency.eventToJob', variant, unit: 'ms', samples: latenciesMs.length } as const;
  return [
    { ...base, value: quantile(latenciesMs, 0.5), statistic: 'median' },
    { ...base, value: quantile(latenciesMs, 0.99), statistic: 'p99' },
    { ...base, value: quantile(latenciesMs, 1), statistic: 'max' },
  ];
}

async function measureEvents(bench: Bench, signal: AbortSignal): Promise<number[]> {
  const startedAt = new Map<number, number>();
  const handlers = idleHandlers({
    'research.plan': async (_, { version }) => {
      startedAt.set(version, performance.now());
    },
  });
  const node = await startAgentNode(bench, handlers);
  try {
    const competitionId = await aCompetition(bench);
    const committedAt = new Map<number, number>();
    const emit = async (version: number) => {
      const payload = JSON.stringify({ version, toState: 'researching' });
      await bench.pool.query(
        `select emit_event('research_started', $1, $2, '{"type":"schedule","name":"bench"}')`,
        [competitionId, payload],
      );
      committedAt.set(version, performance.now());
    };
    const pending: Promise<void>[] = [];
    for (let version = 0; version < warmUps + events; version++) {
      pending.push(emit(version));
      await sleep(everyMs, undefined, { signal });
    }
    await Promise.all(pending);
    await until(() => startedAt.size === warmUps + events, signal);
    return (
      [...committedAt]
        .filter(([version]) => version >= warmUps)
        // A job may begin before the answer to the commit is back.
        .map(([version, at]) => Math.max(0, (startedAt.get(version) ?? Number.NaN) - at))
    );
  } finally {
    await node.close();
  }
}

async function aCompetition(bench: Bench): Promise<string> {
  const { rows } = await bench.pool.query<{ id: string }>(
    `insert into competitions (slug, title) values ('bench', 'Bench') returning id`,
  );
  return rows[0]?.id ?? '';
}

async function until(isSo: () => boolean, signal: AbortSignal): Promise<void> {
  const givenUpAt = performance.now() + patienceMs;
  while (!isSo()) {
    if (performance.now() > givenUpAt) throw new Error('some events caused no job');
    await sleep(10, undefined, { signal });
  }
}
