import { expect, test } from 'vitest';
import type { Health } from '../../src/domain/health.ts';
import { createRecoveryOrder } from '../../src/jobs/health-order.ts';
import { createModuleGates } from '../../src/jobs/module-gates.ts';
import { silentLog } from '../support/silent-log.ts';

function aService(name: string, failure: Health['failure'] = null): Health {
  const at = new Date();
  return {
    name,
    kind: 'service',
    priority: 'critical',
    status: failure === null ? 'healthy' : 'unhealthy',
    since: at,
    failure,
    inARow: 3,
    lastCheckedAt: new Date(at.getTime() + 60_000),
    closed: null,
  };
}

test('no module begins anything while the secrets are too old, and all go on when Vault answers', () => {
  const gates = createModuleGates({
    modules: ['submission', 'research'],
    log: silentLog,
    canBeMended: () => true,
  });
  let secrets = aService('secrets');
  const order = createRecoveryOrder({
    gates,
    services: () => [aService('state'), aService('queue'), secrets],
    hasWork: () => false,
    onGroundLost: () => undefined,
    now: () => new Date(),
    log: silentLog,
  });
  const closed = () => gates.snapshot().map((module) => module.closed?.message ?? null);
  const stepWith = (failure: Health['failure']) => {
    secrets = aService('secrets', failure);
    order.step();
    return closed();
  };

  const well = stepWith(null);
  const inGrace = stepWith({ code: 'vault.sealed', message: 'Vault is sealed.' });
  const over = stepWith({ code: 'vault.grace_over', message: 'The last secrets are too old.' });
  const again = stepWith(null);

  expect([well, inGrace, again]).toEqual(Array.from({ length: 3 }, () => [null, null]));
  expect(over).toEqual(['The last secrets are too old.', 'The last secrets are too old.']);
});
