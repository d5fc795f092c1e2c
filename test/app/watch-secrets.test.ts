import { expect, onTestFinished, test, vi } from 'vitest';
import { openSecrets, type VaultLink } from '../../src/app/secrets.ts';
import { watchSecrets } from '../../src/app/watch-secrets.ts';
import { loadSettings } from '../../src/config/load.ts';
import type { Texts } from '../../src/config/sources.ts';
import { createPools } from '../../src/infra/postgres.ts';
import { createPgPort } from '../../src/state/pg-port.ts';
import { freshDatabase, freshState, testPool } from '../support/database.ts';
import { recordingLog, silentLog } from '../support/silent-log.ts';
import { anInstallation, roleId, secretId } from '../support/vault/installation.ts';
import type { VaultEmulator } from '../support/vault/start-vault.ts';

const dayMs = 86_400_000;
const soon = (): AbortSignal => AbortSignal.timeout(20_000);

async function linked(vault: VaultEmulator, more: Texts = {}) {
  const environment: Texts = {
    VAULT_ADDR: vault.url,
    VAULT_ROLE_ID: roleId,
    VAULT_SECRET_ID: secretId,
    ...more,
  };
  const load = (given: { vault?: Texts; mayBeIncomplete?: boolean }) =>
    loadSettings({
      environment,
      envFile: null,
      flags: {},
      cores: 2,
      baseFolder: '/project',
      homeFolder: '/home/mika',
      ...given,
    });
  const { settings, vault: link } = await openSecrets({
    bootstrap: load({ mayBeIncomplete: true }),
    load,
    mayBeIncomplete: false,
    demand: 'needed',
    log: silentLog,
    now: () => new Date(vault.nowMs()),
    random: () => 0,
    signal: soon(),
  });
  if (link === null) throw new Error('there is a Vault');
  onTestFinished(() => link.close());
  return { settings, link };
}

async function watched(vault: VaultEmulator, link: VaultLink) {
  const { pool, state } = await freshState();
  const { log, lines } = recordingLog();
  const now = () => new Date(vault.nowMs());
  const watch = watchSecrets(link, { state, keyMaxAgeDays: 90, log, now, lookEveryMs: 20 });
  onTestFinished(() => watch.stop());
  const read = async (sql: string) => (await pool.query(sql)).rows;
  return {
    watch,
    lines,
    audit: () => read(`select action, details from audit_log where action like 'secret.%' order by id`),
    alerts: () => read('select kind, severity, message from alerts where cleared_at is null order by kind'),
    cards: () => read(`select content ->> 'message' as message from cards`),
  };
}

test('who read which version of a secret is in the audit log, by name and never by value', async () => {
  const vault = await anInstallation();
  vault.keyValues.put('kaggle-agent/kaggle', { KAGGLE_API_TOKEN: 'canary-one' });
  vault.keyValues.put('kaggle-agent/discord', { DISCORD_TOKEN: 'canary-two' });
  const { link } = await linked(vault, { DISCORD_GUILD_ID: '1', DISCORD_CHANNEL_ID: '2' });
  const { audit, lines } = await watched(vault, link);

  vault.keyValues.put('kaggle-agent/kaggle', { KAGGLE_API_TOKEN: 'canary-three' });
  vault.advance(61);
  await link.keeper.tick(soon());

  await vi.waitFor(
    async () =>
      expect(await audit()).toEqual([
        { action: 'secret.read', details: { name: 'kaggle', version: 1 } },
        { action: 'secret.read', details: { name: 'discord', version: 1 } },
        { action: 'secret.rotated', details: { name: 'kaggle', version: 2 } },
      ]),
    { timeout: 20_000 },
  );
  expect(JSON.stringify(lines)).not.toContain('canary');
});

