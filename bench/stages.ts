/**
 * What the outbox, the recorded runs and the state machine cost: a competition's six stages without any work in
 * them, against six bare jobs of the same queue library, each of which adds the next, on the same backend.
 */
import { randomUUID } from 'node:crypto';
import { type JobName, jobCatalog, type QueueName } from '../src/jobs/catalog.ts';
import type { JobHandlers } from '../src/jobs/registry.ts';
import { transitionCompetition } from '../src/state/competitions.ts';
import { movingHandlers, sixStages } from '../test/support/idle-handlers.ts';
import type { Benchmark, Figure } from './figure.ts';
import { median } from './figure.ts';
import { jobsSideBySide, startAgentNode } from './support/agent-node.ts';
import { type BackendName, type Bench, backendNames, openBench } from './support/backend.ts';

/** The two kinds of chain take turns, so that whatever else the machine does falls on both. */
const turns = 3;
const warmUps = 3;
const oneByOne = 10;
const atOnce = 20;

const lastJob = 'submission.submit' satisfies JobName;

/** Runs one chain of six; resolves when its last job has done its work. */
type Chain = () => Promise<void>;

export const stagesBenchmark: Benchmark = {
  name: 'stages',
  async measure(signal) {
    const figures: Figure[] = [];
    const notes: string[] = [];
    for (const name of backendNames) {
      const bench = await openBench(name, signal);
      if (bench === null) {
        notes.push(`stages on ${name}: there is no redis-server on this machine`);
        continue;
      }
      try {
        const agent: Times[] = [];
        const bare: Times[] = [];
        for (let turn = 0; turn < turns; turn++) {
          agent.push(await measureChains(await agentChains(bench), signal));
          bare.push(await measureChains(bareChains(bench), signal));
        }
        figures.push(...figuresOf(name, agent, bare));
      } finally {
        await bench.close();
      }
    }
    return { figures, notes };
  },
};

type Chains = { run: Chain; close(): Promise<void> };
type Times = { eachMs: number[]; togetherMs: number };

async function measureChains({ run, close }: Chains, signal: AbortSignal): Promise<Times> {
  try {
    for (let count = 0; count < warmUps; count++) await run();
    const eachMs: number[] = [];
    for (let count = 0; count < oneByOne; count++) {
      signal.throwIfAborted();
      const startedAt = performance.now();
      await run();
      eachMs.push(performance.now() - startedAt);
    }
    const startedAt = performance.now();
    await Promise.all(Array.from({ length: atOnce }, run));
    return { eachMs, togetherMs: performance.now() - startedAt };
  } finally {
    await close();
  }
}

function figuresOf(variant: BackendName, agent: readonly Times[], bare: readonly Times[]): Figure[] {
  const one = (name: string, value: number): Figure => ({
    name: `stages.${name}`,
    variant,
    value,
    unit: name.endsWith('Ratio') ? 'ratio' : 'ms',
    samples: turns * oneByOne,
    statistic: 'median',
  });
  const many = (name: string, value: number): Figure => ({
    ...one(name, value),
    samples: turns,
    statistic: 'median',
  });
  const agentMs = median(agent.flatMap(({ eachMs }) => eachMs));
  const bareMs = median(bare.flatMap(({ eachMs }) => eachMs));
  const agentTogetherMs = median(agent.map(({ togetherMs }) => togetherMs));
  const bareTogetherMs = median(bare.map(({ togetherMs }) => togetherMs));
  return [
    one('sixStages', agentMs),
    one('sixBareJobs', bareMs),
    one('overheadRatio', agentMs / bareMs),
    many('twentyCompetitionsAtOnce', agentTogetherMs),
    many('twentyBareChainsAtOnce', bareTogetherMs),
    many('overheadAtOnceRatio', agentTogetherMs / bareTogetherMs),
  ];
}

/** Competitions that go from the start of research to a submission, through everything but the flows. */
async function agentChains(bench: Bench): Promise<Chains> {
  const ends = new Map<string, () => void>();
  const node = await startAgentNode(bench, handlersThatTell(ends));
  const actor = { type: 'schedule', name: 'bench' } as const;
  return {
    async run() {
      const { rows } = await bench.pool.query<{ id: string }>(
        `insert into competitions (slug, title, requested_at, admitted_at)
         values ($1, 'Bench', clock_timestamp(), clock_timestamp()) returning id`,
        [`bench-${randomUUID()}`],
      );
      const id = rows[0]?.id ?? '';
      const ended = new Promise<void>((resolve) => ends.set(id, resolve));
      await transitionCompetition(bench.state, { id, version: 0, event: 'research_started', actor });
      await ended;
    },
    close: () => node.close(),
  };
}

function handlersThatTell(ends: ReadonlyMap<string, () => void>): JobHandlers {
  const moving = movingHandlers();
  return {
    ...moving,
    async [lastJob](ctx, input) {
      await moving[lastJob](ctx, input);
      ends.get(input.competitionId)?.();
    },
  };
}

/** The same six queues without us: each job adds the next one. */
function bareChains(bench: Bench): Chains {
  const { queues } = bench;
  const ends = new Map<string, () => void>();
  const names = new Set<QueueName>(sixStages.map(([job]) => jobCatalog[job].queue));
  const add = async (step: number, chain: string) => {
    const [job] = sixStages[step] ?? [lastJob];
    await queues.add(
      jobCatalog[job].queue,
      job,
      { step, chain },
      { jobId: `bare-${chain}-${step}`, priority: 100 },
    );
  };
  const workers = [...names].map((name) =>
    queues.work(
      name,
      async (job) => {
        const { step, chain } = job.data as { step: number; chain: string };
        if (step + 1 < sixStages.length) await add(step + 1, chain);
        else ends.get(chain)?.();
      },
      { concurrency: jobsSideBySide, onError: () => undefined },
    ),
  );
  return {
    async run() {
      const chain = randomUUID();
      const ended = new Promise<void>((resolve) => ends.set(chain, resolve));
      await add(0, chain);
      await ended;
    },
    async close() {
      await Promise.all(workers.map((worker) => worker.close()));
    },
  };
}
