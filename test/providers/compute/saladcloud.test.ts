import { expect, test, vi } from 'vitest';
import { aKey, saladcloudAt } from '../../support/saladcloud/a-saladcloud.ts';
import { aSpec, call, failureOf, hasState, image } from '../../support/saladcloud/a-start.ts';
import { startSaladcloud } from '../../support/saladcloud/start-saladcloud.ts';

test('a machine is started under its key, comes up, is listed with its price, and is ended for good', async () => {
  const saladcloud = await startSaladcloud({ killSeconds: [1, 2] });
  const compute = saladcloudAt(saladcloud);
  const spec = await aSpec(compute);

  const started = await compute.start(spec, call);
  await hasState(compute, 'running');
  const [machine] = await compute.list(call);
  await compute.stop(started.instanceId, call);

  expect(machine).toMatchObject({
    id: started.instanceId,
    key: spec.key,
    provider: 'saladcloud',
    pricePerHourUsd: 0.04,
    trouble: null,
    detail: 'running',
  });
  expect(machine?.node).toBe(saladcloud.meter.spans()[0]?.machineId);
  expect(await compute.list(call)).toEqual([]);
  expect(saladcloud.groups()).toEqual([]);
  expect(saladcloud.meter.spans()).toMatchObject([
    { priority: 'batch', usdPerHour: 0.04, toMs: expect.any(Number) },
  ]);
});

test('a list that fails is an error and never empty, and one that is cut off is no list', async () => {
  const saladcloud = await startSaladcloud({ quota: 200, secondMs: 1_000 });
  const compute = saladcloudAt(saladcloud);
  const bad = { status: 500 };
  saladcloud.failNext('groups', bad, bad, { status: 503, html: true });
  expect((await failureOf(compute.list(call))).code).toBe('saladcloud.failing');
  saladcloud.failNext('groups', { status: 200, html: true }, { status: 404, html: true }, bad);
  expect((await failureOf(compute.list(call))).code).toBe('saladcloud.failing');

  const spec = await aSpec(compute);
  await compute.start(spec, call);
  const prototype = saladcloud.group(spec.key)?.prototype;
  if (prototype === undefined) throw new Error('the group is not there');
  for (let more = 1; more < 120; more += 1) saladcloud.create({ ...prototype, name: `somebody-${more}` });

  expect((await failureOf(compute.list(call))).code).toBe('saladcloud.too_many_groups');
});

test('an end that is refused at first is ordered again, and a machine that does not go is told of', async () => {
  const saladcloud = await startSaladcloud({ killSeconds: [1, 2] });
  const compute = saladcloudAt(saladcloud, { stopPatienceMs: 300 });
  const spec = await aSpec(compute);
  await compute.start(spec, call);
  saladcloud.failNext('delete', { status: 403 }, { status: 409 }, 'dropped');
  await compute.stop(spec.key, call);
  expect(await compute.list(call)).toEqual([]);
  await compute.stop(spec.key, call);

  const stubborn = { ...spec, key: aKey('b2') };
  await compute.start(stubborn, call);
  saladcloud.failNext('delete', ...Array.from({ length: 1_000 }, () => ({ status: 403 })));
  const failure = await failureOf(compute.stop(stubborn.key, call));

  expect(failure.code).toBe('compute.not_gone');
  expect((await compute.list(call)).map(({ key }) => key)).toEqual([stubborn.key]);
});

test('an end waits until the machine is gone from the list, and gives up with its caller', async () => {
  const saladcloud = await startSaladcloud({ killSeconds: [100, 100], secondMs: 20 });
  const compute = saladcloudAt(saladcloud);
  const spec = await aSpec(compute);
  await compute.start(spec, call);
  const caller = new AbortController();

  const ending = compute.stop(spec.key, { signal: caller.signal });
  await vi.waitFor(() => expect(saladcloud.group(spec.key)?.state.isDeleting).toBe(true));
  caller.abort(new Error('the caller went away'));

  await expect(ending).rejects.toThrow('the caller went away');
});

