import { expect, test, vi } from 'vitest';
import { aGpuJob, aStart, labelPrefix, vastAt, within } from '../../support/vast/a-vast.ts';
import { vastRights } from '../../support/vast/settings.ts';
import { startVast } from '../../support/vast/start-vast.ts';

test("a machine's bill holds its GPU, its disk and its traffic", async () => {
  const emulator = await startVast({ speed: 100_000, imageBytes: 4e9 });
  const vast = vastAt(emulator);
  const spec = await aStart(vast);
  const { instanceId } = await vast.start(spec, within());
  await vi.waitFor(() => expect(emulator.alive()[0]?.starts).toBe(1), { timeout: 20_000, interval: 5 });
  emulator.move(Number(instanceId), { download: 1e9, upload: 1e8 });
  await vast.stop(instanceId, within());

  const bills = await vast.bill([spec.key, `${labelPrefix}gpu-none`], within());

  const [told] = emulator.bills();
  expect(bills).toEqual([{ key: spec.key, usd: expect.closeTo(told?.usd ?? 0, 6), upTo: expect.any(Date) }]);
  expect(told).toMatchObject({ bwd: expect.closeTo(0.025), bwu: expect.closeTo(0.001) });
  expect(told?.gpu).toBeGreaterThan(told?.disk ?? 0);
});

test('what was promised for the traffic is what is billed for it', async () => {
  const emulator = await startVast({ imageBytes: 4e9 });
  const vast = vastAt(emulator);
  const job = aGpuJob({ downloadBytes: 2e9, uploadBytes: 5e8 });
  const spec = await aStart(vast, {}, job);
  const { instanceId } = await vast.start(spec, within());
  await vi.waitFor(() => expect(emulator.alive()[0]?.starts).toBe(1), { timeout: 20_000, interval: 5 });
  emulator.move(Number(instanceId), { download: 2e9, upload: 5e8 });

  const [bill] = emulator.bills();

  expect((bill?.bwd ?? 0) + (bill?.bwu ?? 0)).toBeCloseTo(spec.offer.transferUsd, 9);
});

test('where no bill is wanted nobody is asked', async () => {
  const emulator = await startVast();

  expect(await vastAt(emulator).bill([], within())).toEqual([]);
  expect(emulator.records.of('request')).toEqual([]);
});

test('the account tells what is left', async () => {
  const emulator = await startVast({ creditUsd: 4.5 });

  expect(await vastAt(emulator).account(within())).toEqual({ balanceUsd: 4.5, warnings: [] });
});

test.each([
  [0, 'The Vast.ai account is empty, so nothing can be rented there.'],
  [0.4, 'The Vast.ai account holds less than a dollar.'],
])('an account with %d dollars is worth a warning', async (creditUsd, warning) => {
  const emulator = await startVast({ creditUsd });

  expect((await vastAt(emulator).account(within())).warnings).toEqual([warning]);
});

test('an account that recharges by itself is worth a warning', async () => {
  const emulator = await startVast();
  const body = JSON.stringify({ credit: 5, autobill_threshold: 1, autobill_amount: 10 });
  emulator.fault('user', { kind: 'status', status: 200, body });

  const { warnings } = await vastAt(emulator).account(within());

  expect(warnings).toEqual([expect.stringContaining('recharges the account by itself')]);
});

test.each([401, 403] as const)(
  'a key that lacks a right is told so, with those that are needed (%i)',
  async (status) => {
    for (const right of vastRights) {
      const emulator = await startVast({
        rights: vastRights.filter((one) => one !== right),
        noRightStatus: status,
      });
      const vast = vastAt(emulator);
      const lacking = {
        misc: () => vast.offers(aGpuJob(), within()),
        user_read: () => vast.account(within()),
        instance_read: () => vast.list(within()),
        instance_write: async () => vast.start(await aStart(vast), within()),
        billing_read: () => vast.bill(['a-key'], within()),
      }[right];

      await expect(lacking()).rejects.toMatchObject({ kind: 'configuration', code: 'vast.not_allowed' });
      expect(emulator.machines).toEqual([]);
    }
  },
);
