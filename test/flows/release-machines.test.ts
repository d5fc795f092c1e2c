import { expect, test, vi } from 'vitest';
import { releaseMachines } from '../../src/flows/gpu/release-machines.ts';
import type { ComputeProvider, Instance } from '../../src/providers/compute/contract.ts';
import { createPgPort } from '../../src/state/pg-port.ts';
import { markGpuSessionRunning, openGpuSession } from '../../src/state/training.ts';
import { aTrainingJob } from '../support/builders.ts';
import { anInstance } from '../support/compute.ts';
import { aContext } from '../support/context.ts';
import { freshState, testPool } from '../support/database.ts';

const soon = { resultWaitMs: 20_000, pollMs: 5 };
const signal = new AbortController().signal;

/** A vendor whose machines are what the test says. */
function aVendor(name: string, machines: (Partial<Instance> & { id: string })[]) {
  const live = new Map<string, Instance>();
  for (const machine of machines) {
    live.set(machine.id, {
      ...anInstance({ key: machine.id, pricePerHourUsd: 0.1 }),
      ...machine,
      provider: name,
    });
  }
  const provider: ComputeProvider = {
    name,
    isRented: true,
    offers: async () => [],
    start: () => Promise.reject(new Error('nothing is started here')),
    list: async () => [...live.values()],
    stop: async (id) => void live.delete(id),
    account: async () => ({ balanceUsd: null, warnings: [] }),
  };
  return { provider, live };
}

/** A job that runs on a rented machine, and where its result goes. */
async function aRentedRun() {
  const db = await freshState();
  const { jobId } = await aTrainingJob(db);
  const opened = await openGpuSession(db.state, {
    jobId,
    provider: 'vendor',
    offer: {},
    microUsd: 1_000,
    microUsdPerHour: 1_000,
    maxStarts: 3,
  });
  if (opened?.outcome !== 'opened') throw new Error('no session was opened');
  const { key } = opened.session;
  await markGpuSessionRunning(db.state, key, 'rented');
  const { rows } = await db.pool.query<{ prefix: string }>(
    `select object_prefix || '/' || token as prefix from training_jobs where id = $1`,
    [jobId],
  );
  return { ...db, key, resultKey: `${rows[0]?.prefix}/result.json` };
}

test('rented machines that carry our label are ended; those of others and our own machine are not touched', async () => {
  const { state } = await freshState();
  // One that was outbid, and has a disk that costs nothing, may win again.
  const vendor = aVendor('vendor', [
    { id: 'ours' },
    { id: 'outbid', pricePerHourUsd: 0 },
    { id: 'foreign', key: null },
  ]);
  const own = aVendor('local', [{ id: 'here' }]);
  const ctx = await aContext({ state, compute: [vendor.provider, { ...own.provider, isRented: false }] });

  expect(await releaseMachines(ctx, { ...soon, signal })).toEqual({ released: 2, left: 0 });

  expect([...vendor.live.keys(), ...own.live.keys()]).toEqual(['foreign', 'here']);
});

test('a run that delivers its result is waited for', async () => {
  const { state, key, resultKey } = await aRentedRun();
  const vendor = aVendor('vendor', [{ id: 'rented', key }]);
  const ctx = await aContext({ state, compute: [vendor.provider] });
  let looks = 0;
  const head = async (asked: string) => {
    looks += 1;
    return await ctx.objects.head(asked);
  };
  const releasing = releaseMachines({ ...ctx, objects: { ...ctx.objects, head } }, { ...soon, signal });
  await vi.waitFor(() => expect(looks).toBeGreaterThan(2), { timeout: 20_000 });
  expect(vendor.live.size).toBe(1);

  await ctx.objects.put(resultKey, Buffer.from('{}'));

  expect(await releasing).toEqual({ released: 1, left: 0 });
  expect(vendor.live.size).toBe(0);
});

test('a run that does not deliver is waited for no longer than that', async () => {
  const { state, key } = await aRentedRun();
  const vendor = aVendor('vendor', [{ id: 'rented', key }]);
  const ctx = await aContext({ state, compute: [vendor.provider] });

  await releaseMachines(ctx, { resultWaitMs: 20, pollMs: 5, signal });

  expect(vendor.live.size).toBe(0);
});

test('with the database gone the vendor’s own list decides, and one vendor that fails holds up no other', async () => {
  const state = createPgPort(testPool('postgres://nobody@127.0.0.1:9/none', 1));
  const vendor = aVendor('vendor', [{ id: 'rented' }]);
  const stuck = aVendor('stuck', [{ id: 'stuck' }]);
  stuck.provider.stop = () => Promise.reject(new Error('the vendor is away'));
  const silent = aVendor('silent', []);
  silent.provider.list = () => Promise.reject(new Error('the vendor is away'));
  const ctx = await aContext({ state, compute: [silent.provider, stuck.provider, vendor.provider] });

  expect(await releaseMachines(ctx, { ...soon, signal })).toEqual({ released: 1, left: 1 });

  expect(vendor.live.size).toBe(0);
});

test('a vendor that never answers is given up with the signal', async () => {
  const { state } = await freshState();
  const hanging = aVendor('hanging', []);
  hanging.provider.list = () => new Promise(() => undefined);
  const vendor = aVendor('vendor', []);
  const ctx = await aContext({ state, compute: [hanging.provider, vendor.provider] });

  expect(await releaseMachines(ctx, { ...soon, signal: AbortSignal.timeout(30) })).toEqual({
    released: 0,
    left: 0,
  });
});
