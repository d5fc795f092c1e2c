import { expect, test } from 'vitest';
import { machineOf } from '../../../src/providers/compute/saladcloud-machine.ts';
import {
  type Group,
  type GroupEvent,
  gpuClassSchema,
  groupSchema,
} from '../../../src/providers/compute/saladcloud-schemas.ts';

const classId = 'f51baccc-dc95-40fb-a5d1-6d0ee0db31d2';
const classes = [
  { id: classId, name: 'RTX 3060 (12 GB)', prices: pricesOf('0.08', '0.04') },
  // Of no version that there is.
  { id: 'a5db5c50-cbcb-0596-0e80-6a0c8090d80f', name: 'RTX 3090 (24 GB)', prices: pricesOf('0.25', '0.09') },
].map((one) => gpuClassSchema.parse(one));
const means = { provider: 'saladcloud', classes };

function pricesOf(high: string, batch: string) {
  return [
    { priority: 'high', price: high },
    { priority: 'batch', price: batch },
  ];
}

function aGroup(changes: object = {}): Group {
  return groupSchema.parse({
    name: 'ka-0123abcd-gpu-1-1',
    container: { image: 'an-image', resources: { gpu_classes: [classId] } },
    priority: 'batch',
    replicas: 1,
    current_state: { status: 'running' },
    create_time: '2026-10-01T10:00:00.123+00:00',
    ...changes,
  });
}

const anEvent = (event_name: string, seconds: number): GroupEvent => ({
  event_name,
  event_time: new Date(Date.UTC(2026, 9, 1) + seconds * 1_000).toISOString(),
});
const look = (group: Group, events: GroupEvent[] = [], instances: object[] | null = []) =>
  machineOf(group, { instances: instances as [], events }, means);

test('what it costs is what the vendor would bill at worst', () => {
  expect(look(aGroup()).pricePerHourUsd).toBe(0.04);
  expect(look(aGroup({ priority: undefined })).pricePerHourUsd).toBe(0.08);
  const two = { resources: { gpu_classes: classes.map(({ id }) => id) } };
  expect(look(aGroup({ container: two })).pricePerHourUsd).toBe(0.09);
  const container = { resources: { gpu_classes: ['a-class-that-is-gone'] } };
  expect(look(aGroup({ container })).pricePerHourUsd).toBe(0.5);
  const display_name = 'Kaggle Agent, 0.0530 USD per hour';
  expect(look(aGroup({ container, display_name })).pricePerHourUsd).toBe(0.053);
});

test('the state is that of the instance most alive, and of the counters where instances are unknown', () => {
  const states = (...names: string[]) => names.map((state) => ({ state, machine_id: state }));

  expect(look(aGroup(), [], states('stopping', 'running'))).toMatchObject({
    state: 'running',
    node: 'running',
  });
  expect(look(aGroup(), [], states('stopping')).state).toBe('stopping');
  expect(look(aGroup(), [], states('creating')).state).toBe('starting');
  // It may be billed, so it counts.
  expect(look(aGroup(), [], states('a-new-word'))).toMatchObject({ state: 'running', detail: 'a-new-word' });
  expect(look(aGroup(), []).state).toBe('starting');
  const counted = { status: 'running', instance_status_counts: { running_count: 1 } };
  expect(look(aGroup({ current_state: counted }), [], null).state).toBe('running');
  expect(look(aGroup(), [], null).state).toBe('starting');
});

test('a start that failed is trouble until one succeeds', () => {
  const failed = anEvent('Instance Start Failure: Other', 1);

  expect(look(aGroup(), [failed]).trouble).toMatchObject({ code: 'compute.start_failed' });
  expect(look(aGroup(), [anEvent('Instance Running', 2), failed]).trouble).toBeNull();
  expect(
    look(aGroup(), [anEvent('StartFailure:-1', 3), anEvent('Instance Running', 2)]).trouble,
  ).not.toBeNull();
});

test('the third end of a container is trouble, with the newest status', () => {
  const exits = [anEvent('Instance Exited:1 (Error)', 1), anEvent('Instance Exited:137 (Error)', 3)];

  expect(look(aGroup(), exits).trouble).toBeNull();
  const trouble = look(aGroup(), [...exits, anEvent('Instance Exited:1 (Error)', 2)]).trouble;
  expect(trouble).toMatchObject({
    code: 'compute.keeps_ending',
    message: expect.stringContaining('status 137'),
  });
});

test('a group without replicas is over, and the vendor’s words come short and without control characters', () => {
  expect(look(aGroup({ replicas: 0 }))).toMatchObject({
    state: 'stopping',
    trouble: { code: 'compute.interrupted' },
  });
  const failed = { status: 'failed', description: `no\u001b[31m such ${'x'.repeat(500)}` };
  const message = look(aGroup({ current_state: failed })).trouble?.message ?? '';
  expect(message).toContain('no [31m such');
  expect(message.length).toBeLessThan(320);
});