test('a key that only a person can renew is told once when it is old, and no more when it is new', async () => {
  const vault = await anInstallation();
  const written = new Date(vault.nowMs() - 120 * dayMs);
  vault.keyValues.put('kaggle-agent/kaggle', { KAGGLE_API_TOKEN: 'canary' }, written);
  const { link } = await linked(vault);
  const { alerts, cards } = await watched(vault, link);

  await vi.waitFor(async () => expect(await cards()).toHaveLength(1), { timeout: 20_000 });
  const [alert] = await alerts();
  const [card] = await cards();
  vault.keyValues.put('kaggle-agent/kaggle', { KAGGLE_API_TOKEN: 'canary-two' });
  vault.advance(61);
  await link.keeper.tick(soon());

  await vi.waitFor(async () => expect(await alerts()).toEqual([]), { timeout: 20_000 });
  expect(alert).toMatchObject({ kind: 'secret-age:kaggle', severity: 'warning' });
  expect(alert?.message).toMatch(/KAGGLE_API_TOKEN in Vault .* for 120 days/);
  expect(card?.message).toBe(alert?.message);
  expect(await cards()).toHaveLength(1);
});

test('a login that cannot be followed by the next one is told while there is still time', async () => {
  const vault = await anInstallation();
  vault.appRole.maxTtlSeconds = 3_600;
  const { link } = await linked(vault);
  const { alerts } = await watched(vault, link);

  vault.appRole.secretIds.clear();
  vault.advance(2_500);
  await link.keeper.tick(soon());

  await vi.waitFor(
    async () => expect(await alerts()).toMatchObject([{ kind: 'secret-login', severity: 'warning' }]),
    { timeout: 20_000 },
  );
});

test('that nothing goes on because Vault is away for too long is told as critical, and that it does again', async () => {
  const vault = await anInstallation();
  const { link } = await linked(vault);
  const { alerts } = await watched(vault, link);

  vault.mood.isSealed = true;
  vault.advance(3_700);
  await link.keeper.tick(soon());
  await vi.waitFor(
    async () => expect(await alerts()).toMatchObject([{ kind: 'secret-grace', severity: 'critical' }]),
    { timeout: 20_000 },
  );
  vault.mood.isSealed = false;
  await link.keeper.tick(soon());

  await vi.waitFor(async () => expect(await alerts()).toEqual([]), { timeout: 20_000 });
});

test('connections to the database move to the next user that Vault makes, and nothing fails meanwhile', async () => {
  const vault = await anInstallation();
  const { connectionString, adminConnectionString } = await freshDatabase();
  const admin = testPool(adminConnectionString, 1);
  const owner = new URL(connectionString).username;
  const made: string[] = [];
  onTestFinished(async () => {
    for (const name of made) await admin.query(`drop role if exists "${name}"`);
  });
  // As deploy/vault/setup.sh has Vault do it.
  vault.databases.roles.set('kaggle-agent', {
    ttlSeconds: 3_600,
    maxTtlSeconds: 5_400,
    async create({ username, password }) {
      made.push(username);
      await admin.query(
        `create role "${username}" with login password '${password}' in role "${owner}"; alter role "${username}" set role "${owner}"`,
      );
    },
  });
  const { settings, link } = await linked(vault, {
    DATABASE_URL: connectionString,
    VAULT_DATABASE_ROLE: 'kaggle-agent',
  });
  const address = settings.config.infrastructure.databaseUrl;
  const pools = createPools({
    connectionString: () => address?.reveal() ?? '',
    log: silentLog,
    connectionLifeSeconds: 1,
  });
  onTestFinished(() => pools.close());
  const state = createPgPort(pools.state);
  const who = async () => (await pools.state.query('select session_user as name')).rows[0]?.name;

  const first = await who();
  vault.advance(2_400);
  await link.keeper.tick(soon());
  vault.advance(2_400);
  await link.keeper.tick(soon());
  await state.ping();
  await vi.waitFor(async () => expect(await who()).not.toBe(first), { timeout: 20_000 });
  await vi.waitFor(() => admin.query(`drop role "${first}"`), { timeout: 20_000 });
  await state.ping();

  expect(made).toEqual([first, await who()]);
});
