/**
 * Whether a submission can be lost or doubled: 200 seeded runs, each with crashes and lost connections at the steps
 * of a submission, before and after the vendor's effect, against the practice arena and a real Postgres. Both counts
 * must be 0.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Arena, startArena } from '../src/arena/server.ts';
import type { Context } from '../src/context.ts';
import { createKaggleClient } from '../src/providers/kaggle/client.ts';
import { arenaOptions, binaryCompetition, kaggleOptions, quietBreaker } from '../test/support/arena-kit.ts';
import {
  campaignPolicy,
  createFaultSwitch,
  type FaultSwitch,
  judgeCampaign,
  runSeed,
  type SeedReport,
} from '../test/support/submission-campaign.ts';
import { type Benchmark, median } from './figure.ts';
import { type Bench, openBench } from './support/backend.ts';
import { idleContext } from './support/context.ts';

const runs = 200;
const slug = 'odd-or-even';
const hiddenRows = 40;

export const submissionCrashesBenchmark: Benchmark = {
  name: 'submission-crashes',
  async measure(signal) {
    const bench = await openBench('postgres', signal);
    if (bench === null) return { figures: [], notes: ['submission-crashes: no database'] };
    const network = createFaultSwitch();
    const arena = await openCrashArena(bench.folder, network);
    try {
      const ctx = await campaignContext(bench, arena, signal);
      const place = { ctx, pool: bench.pool, slug, network };
      const reports: SeedReport[] = [];
      for (let seed = 0; seed < runs; seed++) {
        signal.throwIfAborted();
        reports.push(await runSeed(place, seed));
      }
      const { lost, doubled } = await judgeCampaign(place, reports);
      const variant = 'postgres';
      const count = { variant, unit: 'count', samples: runs, statistic: 'value' } as const;
      const processes = median(reports.map((report) => report.processes));
      return {
        figures: [
          { name: 'submissionCrashes.lost', value: lost.length, ...count },
          { name: 'submissionCrashes.doubled', value: doubled.length, ...count },
          { name: 'submissionCrashes.processes', value: processes, ...count, statistic: 'median' },
        ],
        notes: [...lost, ...doubled].map(({ seed, plan }) => `seed ${seed} went wrong: ${plan}`),
      };
    } finally {
      await arena.close();
      await bench.close();
    }
  },
};

async function openCrashArena(folder: string, network: FaultSwitch): Promise<Arena> {
  return await startArena(
    arenaOptions({
      folders: [await writeCompetition(folder)],
      stateFolder: join(folder, 'arena'),
      faults: network.faults,
    }),
  );
}

async function campaignContext(bench: Bench, arena: Arena, signal: AbortSignal): Promise<Context> {
  const base = idleContext(bench.state, join(bench.folder, 'objects'));
  // Everything fails here on purpose, and fast.
  const policyOptions = { timeoutMs: 1_000, breaker: { ...quietBreaker, minimumCalls: 100_000 } };
  const kaggle = createKaggleClient(kaggleOptions(arena.apiUrl, { policyOptions }));
  return { ...base, kaggle, signal, policy: { ...base.policy, ...campaignPolicy } };
}

/** A small binary competition with room for every run. */
async function writeCompetition(folder: string): Promise<string> {
  const place = join(folder, slug);
  await mkdir(join(place, 'public'), { recursive: true });
  await mkdir(join(place, 'private'));
  const about = binaryCompetition({ slug, dailySubmissions: 5 * runs });
  await writeFile(join(place, 'competition.json'), JSON.stringify(about));
  const ids = Array.from({ length: hiddenRows }, (_, row) => 1_000 + row);
  const write = (name: string, lines: readonly string[]) =>
    writeFile(join(place, name), `${lines.join('\n')}\n`);
  await write('public/train.csv', ['id,x,y', ...ids.map((id) => `${id - 1_000},${id % 7},${id % 2}`)]);
  await write('public/test.csv', ['id,x', ...ids.map((id) => `${id},${id % 7}`)]);
  await write('public/sample_submission.csv', ['id,y', ...ids.map((id) => `${id},0`)]);
  await write('private/solution.csv', [
    'id,y,Usage',
    ...ids.map((id) => `${id},${id % 2},${id % 4 < 2 ? 'Public' : 'Private'}`),
  ]);
  return place;
}
