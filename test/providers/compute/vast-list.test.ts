import { expect, test, vi } from 'vitest';
import type { Instance } from '../../../src/providers/compute/contract.ts';
import { aStart, labelPrefix, vastAt, within } from '../../support/vast/a-vast.ts';
import { aHost } from '../../support/vast/settings.ts';
import { startVast, type VastEmulator } from '../../support/vast/start-vast.ts';

const until = { timeout: 20_000, interval: 10 };
const patience = { startingMs: 60, createdMs: 60, unknownMs: 60, offlineMs: 60, rebootMs: 60 };

/** A machine of ours that stands by, as a container without a job does. */
async function rented(
  emulator: VastEmulator,
  label: string | null = `${labelPrefix}gpu-1`,
  args = ['sleep', '60'],
) {
  const host = emulator.hosts.find(
    ({ machineId }) => !emulator.alive().some((m) => m.host.machineId === machineId),
  );
  const body = { client_id: 'me', image: 'a:b', disk: 10, runtype: 'args', args };
  const answer = await fetch(`${emulator.url}/api/v0/asks/${(host?.machineId ?? 0) * 10}/`, {
    method: 'PUT',
    headers: { authorization: `Bearer ${emulator.apiKey}` },
    body: JSON.stringify(label === null ? body : { ...body, label }),
  });
  expect(answer.status).toBe(200);
}

async function untilListed(
  vast: ReturnType<typeof vastAt>,
  wanted: (instance: Instance) => boolean,
): Promise<Instance> {
  return await vi.waitFor(async () => {
    const found = (await vast.list(within())).find(wanted);
    if (found === undefined) throw new Error('not yet');
    return found;
  }, until);
}

test('a machine starts, runs, and tells what it costs', async () => {
  const emulator = await startVast({ pullMs: 60_000 });
  const vast = vastAt(emulator);
  await rented(emulator);

  const [starting] = await vast.list(within());
  emulator.settings.pullMs = 0;
  const running = await untilListed(vast, ({ state }) => state === 'running');

  expect(starting?.state).toBe('starting');
  expect(running).toMatchObject({
    provider: 'vast',
    key: `${labelPrefix}gpu-1`,
    node: '101',
    pricePerHourUsd: expect.closeTo(0.06 + (0.15 * 10) / 720),
    trouble: null,
    detail: 'running: success, running image',
  });
  expect(running.startedAt).toBeInstanceOf(Date);
});

test("machines of others on the account are not listed, and the list's pages are read to their end", async () => {
  const hosts = Array.from({ length: 60 }, (_, index) => aHost({ machineId: index + 1 }));
  const emulator = await startVast({ hosts, provisionMs: 60_000, creditUsd: 1_000 });
  const vast = vastAt(emulator);
  for (let index = 0; index < 55; index += 1) {
    await rented(emulator, index % 5 === 0 ? `ka-ffffffff-gpu-${index}` : `${labelPrefix}gpu-${index}`);
  }
  await rented(emulator, null);

  const instances = await vast.list(within());

  expect(instances).toHaveLength(44);
  expect(instances.every(({ key }) => key?.startsWith(labelPrefix))).toBe(true);
});

test.each([
  ['a gateway that is down', { kind: 'status', status: 503 } as const, 'vast.failing'],
  [
    'a refusal inside a success',
    { kind: 'status', status: 200, body: '{"success":false,"error":"deprecated_endpoint"}' } as const,
    'vast.endpoint_gone',
  ],
  [
    'an answer without a list',
    { kind: 'status', status: 200, body: '{"success":true}' } as const,
    'vast.bad_response',
  ],
  ['half an answer', { kind: 'lost', how: 'garbled' } as const, 'vast.bad_response'],
  ['an empty list that counts machines', { kind: 'lie' } as const, 'vast.list_incomplete'],
])('%s is an error and never an empty list', async (_, fault, code) => {
  const emulator = await startVast();
  await rented(emulator);
  emulator.fault('list', fault, 3);

  await expect(vastAt(emulator).list(within())).rejects.toMatchObject({ code });
});

