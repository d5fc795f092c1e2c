import { expect, test, vi } from 'vitest';
import { type SaladcloudEmulator, startSaladcloud } from '../../support/saladcloud/start-saladcloud.ts';

const groups = '/organizations/our-organization/projects/kaggle/containers';
const [classId] = ['f51baccc-dc95-40fb-a5d1-6d0ee0db31d2'];

/** What the specification asks for, and no more. */
function aGroup(changes: object = {}) {
  return {
    name: 'a-group',
    container: {
      image: 'an-image',
      resources: { cpu: 1, memory: 1_024, gpu_classes: [classId] },
      priority: 'batch',
      command: ['sh', '-c', 'echo \'{"severity":"info"}\'; exit 3'],
    },
    autostart_policy: true,
    restart_policy: 'never',
    replicas: 1,
    ...changes,
  };
}

async function ask(
  saladcloud: SaladcloudEmulator,
  method: string,
  path: string,
  {
    body,
    type = 'application/json',
    key = saladcloud.apiKey,
  }: { body?: unknown; type?: string; key?: string } = {},
) {
  const response = await fetch(`${saladcloud.url}${path}`, {
    method,
    headers: { 'salad-api-key': key, ...(body === undefined ? {} : { 'content-type': type }) },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  const text = await response.text();
  return { status: response.status, headers: response.headers, body: text === '' ? null : JSON.parse(text) };
}

test('refuses what the specification does not know', async () => {
  const saladcloud = await startSaladcloud();
  const create = async (changes: object, more = {}) =>
    (await ask(saladcloud, 'POST', groups, { body: aGroup(changes), ...more })).status;

  expect(await create({ name: 'A-Group' })).toBe(400);
  expect(await create({ unknown: true })).toBe(400);
  expect(await create({ 'scaling-actions': [{ schedule: '61 0 1 1 *', replicas: 0 }] })).toBe(400);
  expect(await create({ container: { ...aGroup().container, environment_variables: { A: '' } } })).toBe(400);
  expect(
    await create({ container: { ...aGroup().container, environment_variables: { A: 'x'.repeat(1_001) } } }),
  ).toBe(400);
  expect(await create({}, { type: 'text/plain' })).toBe(415);
  expect(await create({}, { key: 'another' })).toBe(401);
  expect((await ask(saladcloud, 'POST', groups, { body: '{' })).status).toBe(400);
  expect((await ask(saladcloud, 'PUT', groups, { body: aGroup() })).status).toBe(405);
  expect((await ask(saladcloud, 'GET', `${groups}?page=2`)).status).toBe(400);
  expect((await ask(saladcloud, 'GET', '/organizations/somebody/quotas')).status).toBe(404);
  expect(saladcloud.groups()).toEqual([]);
});

test('a container that ends is started again on its machine as a new instance, and after five such ends elsewhere', async () => {
  const saladcloud = await startSaladcloud({ pythonFolder: '/usr/bin', restartSeconds: 1 });

  const made = await ask(saladcloud, 'POST', groups, { body: aGroup() });
  expect(made).toMatchObject({
    status: 201,
    body: { priority: 'batch', current_state: { status: 'pending' } },
  });
  expect(made.headers.get('location')).toContain('a-group');
  await vi.waitFor(() => expect(saladcloud.runs.length).toBeGreaterThanOrEqual(7), 20_000);

  const machines = saladcloud.runs.slice(0, 7).map(({ machineId }) => machineId);
  expect(new Set(machines.slice(0, 6)).size).toBe(1);
  expect(machines[6]).not.toBe(machines[0]);
  expect(new Set(saladcloud.meter.spans().map(({ instanceId }) => instanceId)).size).toBeGreaterThanOrEqual(
    6,
  );
  const { body: events } = await ask(saladcloud, 'GET', `${groups}/a-group/system-logs`);
  const names = events.items.map((item: { event_name: string }) => item.event_name);
  expect(names).toContain('Instance Exited:3 (Error)');
  expect(names).toContain('Instance Reallocated by Platform');
  const now = Date.now();
  const query =
    'resource.type = "container" and resource.labels.project_name = "kaggle" and resource.labels.container_group_name = "a-group"';
  const window = {
    start_time: new Date(now - 60_000).toISOString(),
    end_time: new Date(now + 1_000).toISOString(),
  };
  const logs = await ask(saladcloud, 'POST', '/organizations/our-organization/log-entries', {
    body: { ...window, query, page_size: 2 },
  });
  expect(logs.body.items).toHaveLength(2);
  expect(logs.body.items[0].json_log).toEqual({ severity: 'info' });
});

test('only seconds in running are billed, at the price of the moment, and nothing after the order to end', async () => {
  const saladcloud = await startSaladcloud({ secondMs: 10, tombstoneSeconds: 100_000 });
  await ask(saladcloud, 'POST', groups, { body: aGroup() });
  expect(saladcloud.meter.usd()).toBe(0);
  await vi.waitFor(() => expect(saladcloud.meter.spans()).toHaveLength(1), 20_000);
  saladcloud.setPrice(classId ?? '', 'batch', 0.08);

  await ask(saladcloud, 'DELETE', `${groups}/a-group`);
  const [first, second] = saladcloud.meter.spans();
  const usd = saladcloud.meter.usd();
  await vi.waitFor(
    async () => expect((await ask(saladcloud, 'GET', `${groups}/a-group`)).status).toBe(404),
    20_000,
  );

  expect([first?.usdPerHour, second?.usdPerHour]).toEqual([0.04, 0.08]);
  expect(saladcloud.meter.usd()).toBe(usd);
  expect(saladcloud.meter.peakUsdPerHour()).toBe(0.08);
  expect((await ask(saladcloud, 'POST', groups, { body: aGroup() })).status).toBe(400);
});

test('instances are moved, made anew and scaled, in the media type of each call', async () => {
  const saladcloud = await startSaladcloud({ killSeconds: [1, 2] });
  await ask(saladcloud, 'POST', groups, { body: aGroup() });
  const instance = async () =>
    (await ask(saladcloud, 'GET', `${groups}/a-group/instances`)).body.instances[0] ?? {};
  const runs = async () => expect(await instance()).toMatchObject({ state: 'running' });
  await vi.waitFor(runs, 20_000);

  const before = await instance();
  const at = `${groups}/a-group/instances/${before.id}`;
  expect((await ask(saladcloud, 'GET', at)).status).toBe(202);
  expect((await ask(saladcloud, 'POST', `${at}/reallocate`)).status).toBe(202);
  expect((await ask(saladcloud, 'POST', `${at}/reallocate`)).status).toBe(404);
  await vi.waitFor(runs, 20_000);
  const after = await instance();
  expect(after.machine_id).not.toBe(before.machine_id);
  expect((await ask(saladcloud, 'POST', `${groups}/a-group/instances/${after.id}/recreate`)).status).toBe(
    202,
  );
  await vi.waitFor(runs, 20_000);
  expect(await instance()).toMatchObject({ machine_id: after.machine_id });

  const patch = { body: { replicas: 0 } };
  expect((await ask(saladcloud, 'PATCH', `${groups}/a-group`, patch)).status).toBe(415);
  const type = 'application/merge-patch+json';
  expect((await ask(saladcloud, 'PATCH', `${groups}/a-group`, { ...patch, type })).body.replicas).toBe(0);
  await vi.waitFor(async () => expect(await instance()).toEqual({}), 20_000);
  expect(saladcloud.meter.spans().every(({ toMs }) => toMs !== null)).toBe(true);
});

test('an account whose credit is used up has its groups stopped', async () => {
  const saladcloud = await startSaladcloud({ balanceUsd: 0.000_02, killSeconds: [1, 2] });
  await ask(saladcloud, 'POST', groups, { body: aGroup() });

  await vi.waitFor(() => expect(saladcloud.group('a-group')?.state.status).toBe('stopped'), 20_000);

  expect(saladcloud.meter.usd()).toBeLessThan(0.001);
  expect((await ask(saladcloud, 'POST', groups, { body: aGroup({ name: 'another' }) })).status).toBe(403);
});
