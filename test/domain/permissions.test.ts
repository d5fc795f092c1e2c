import { expect, test } from 'vitest';
import { neededRole, type Permission } from '../../src/domain/permissions.ts';
import { hasRole, type Role } from '../../src/domain/person.ts';

const table: readonly (readonly [Role, readonly Permission[]])[] = [
  ['viewer', ['status', 'list', 'leaderboard', 'research', 'logs', 'budget', 'config', 'details', 'help']],
  ['operator', ['start', 'pause', 'resume', 'stop', 'stop-now', 'decide', 'note', 'snooze', 'again']],
  ['admin', ['budget-change', 'config-change', 'budget-form', 'config-form']],
];

test.each(table)('a %s is asked for what its role is about', (role, permissions) => {
  for (const permission of permissions)
    expect([permission, neededRole(permission)]).toEqual([permission, role]);
});

test('questions about money are answered by admins alone, and looked at by everybody', () => {
  for (const permission of ['decide', 'note', 'snooze', 'again'] as const) {
    expect(neededRole(permission, 'budget')).toBe('admin');
    expect(neededRole(permission, 'failure')).toBe('operator');
  }
  expect(neededRole('details', 'budget')).toBe('viewer');
});

test('each role may do what the ones before it may, and somebody from outside nothing', () => {
  expect(hasRole('admin', neededRole('start'))).toBe(true);
  expect(hasRole('operator', neededRole('budget-change'))).toBe(false);
  expect(hasRole('viewer', neededRole('start'))).toBe(false);
  expect(hasRole(null, neededRole('help'))).toBe(false);
});
