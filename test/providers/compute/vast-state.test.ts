import { expect, test } from 'vitest';
import { detailOf, priceOf, stateOf } from '../../../src/providers/compute/vast-state.ts';

test('a machine costs what its vendor says, its disk alone where it stands still, and one that runs never nothing', () => {
  const told = { id: 1, dph_base: 0.06, dph_total: 0.065, storage_total_cost: 0.005 };

  expect(priceOf({ ...told, actual_status: 'running' })).toBe(0.065);
  expect(priceOf({ ...told, actual_status: 'exited' })).toBe(0.065);
  expect(priceOf({ ...told, actual_status: null, dph_total: null })).toBe(0.065);
  expect(priceOf({ ...told, actual_status: 'stopped' })).toBe(0.005);
  expect(priceOf({ ...told, actual_status: 'stopped', storage_total_cost: null })).toBe(0.065);
  expect(priceOf({ id: 1, actual_status: 'running' })).toBe(0.5);
  expect(priceOf({ id: 1, actual_status: null })).toBe(0);
});

test('a status that is new to us counts as running', () => {
  expect(stateOf({ id: 1, actual_status: 'a-new-word' })).toBe('running');
  expect(stateOf({ id: 1, actual_status: 'loading' })).toBe('starting');
  expect(stateOf({ id: 1 })).toBe('starting');
});

test('what a host says is one short line, without what is signed', () => {
  const status_msg = `Error\n fetching https://objects.example/runner?signature=5ec2e7 \u001b[31m${'x'.repeat(300)}`;

  const detail = detailOf({ id: 1, actual_status: 'created', status_msg }) ?? '';

  expect(detail).toContain('created: Error fetching https://objects.example/runner?[redacted]');
  expect(detail).not.toMatch(/5ec2e7|\p{Cc}/u);
  expect(detail.length).toBe(200);
  expect(detailOf({ id: 1 })).toBeNull();
});