test('the switch of the vendor ends a machine whose agent has died, in whichever zone it reads the time', async () => {
  let now = new Date('2026-10-01T10:00:30Z');
  for (const scheduleZoneMinutes of [0, -480, 840]) {
    const saladcloud = await startSaladcloud({ now: () => now, scheduleZoneMinutes, killSeconds: [1, 2] });
    const compute = saladcloudAt(saladcloud, { now: () => now });
    await compute.start(await aSpec(compute, { maxLifeSeconds: 3_600 }), call);
    await hasState(compute, 'running');

    now = new Date(now.getTime() + 24 * 3_600_000);
    await hasState(compute, 'stopping');

    const [machine] = await compute.list(call);
    expect(machine?.trouble).toMatchObject({ code: 'compute.interrupted' });
    const billed = saladcloud.meter.usd();
    expect(saladcloud.meter.spans().every(({ toMs }) => toMs !== null)).toBe(true);
    expect(saladcloud.meter.usd()).toBe(billed);
  }
});

test('an image that does not exist, and a machine that does not come, are told, and cost nothing', async () => {
  const saladcloud = await startSaladcloud({ images: [image] });
  const compute = saladcloudAt(saladcloud);
  const spec = await aSpec(compute);

  await compute.start({ ...spec, image: 'docker.io/nobody/nothing' }, call);
  saladcloud.runDry();
  await compute.start({ ...spec, key: aKey('b2') }, call);

  await vi.waitFor(
    async () =>
      expect(await compute.list(call)).toMatchObject([
        {
          state: 'starting',
          trouble: { code: 'compute.image_missing', message: expect.stringContaining('docker.io/nobody') },
        },
        { state: 'starting', trouble: null, detail: 'deploying' },
      ]),
    20_000,
  );
  expect(saladcloud.meter.usd()).toBe(0);
});

test('a slow image is seen coming, and a price that changes is seen at the next look at the list', async () => {
  const saladcloud = await startSaladcloud({ secondMs: 10 });
  const compute = saladcloudAt(saladcloud);
  saladcloud.slowNextDownload(60);
  const spec = await aSpec(compute);
  await compute.start(spec, call);

  const details = new Set<string | null>();
  await vi.waitFor(async () => {
    const [machine] = await compute.list(call);
    details.add(machine?.detail ?? null);
    expect(machine?.state).toBe('running');
  }, 20_000);
  saladcloud.setPrice(spec.offer.name.split('@')[0] ?? '', 'batch', 0.07);

  expect([...details].some((detail) => detail?.startsWith('fetching the image, '))).toBe(true);
  expect(await compute.list(call)).toMatchObject([{ pricePerHourUsd: 0.07 }]);
  expect(saladcloud.meter.spans().map(({ usdPerHour }) => usdPerHour)).toEqual([0.04, 0.07]);
});

test.each(['Instance Interrupted (Node Offline)', 'Instance Interrupted (Priority)'])(
  'a machine that is taken away (%s) comes up on another one by itself',
  async (event) => {
    const saladcloud = await startSaladcloud();
    const compute = saladcloudAt(saladcloud);
    const spec = await aSpec(compute);
    await compute.start(spec, call);
    await hasState(compute, 'running');
    const [before] = await compute.list(call);

    saladcloud.group(spec.key)?.move(event);
    await hasState(compute, 'starting');
    await hasState(compute, 'running');

    const [after] = await compute.list(call);
    expect(after?.node).not.toBe(before?.node);
    expect(after?.detail).toContain(event);
    expect(saladcloud.meter.spans()).toHaveLength(2);
  },
);

test('a machine is listed though nothing can be learnt of its instances, events or prices', async () => {
  const saladcloud = await startSaladcloud();
  const compute = saladcloudAt(saladcloud);
  await compute.start(await aSpec(compute), call);
  await hasState(compute, 'running');
  const bad = { status: 500 };
  saladcloud.failNext('instances', bad, bad, bad);
  saladcloud.failNext('events', bad, bad, bad);

  expect(await compute.list(call)).toMatchObject([{ state: 'running', node: null, pricePerHourUsd: 0.04 }]);

  const anew = saladcloudAt(saladcloud);
  saladcloud.failNext('gpu-classes', bad, bad, bad);
  expect(await anew.list(call)).toMatchObject([{ state: 'running', pricePerHourUsd: 0.04 }]);
});
