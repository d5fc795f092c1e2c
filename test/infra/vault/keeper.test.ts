import { expect, onTestFinished, test, vi } from 'vitest';
import { createHealthMonitor } from '../../../src/infra/health-monitor.ts';
import { createVaultKeeper, openPatiently, type VaultChange } from '../../../src/infra/vault/keeper.ts';
import { silentLog } from '../../support/silent-log.ts';
import { anInstallation, linksTo } from '../../support/vault/installation.ts';

const soon = (): AbortSignal => AbortSignal.timeout(20_000);

async function aKeeper(given: { graceMs?: number; timeoutMs?: number } = {}) {
  const vault = await anInstallation();
  vault.keyValues.put('kaggle-agent/kaggle', { KAGGLE_API_TOKEN: 'one' });
  const links = linksTo(vault, {
    names: ['kaggle'],
    ...(given.timeoutMs === undefined ? {} : { timeoutMs: given.timeoutMs }),
  });
  const changes: VaultChange[] = [];
  const keeper = createVaultKeeper({
    ...links,
    databaseLogin: null,
    refreshMs: 60_000,
    graceMs: given.graceMs ?? 3_600_000,
    onChange: (change) => changes.push(change),
    now: () => new Date(vault.nowMs()),
    tickMs: 5,
  });
  onTestFinished(() => keeper.close());
  return { vault, keeper, changes, ...links };
}

test('a rotation is told at the next look, once', async () => {
  const { vault, keeper, changes } = await aKeeper();
  await keeper.open(soon());

  vault.keyValues.put('kaggle-agent/kaggle', { KAGGLE_API_TOKEN: 'two' });
  await keeper.tick(soon());
  const tooEarly = changes.length;
  vault.advance(61);
  await keeper.tick(soon());
  vault.advance(61);
  await keeper.tick(soon());

  expect(tooEarly).toBe(0);
  expect(changes).toMatchObject([{ secrets: [{ name: 'kaggle', version: 2 }], hasNewDatabaseLogin: false }]);
});

test('it looks by itself once started, and no more once closed', async () => {
  const { vault, keeper, changes } = await aKeeper();
  await keeper.open(soon());
  keeper.start();

  vault.keyValues.put('kaggle-agent/kaggle', { KAGGLE_API_TOKEN: 'two' });
  vault.advance(61);
  await vi.waitFor(() => expect(changes).toHaveLength(1), { timeout: 20_000 });
  await keeper.close();
  const calls = vault.calls.length;
  await keeper.tick(soon());

  expect(vault.tokens.count()).toBe(0);
  expect(vault.calls.length).toBe(calls);
});

test('while Vault is sealed the last secrets are used for the grace time, then nothing goes on until it answers', async () => {
  const { vault, keeper, store, lines } = await aKeeper();
  await keeper.open(soon());
  await keeper.check();

  vault.mood.isSealed = true;
  vault.advance(61);
  await keeper.tick(soon());
  const within = keeper.check();
  await expect(within).rejects.toMatchObject({ code: 'vault.sealed', kind: 'transient' });
  vault.advance(3_600);
  const after = keeper.check();
  await expect(after).rejects.toMatchObject({ code: 'vault.grace_over', kind: 'configuration' });
  await expect(after).rejects.toThrow(/Vault is sealed.*VAULT_GRACE_SECONDS/);
  vault.mood.isSealed = false;
  await keeper.check();

  expect(keeper.trouble()).toBeNull();
  expect(store.texts()).toEqual({ KAGGLE_API_TOKEN: 'one' });
  expect(lines.filter(({ level }) => level === 'warn')).toHaveLength(1);
});

test('the grace time counts from the last time that Vault answered, not from when that was noticed', async () => {
  const { vault, keeper } = await aKeeper({ graceMs: 100_000 });
  await keeper.open(soon());

  vault.mood.isSealed = true;
  vault.advance(101);
  await keeper.tick(soon());

  await expect(keeper.check()).rejects.toMatchObject({ code: 'vault.grace_over' });
});

test('a policy that was taken away, and a login that is refused, leave the last secrets in use too', async () => {
  const { vault, keeper, store } = await aKeeper();
  await keeper.open(soon());

  vault.appRole.policies = [];
  vault.policies.clear();
  vault.advance(61);
  await keeper.tick(soon());
  const denied = keeper.check();

  await expect(denied).rejects.toMatchObject({ kind: 'transient' });
  expect(store.texts()).toEqual({ KAGGLE_API_TOKEN: 'one' });
});

test('a Vault that hangs is told as such, though the check that asked has ended meanwhile', async () => {
  const { vault, keeper } = await aKeeper({ timeoutMs: 300 });
  await keeper.open(soon());
  vault.mood.isSealed = true;
  vault.advance(61);
  await keeper.tick(soon());
  vault.mood.isSilent = true;
  const monitor = createHealthMonitor({
    checks: [{ name: 'secrets', kind: 'service', priority: 'critical', check: () => keeper.check() }],
    log: silentLog,
    now: () => new Date(),
    everyMs: 20,
    timeoutMs: 30,
  });
  onTestFinished(() => monitor.stop());

  await vi.waitFor(() => expect(keeper.trouble()?.failure.code).toBe('vault.unreachable'), {
    timeout: 20_000,
  });
});

test('a start is patient with a Vault that comes up beside it, and gives up with a clear sentence', async () => {
  const { vault, keeper } = await aKeeper({ timeoutMs: 200 });
  vault.mood.isSealed = true;
  let tries = 0;
  const opening = openPatiently(
    (signal) => {
      tries += 1;
      if (tries === 2) vault.mood.isSealed = false;
      return keeper.open(signal);
    },
    { tries: 3, signal: soon() },
  );
  const opened = await opening;
  vault.mood.isSealed = true;
  const refused = openPatiently((signal) => keeper.open(signal), { tries: 1, signal: soon() });

  expect(opened.secrets).toMatchObject([{ name: 'kaggle' }]);
  await expect(refused).rejects.toMatchObject({ code: 'vault.sealed', kind: 'configuration' });
  await expect(refused).rejects.toThrow(/unseal it.*cannot start/);
});
