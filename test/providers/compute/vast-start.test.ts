import { expect, test, vi } from 'vitest';
import { aGpuJob, aStart, labelPrefix, vastAt, within } from '../../support/vast/a-vast.ts';
import { aHost } from '../../support/vast/settings.ts';
import { startVast } from '../../support/vast/start-vast.ts';

const until = { timeout: 20_000, interval: 10 };

test('a start rents the machine that was offered, for what was promised, under its key', async () => {
  const emulator = await startVast();
  const vast = vastAt(emulator);
  const spec = await aStart(vast);

  const { instanceId } = await vast.start(spec, within());

  const [machine] = emulator.alive();
  expect(machine).toMatchObject({ id: Number(instanceId), label: spec.key, kind: 'bid', diskGb: 20 });
  const usdPerHour = (machine?.gpuUsdPerHour ?? 0) + (machine?.diskUsdPerHour ?? 0);
  expect(usdPerHour).toBeLessThanOrEqual(spec.offer.pricePerHourUsd);
  expect(usdPerHour).toBeGreaterThan(spec.offer.pricePerHourUsd * 0.98);
  expect(machine?.args.slice(0, 2)).toEqual(['python3', '-c']);
});

test('what a machine is told holds links, and no key of ours', async () => {
  const emulator = await startVast();
  const vast = vastAt(emulator);

  await vast.start(await aStart(vast), within());

  expect(JSON.stringify(emulator.alive()[0]?.args)).not.toContain(emulator.apiKey);
});

test('an image without a tag gets one', async () => {
  const emulator = await startVast();
  const vast = vastAt(emulator);

  await vast.start(await aStart(vast, { image: 'registry.example:5000/team/image' }), within());

  expect(emulator.alive()[0]?.image).toBe('registry.example:5000/team/image:latest');
});

test.each(['html', 'busy', 'cut', 'garbled'] as const)(
  'a create that took effect while its answer was lost (%s) is found by its label',
  async (how) => {
    const emulator = await startVast({ listLagMs: 5 });
    const vast = vastAt(emulator);
    const spec = await aStart(vast);
    emulator.fault('create', { kind: 'lost', how });

    const { instanceId } = await vast.start(spec, within());

    expect(emulator.alive().map(({ id }) => String(id))).toEqual([instanceId]);
    expect(emulator.records.of('created')).toHaveLength(1);
  },
);

test('a create that failed and left no trace is unknown, for it may still arrive', async () => {
  const emulator = await startVast();
  const vast = vastAt(emulator);
  const spec = await aStart(vast);
  emulator.fault('create', { kind: 'late', afterMs: 150 });

  await expect(vast.start(spec, within())).rejects.toMatchObject({
    kind: 'transient',
    code: 'compute.unknown',
  });

  await vi.waitFor(() => expect(emulator.alive()).toHaveLength(1), until);
  const { instanceId } = await vast.start(spec, within());
  expect(emulator.records.of('created')).toHaveLength(1);
  expect(instanceId).toBe(String(emulator.alive()[0]?.id));
});

test('a create that is never answered is looked up, and then unknown', async () => {
  const emulator = await startVast();
  const spec = await aStart(vastAt(emulator));
  emulator.fault('create', { kind: 'hang' });

  const start = vastAt(emulator, { answerTimeoutMs: 200 }).start(spec, within());

  await expect(start).rejects.toMatchObject({ code: 'compute.unknown', cause: { code: 'vast.timeout' } });
  expect(emulator.records.all().filter(({ detail }) => detail.startsWith('PUT /api/v0/asks/'))).toHaveLength(
    1,
  );
});

test('a start that is called off is called off', async () => {
  const emulator = await startVast();
  const vast = vastAt(emulator);
  const spec = await aStart(vast);
  emulator.fault('create', { kind: 'hang' });
  const stop = new AbortController();

  const start = vast.start(spec, { signal: stop.signal });
  await vi.waitFor(() => expect(emulator.faultsLeft()).toBe(0), until);
  stop.abort(new Error('enough'));

  await expect(start).rejects.toThrow('enough');
});

test('nothing is rented while the list of machines cannot be read', async () => {
  const emulator = await startVast();
  const vast = vastAt(emulator);
  const spec = await aStart(vast);
  emulator.fault('list', { kind: 'status', status: 503 }, 3);

  await expect(vast.start(spec, within())).rejects.toMatchObject({ code: 'compute.unknown' });

  expect(emulator.machines).toEqual([]);
});

