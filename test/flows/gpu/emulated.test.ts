import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { expect, test, vi } from 'vitest';
import { labelPrefixOf, openRented } from '../../../src/app/rented.ts';
import type { Context } from '../../../src/context.ts';
import { microUsd } from '../../../src/domain/micro-usd.ts';
import { outputPrefix } from '../../../src/flows/gpu/judge-run.ts';
import { watchCosts } from '../../../src/flows/gpu/watch-costs.ts';
import { readObject, readObjectJson } from '../../../src/flows/support/objects.ts';
import { packRunner } from '../../../src/providers/compute/runner-archive.ts';
import { gateReportSchema } from '../../../src/providers/quality/contract.ts';
import { readInstallation } from '../../../src/state/alerts.ts';
import { readBudget } from '../../../src/state/money.ts';
import { listOpenGpuSessions } from '../../../src/state/training.ts';
import { contextWithout } from '../../support/context.ts';
import { freshState } from '../../support/database.ts';
import { trainingPython } from '../../support/runner-kit.ts';
import { startSaladcloud } from '../../support/saladcloud/start-saladcloud.ts';
import { loadTestConfig } from '../../support/test-config.ts';
import { pythonFolderOf } from '../../support/vast/a-job.ts';
import { startVast } from '../../support/vast/start-vast.ts';
import { aRentedWorld, jobOf, look, noticesOf, type RentedWorld } from './rented-world.ts';

const python = trainingPython();
const runnerFolder = resolve(import.meta.dirname, '../../../runner');
const until = { timeout: 60_000, interval: 100 };

async function aSaladcloud() {
  return await startSaladcloud({
    pythonFolder: await pythonFolderOf(python),
    secondMs: 100,
    prepareSeconds: 0,
    allocateSeconds: 1,
    downloadSeconds: 1,
    createSeconds: 1,
    killSeconds: [0, 1],
  });
}

/** The vendors' settings as a person sets them. */
function settingsOf(
  saladcloud: Awaited<ReturnType<typeof aSaladcloud>> | null,
  vast: Awaited<ReturnType<typeof startVast>> | null,
) {
  return loadTestConfig({
    ...(saladcloud === null
      ? {}
      : {
          SALAD_API_KEY: saladcloud.apiKey,
          SALAD_ORGANIZATION: saladcloud.settings.organization,
          SALAD_PROJECT: saladcloud.settings.project,
          SALAD_API_URL: saladcloud.url,
        }),
    ...(vast === null ? {} : { VAST_API_KEY: vast.apiKey, VAST_API_URL: vast.url }),
  });
}

/** Runs that use a card, at vendors whose machines really run the runner. */
async function aWorldAt(config: ReturnType<typeof loadTestConfig>, seconds = 0.2): Promise<RentedWorld> {
  const script = (await readFile(join(import.meta.dirname, 'odd-or-even.py'), 'utf8')).replace(
    'SECONDS',
    String(seconds),
  );
  const { state } = await freshState();
  const world = await aRentedWorld({
    context: {
      packRunner: () => packRunner(runnerFolder),
      generators: [
        {
          name: 'tests',
          canDebug: false,
          generate: async ({ approach }) => ({
            script: `# ${approach.name}\n${script}`,
            requirements: 'torch==2.9.1\n',
            notes: [],
          }),
        },
      ],
      quality: {
        ...contextWithout(state).quality,
        // nothing has to be installed
        check: async () =>
          gateReportSchema.parse({ passed: true, checks: [], estimateSeconds: 1, pinnedRequirements: '' }),
      },
    },
  });
  const installationId = await readInstallation(world.ctx.state);
  const rented = openRented({
    config,
    installationId,
    metrics: null,
    version: 'test',
    tuning: { vast: { paceScale: 0, lookGapMs: 20 }, saladcloud: { stopPollMs: 50 }, listMaxAgeMs: 50 },
  });
  const ctx: Context = { ...world.ctx, compute: rented.providers };
  return { ...world, ctx };
}

async function trainAll(world: RentedWorld): Promise<void> {
  for (const id of world.jobs) {
    await vi.waitFor(async () => {
      for (const one of world.jobs) await look(world, one);
      expect((await jobOf(world, id)).status).toBe('succeeded');
    }, until);
  }
}

