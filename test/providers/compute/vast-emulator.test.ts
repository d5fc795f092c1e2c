import { expect, test, vi } from 'vitest';
import { startVast, type VastEmulator } from '../../support/vast/start-vast.ts';

async function call(emulator: VastEmulator, method: string, path: string, body?: unknown, key?: string) {
  const response = await fetch(`${emulator.url}${path}`, {
    method,
    headers: { authorization: `Bearer ${key ?? emulator.apiKey}` },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  return { status: response.status, text, json: (): unknown => JSON.parse(text) };
}

const order = { client_id: 'me', image: 'a:b', disk: 10, runtype: 'args', args: ['sleep', '60'] };
const list = '/api/v1/instances/';

test('no key is 401, an unknown key is 404, and a slash that is left out is no page', async () => {
  const emulator = await startVast();

  expect((await fetch(`${emulator.url}${list}`)).status).toBe(401);
  expect(await call(emulator, 'GET', list, undefined, 'nonsense')).toMatchObject({ status: 404 });
  expect(await call(emulator, 'GET', '/api/v1/instances')).toMatchObject({ status: 404 });
});

test.each([200, 410] as const)('the older list tells its end with status %d', async (oldListStatus) => {
  const emulator = await startVast({ oldListStatus });

  const answer = await call(emulator, 'GET', '/api/v0/instances/');

  expect(answer.status).toBe(oldListStatus);
  expect(answer.json()).toMatchObject({ success: false, error: 'deprecated_endpoint' });
});

test.each([
  [{ colour: { eq: 'red' } }],
  [{ gpu_name: { like: 'RTX' } }],
  [{ dph_total: { lte: '0.1' } }],
  [{ type: 'spot' }],
  [{ order: 'dph_total' }],
  [{ limit: 0 }],
])('a search for %j is refused', async (query) => {
  const emulator = await startVast();

  expect(await call(emulator, 'POST', '/api/v0/bundles/', query)).toMatchObject({ status: 400 });
});

test('each operator of a search does what it is called', async () => {
  const emulator = await startVast();
  const count = async (query: object) => {
    const { offers } = (await call(emulator, 'POST', '/api/v0/bundles/', query)).json() as {
      offers: unknown[];
    };
    return offers.length;
  };

  expect(await count({ machine_id: { eq: 101 } })).toBe(2);
  expect(await count({ machine_id: { neq: 101 } })).toBe(2);
  expect(await count({ machine_id: { gt: 101 } })).toBe(2);
  expect(await count({ machine_id: { gte: 101, lt: 102 } })).toBe(2);
  expect(await count({ machine_id: { lte: 102 } })).toBe(4);
  expect(await count({ machine_id: { in: [101, 7] } })).toBe(2);
  expect(await count({ machine_id: { notin: [101, 102] } })).toBe(0);
  expect(await count({ limit: 3 })).toBe(3);
});

test.each([
  ['another field', { ...order, colour: 'red' }, 400],
  ['no client', { ...order, client_id: undefined }, 400],
  ['variables as text', { ...order, env: '-e A=b' }, 400],
  ['an image without a tag', { ...order, image: 'python' }, 500],
  ['too small a disk', { ...order, disk: 4 }, 400],
  ['a larger disk than the machine has', { ...order, disk: 501 }, 400],
  ['a bid under the floor', { ...order, price: 0.01 }, 400],
  ['too long a label', { ...order, label: 'l'.repeat(257) }, 400],
  ['too long arguments', { ...order, args: ['a'.repeat(4_097)] }, 400],
])('a create with %s is refused', async (_, body, status) => {
  const emulator = await startVast();

  expect(await call(emulator, 'PUT', '/api/v0/asks/1010/', body)).toMatchObject({ status });
  expect(emulator.machines).toEqual([]);
});

test('a bid on a machine that is taken waits and is billed for its disk, unless that was forbidden', async () => {
  const emulator = await startVast();
  await call(emulator, 'PUT', '/api/v0/asks/1010/', order);
  const bid = { ...order, price: 0.05 };

  expect(await call(emulator, 'PUT', '/api/v0/asks/1011/', { ...bid, cancel_unavail: true })).toMatchObject({
    status: 410,
  });
  expect(await call(emulator, 'PUT', '/api/v0/asks/1011/', bid)).toMatchObject({ status: 200 });
  expect(emulator.alive().map(({ status }) => status)).toContain('stopped');
});

test('calls of one kind that come too close are refused in plain text, a create for longer', async () => {
  const emulator = await startVast({ gapScale: 0.05 });

  expect((await call(emulator, 'PUT', '/api/v0/asks/1010/', order)).status).toBe(200);
  const early = await call(emulator, 'PUT', '/api/v0/asks/1020/', order);

  expect(early).toMatchObject({ status: 429, text: expect.stringContaining('API requests too frequent') });
  const again = async () => (await call(emulator, 'PUT', '/api/v0/asks/1020/', order)).status;
  expect(await again()).toBe(429);
});

test('a list is filtered by stored columns alone, in pages of 25 with a token of theirs', async () => {
  const emulator = await startVast();
  const filtered = (filters: object) =>
    call(emulator, 'GET', `${list}?select_filters=${encodeURIComponent(JSON.stringify(filters))}`);

  expect((await filtered({ label: { eq: 'x' } })).status).toBe(200);
  expect((await filtered({ dph_total: { lte: 1 } })).json()).toMatchObject({ error: 'invalid_request' });
  expect((await call(emulator, 'GET', `${list}?after_token=bm9uc2Vuc2U=`)).json()).toMatchObject({
    success: false,
  });
});

test("a machine's own key opens that machine alone", async () => {
  const emulator = await startVast();
  await call(emulator, 'PUT', '/api/v0/asks/1010/', order);
  await call(emulator, 'PUT', '/api/v0/asks/1020/', order);
  const [mine, other] = emulator.alive();
  const destroy = (id: number | undefined, key: string | undefined) =>
    call(emulator, 'DELETE', `/api/v0/instances/${id}/`, {}, key);

  expect(await destroy(other?.id, mine?.key)).toMatchObject({ status: 403 });
  expect(await call(emulator, 'GET', list, undefined, mine?.key)).toMatchObject({ status: 403 });
  expect(await destroy(mine?.id, mine?.key)).toMatchObject({ status: 200 });
  expect(emulator.alive().map(({ id }) => id)).toEqual([other?.id]);
});

test('a machine that is gone is null at first, and unknown later', async () => {
  const emulator = await startVast({ destroyLagMs: 20 });
  await call(emulator, 'PUT', '/api/v0/asks/1010/', order);
  const path = `/api/v0/instances/${emulator.alive()[0]?.id}/`;
  await call(emulator, 'DELETE', path, {});

  expect((await call(emulator, 'GET', path)).json()).toEqual({ instances: null });
  await vi.waitFor(async () => expect((await call(emulator, 'GET', path)).status).toBe(404), {
    timeout: 20_000,
    interval: 20,
  });
});

test('an account that is used up stands all its machines still', async () => {
  const emulator = await startVast({ creditUsd: 0.0001, speed: 1_000_000 });
  await call(emulator, 'PUT', '/api/v0/asks/1010/', order);

  await vi.waitFor(
    () => expect(emulator.alive()[0]).toMatchObject({ status: 'stopped', intended: 'stopped' }),
    { timeout: 20_000, interval: 10 },
  );
  expect((await call(emulator, 'PUT', '/api/v0/asks/1020/', order)).json()).toMatchObject({
    error: 'insufficient_credit',
  });
});

test('logs come a little after they are asked for', async () => {
  const emulator = await startVast();
  await call(emulator, 'PUT', '/api/v0/asks/1010/', { ...order, args: ['sh', '-c', 'echo hello; sleep 60'] });
  const id = emulator.alive()[0]?.id ?? 0;
  await vi.waitFor(() => expect(emulator.logOf(id)).toBe('hello\n'), { timeout: 20_000, interval: 10 });
  const { result_url: url } = (
    await call(emulator, 'PUT', `/api/v0/instances/request_logs/${id}/`, {})
  ).json() as { result_url: string };

  expect((await fetch(url)).status).toBe(404);
  await vi.waitFor(async () => expect(await (await fetch(url)).text()).toBe('hello\n'), {
    timeout: 20_000,
    interval: 20,
  });
});

test('the most that lived and cost at one moment is kept', async () => {
  const emulator = await startVast();
  await call(emulator, 'PUT', '/api/v0/asks/1010/', order);
  await call(emulator, 'PUT', '/api/v0/asks/1020/', order);
  for (const { id } of emulator.alive()) await call(emulator, 'DELETE', `/api/v0/instances/${id}/`, {});

  const disks = (2 * 0.15 * 10) / 720;
  expect(emulator.peak()).toEqual({ machines: 2, usdPerHour: expect.closeTo(0.06 + 0.08 + disks) });
  expect(emulator.alive()).toEqual([]);
});