test('of two machines with one key the newer stays', async () => {
  const emulator = await startVast({ hosts: [aHost({ machineId: 1 }), aHost({ machineId: 2 })] });
  const vast = vastAt(emulator, { kinds: ['on-demand'] });
  const spec = await aStart(vast);
  const first = await vast.start(spec, within());
  const [other] = await vast.offers(aGpuJob(), within());
  const copy = {
    client_id: 'me',
    image: 'a:b',
    disk: 10,
    runtype: 'args',
    args: ['sleep', '60'],
    label: spec.key,
  };
  await fetch(`${emulator.url}/api/v0/asks/${other?.name.split(':')[1]}/`, {
    method: 'PUT',
    headers: { authorization: `Bearer ${emulator.apiKey}` },
    body: JSON.stringify(copy),
  });
  expect(emulator.alive()).toHaveLength(2);

  const again = await vast.start(spec, within());

  expect(again.instanceId).not.toBe(first.instanceId);
  expect(emulator.alive().map(({ id }) => String(id))).toEqual([again.instanceId]);
});

test('an offer that is gone is no capacity, and surely nothing was started', async () => {
  const emulator = await startVast({ vanishShare: 1 });
  const vast = vastAt(emulator);
  const spec = await aStart(vast);

  await expect(vast.start(spec, within())).rejects.toMatchObject({
    kind: 'transient',
    code: 'compute.no_capacity',
    details: { surelyNothingHappened: true, reason: 'vast.offer_gone' },
  });
  // One offer is asked for once: the next is the caller's to choose.
  expect(emulator.records.all().filter(({ detail }) => detail.startsWith('PUT /api/v0/asks/'))).toHaveLength(
    2,
  );
});

test('a machine that became dearer is given back at once', async () => {
  const emulator = await startVast({ hosts: [aHost({ machineId: 9 })] });
  const vast = vastAt(emulator, { kinds: ['on-demand'] });
  const spec = await aStart(vast);
  emulator.reprice(9, 1.02);

  await expect(vast.start(spec, within())).rejects.toMatchObject({
    code: 'compute.no_capacity',
    message: 'The machine became dearer between its offer and its start, so it was given back.',
  });
  expect(emulator.alive()).toEqual([]);
});

test('a bid under a floor that rose is refused by them, and nothing is billed', async () => {
  const emulator = await startVast({ hosts: [aHost({ machineId: 9 })] });
  const vast = vastAt(emulator, { kinds: ['bid'] });
  const spec = await aStart(vast);
  emulator.reprice(9, 2);

  await expect(vast.start(spec, within())).rejects.toMatchObject({
    code: 'compute.no_capacity',
    details: { surelyNothingHappened: true, reason: 'vast.price_refused' },
  });
  expect(emulator.machines).toEqual([]);
});

test('an empty account is told to a person', async () => {
  const emulator = await startVast();
  const vast = vastAt(emulator);
  const spec = await aStart(vast);
  emulator.setCredit(0);

  await expect(vast.start(spec, within())).rejects.toMatchObject({
    kind: 'configuration',
    code: 'vast.no_credit',
    details: { surelyNothingHappened: true },
  });
  expect(emulator.machines).toEqual([]);
});

test('a call that came too early is made again after the time they ask for', async () => {
  const emulator = await startVast();
  const vast = vastAt(emulator);
  const spec = await aStart(vast);
  emulator.fault('create', { kind: 'status', status: 429, body: 'API requests too frequent' });

  await vast.start(spec, within());

  expect(emulator.alive()).toHaveLength(1);
});

test('links that are longer than a machine takes are refused before anything is rented', async () => {
  const emulator = await startVast();
  const vast = vastAt(emulator);
  const jobSheetUrl = `https://objects.example/sheet?signature=${'s'.repeat(4_000)}`;
  const spec = await aStart(vast, { jobSheetUrl, key: `${labelPrefix}gpu-long` });

  await expect(vast.start(spec, within())).rejects.toMatchObject({
    kind: 'configuration',
    code: 'compute.start_too_long',
    details: { surelyNothingHappened: true },
  });
  expect(emulator.machines).toEqual([]);
});