test.skipIf(python === '')(
  'runs train at SaladCloud side by side, their groups go, and the ledger says what the meter says',
  async () => {
    const saladcloud = await aSaladcloud();
    const world = await aWorldAt(settingsOf(saladcloud, null));

    await trainAll(world);

    for (const id of world.jobs) expect(await jobOf(world, id)).toMatchObject({ starts: 1, misstarts: 0 });
    expect(await listOpenGpuSessions(world.ctx.state)).toEqual([]);
    const prefix = labelPrefixOf(await readInstallation(world.ctx.state));
    expect(saladcloud.meter.spans().map(({ group }) => group.startsWith(prefix))).not.toContain(false);
    expect(saladcloud.meter.mostAtOnce()).toBeLessThanOrEqual(2);
    const { gpuTodayMicroUsd } = await readBudget(world.ctx.state, null);
    // a second of ours is ten of theirs
    expect(gpuTodayMicroUsd / microUsd).toBeGreaterThan((saladcloud.meter.usd() / 10) * 0.9);
    expect(gpuTodayMicroUsd / microUsd).toBeLessThan(saladcloud.meter.usd() / 10 + 0.001);
    expect(saladcloud.meter.peakUsdPerHour()).toBeLessThanOrEqual(0.15);
    expect(await noticesOf(world, 'machine_chosen')).toEqual([
      expect.stringMatching(/on SaladCloud at \$0\.0\d+\/h/),
      expect.stringMatching(/on SaladCloud at \$0\.0\d+\/h/),
    ]);
  },
);

test.skipIf(python === '')('runs train at Vast.ai, and are settled by its bill', async () => {
  const vast = await startVast({ pythonFolder: await pythonFolderOf(python) });
  const world = await aWorldAt(settingsOf(null, vast));

  await trainAll(world);
  await vi.waitFor(async () => {
    await watchCosts(world.ctx);
    expect(vast.alive()).toEqual([]);
  }, until);

  for (const id of world.jobs) expect(await jobOf(world, id)).toMatchObject({ starts: 1, misstarts: 0 });
  expect(await listOpenGpuSessions(world.ctx.state)).toEqual([]);
  await vi.waitFor(async () => {
    await watchCosts(world.ctx);
    const billed = vast.bills().reduce((sum, { usd }) => sum + usd, 0);
    const { gpuTodayMicroUsd } = await readBudget(world.ctx.state, null);
    expect(Math.abs(gpuTodayMicroUsd / microUsd - billed)).toBeLessThan(0.001);
  }, until);
});

test.skipIf(python === '')(
  'a node that goes away in the middle costs no start of a run that saves, which goes on elsewhere where it was',
  async () => {
    const vast = await startVast({ pythonFolder: await pythonFolderOf(python) });
    const world = await aWorldAt(settingsOf(null, vast), 2);
    const [id] = world.jobs;
    await vi.waitFor(async () => {
      await look(world, id);
      const heartbeat = `${outputPrefix(await jobOf(world, id), 1)}/heartbeat.json`;
      expect(await readObjectJson(world.ctx, heartbeat)).toMatchObject({ checkpoint: { slot: 'a' } });
    }, until);

    for (const { id: machine } of vast.alive()) await vast.strike(machine, 'outbid');

    await vi.waitFor(async () => {
      await look(world, id);
      expect((await jobOf(world, id)).status).toBe('succeeded');
    }, until);
    const job = await jobOf(world, id);
    expect(job).toMatchObject({ starts: 1, token: 2, result: { resumedFrom: { token: '1' } } });
    const log = (await readObject(world.ctx, `${outputPrefix(job, 2)}/train.log`)).toString();
    expect(log).toContain('trains fold 3');
    expect(log).not.toContain('trains fold 0');
    expect(await noticesOf(world, 'run_resumed')).toEqual([
      expect.stringMatching(/It continued from its last checkpoint: \d+ s of work are not done again\.$/),
    ]);
    // Nobody needs them any more.
    await look(world, id);
    expect(await world.ctx.objects.list(`scratch/checkpoints/${job.id}`)).toEqual([]);
  },
);
