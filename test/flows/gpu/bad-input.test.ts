import { expect, test, vi } from 'vitest';
import { labelPrefixOf } from '../../../src/app/rented.ts';
import { listAlerts, readInstallation } from '../../../src/state/alerts.ts';
import { readBudget } from '../../../src/state/money.ts';
import { listOpenGpuSessions } from '../../../src/state/training.ts';
import { saladcloudAt } from '../../support/saladcloud/a-saladcloud.ts';
import { startSaladcloud } from '../../support/saladcloud/start-saladcloud.ts';
import { vastAt } from '../../support/vast/a-vast.ts';
import { aHost } from '../../support/vast/settings.ts';
import { startVast } from '../../support/vast/start-vast.ts';
import { aRentedWorld, jobOf, later, look, noticesOf } from './rented-world.ts';

const until = { timeout: 20_000, interval: 30 };

test('empty credit, a key that is refused all at once, an image that nobody has and a job that fits nowhere are told, cost nothing, and the next best is taken', async () => {
  const saladcloud = await startSaladcloud({ images: [], killSeconds: [1, 2] });
  const vast = await startVast({
    creditUsd: 0,
    // More than are tried one after the other, and each cheaper than what the other vendor has.
    hosts: [1, 2, 3, 4, 5].map((machineId) =>
      aHost({
        machineId,
        gpuUsdPerHour: 0.001,
        minBidUsd: 0.001,
        storageCost: 0,
        downloadCost: 0,
        uploadCost: 0,
      }),
    ),
  });
  const world = await aRentedWorld();
  const { state } = world.ctx;
  const labelPrefix = labelPrefixOf(await readInstallation(state));
  const compute = [saladcloudAt(saladcloud, { labelPrefix }), vastAt(vast, { labelPrefix })];
  const soon = later({ ...world, ctx: { ...world.ctx, compute } }, 301);
  const { ctx } = soon;
  const [id] = world.jobs;
  const alerts = async () => (await listAlerts(state)).map(({ kind, message }) => [kind, message]);

  await world.pool.query('update generated_code set estimate_seconds = 1800');

  // Only the account without credit has a machine.
  saladcloud.runDry();
  await look({ ctx: { ...world.ctx, compute } }, id);
  expect(await alerts()).toEqual([
    [
      'gpu_account:vast:order',
      expect.stringContaining('no credit left, so nothing is rented there; add some'),
    ],
  ]);
  expect(vast.machines).toEqual([]);

  for (const one of saladcloud.classes) saladcloud.setMachines(one.id, 3);
  await look({ ctx }, id);
  expect(saladcloud.groups()).toHaveLength(1);
  const { apiKey } = saladcloud;
  saladcloud.apiKey = 'it-was-refreshed-in-the-portal';
  // Training as such goes on.
  expect(await look({ ctx }, id)).toBe(true);
  expect(await alerts()).toContainEqual([
    'gpu_account:saladcloud',
    expect.stringMatching(/^SaladCloud refused our key; look at/),
  ]);
  saladcloud.apiKey = apiKey;

  await vi.waitFor(async () => {
    await look({ ctx }, id);
    expect((await jobOf(world, id)).misstarts).toBe(1);
  }, until);

  expect(await alerts()).toContainEqual([
    'gpu_image',
    expect.stringMatching(/could not prepare the image .* Correct KAGGLE_AGENT_GPU_IMAGE/),
  ]);
  expect(await noticesOf(world, 'machine_lost')).toEqual([expect.stringContaining('could not prepare')]);
  expect(vast.machines).toEqual([]);
  expect(saladcloud.meter.usd()).toBe(0);
  expect(saladcloud.groups()).toEqual([]);
  expect(await listOpenGpuSessions(state)).toEqual([]);
  expect(await readBudget(state, null)).toMatchObject({ gpuTodayMicroUsd: 0 });

  await world.pool.query(
    `update generated_code set gate_report = gate_report || '{"estimateMemoryBytes": 400000000000}'`,
  );
  const groups = saladcloud.lives.length;
  await look(later(soon, 602), id);

  expect((await jobOf(world, id)).waiting).toMatchObject({
    code: 'no_offer',
    reason: { code: 'none_offered', memoryBytes: 480_000_000_000 },
  });
  expect(saladcloud.lives).toHaveLength(groups);
});