test.each([
  ['outbid', 'compute.interrupted'],
  ['scheduling', 'compute.interrupted'],
  ['frozen', 'compute.interrupted'],
  ['offline', 'compute.node_lost'],
  ['unknown', 'compute.node_lost'],
] as const)('a machine that is %s has the trouble %s', async (what, code) => {
  const emulator = await startVast();
  const vast = vastAt(emulator, { patience });
  await rented(emulator);
  const { id } = await untilListed(vast, ({ state }) => state === 'running');

  await emulator.strike(Number(id), what);

  const { trouble } = await untilListed(vast, (instance) => instance.trouble !== null);
  expect(trouble?.code).toBe(code);
});

test('a machine whose main process ended has a trouble', async () => {
  const emulator = await startVast();
  const vast = vastAt(emulator);
  await rented(emulator, `${labelPrefix}gpu-1`, ['true']);

  const { trouble } = await untilListed(vast, (instance) => instance.trouble !== null);
  expect(trouble?.code).toBe('compute.exited');
});

test('a machine that died while its host says that it runs is not found out here; its heartbeat tells', async () => {
  const emulator = await startVast();
  const vast = vastAt(emulator);
  await rented(emulator);
  const { id } = await untilListed(vast, ({ state }) => state === 'running');

  await emulator.strike(Number(id), 'died');

  expect(await vast.list(within())).toMatchObject([{ state: 'running', trouble: null }]);
});

test('a host that was away for a moment only is no trouble', async () => {
  const emulator = await startVast();
  const vast = vastAt(emulator);
  await rented(emulator);
  const { id } = await untilListed(vast, ({ state }) => state === 'running');

  await emulator.strike(Number(id), 'offline');

  expect(await vast.list(within())).toMatchObject([{ trouble: null, detail: 'offline' }]);
});

test('a machine that stands still in an empty account was not outbid', async () => {
  const emulator = await startVast();
  const vast = vastAt(emulator);
  await rented(emulator);
  await untilListed(vast, ({ state }) => state === 'running');

  emulator.setCredit(0);

  const { trouble } = await untilListed(vast, (instance) => instance.trouble !== null);
  expect(trouble).toMatchObject({ code: 'compute.no_credit' });
});

test('a machine that stands still costs its disk', async () => {
  const emulator = await startVast();
  const vast = vastAt(emulator);
  await rented(emulator);
  const { id } = await untilListed(vast, ({ state }) => state === 'running');

  await emulator.strike(Number(id), 'outbid');

  expect(await vast.list(within())).toMatchObject([{ pricePerHourUsd: expect.closeTo((0.15 * 10) / 720) }]);
});

test('an image that nobody has is told as such', async () => {
  const emulator = await startVast({ images: ['python:3.12-slim'] });
  const vast = vastAt(emulator);

  await vast.start(await aStart(vast, { image: 'python:3.99' }), within());

  const { trouble, state } = await untilListed(vast, (instance) => instance.trouble !== null);
  expect(trouble?.code).toBe('compute.image_missing');
  expect(state).toBe('starting');
});

test('a host that cannot make the container is told as such', async () => {
  const emulator = await startVast();
  emulator.breakStart('oci_error');
  const vast = vastAt(emulator);
  await rented(emulator);

  const { trouble } = await untilListed(vast, (instance) => instance.trouble !== null);
  expect(trouble?.code).toBe('compute.start_failed');
});

test('a slow pull with words on the way is waited for; one without is not', async () => {
  const emulator = await startVast({
    hosts: [aHost({ machineId: 1 }), aHost({ machineId: 2 })],
    slowPullMs: 400,
  });
  const vast = vastAt(emulator, { patience: { ...patience, startingMs: 250 } });
  emulator.breakStart('slow_pull');
  emulator.breakStart('stall');
  await rented(emulator, `${labelPrefix}slow`);
  await rented(emulator, `${labelPrefix}stalled`);

  const slow = await untilListed(vast, ({ key, state, trouble }) => {
    if (key === `${labelPrefix}slow`) expect(trouble).toBeNull();
    return key === `${labelPrefix}slow` && state === 'running';
  });
  const stalled = await untilListed(vast, ({ trouble }) => trouble !== null);

  expect(slow.state).toBe('running');
  expect(stalled).toMatchObject({ key: `${labelPrefix}stalled`, trouble: { code: 'compute.stalled' } });
});
