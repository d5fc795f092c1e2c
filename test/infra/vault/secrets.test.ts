import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { settingsTable } from '../../../src/config/settings-table.ts';
import { vaultLayout, vaultSecretsOf } from '../../../src/config/vault-layout.ts';
import { processRoles } from '../../../src/domain/roles.ts';
import { createDatabaseLogin } from '../../../src/infra/vault/database-login.ts';
import { anInstallation, linksTo, policiesFolder } from '../../support/vault/installation.ts';
import { parsePolicy } from '../../support/vault/policies.ts';
import type { VaultEmulator } from '../../support/vault/start-vault.ts';

const soon = (): AbortSignal => AbortSignal.timeout(20_000);

function callsTo(vault: VaultEmulator, part: string): number {
  return vault.calls.filter(({ call }) => call.includes(part)).length;
}

test('every credential among the settings has its place in Vault, but those that open Vault', () => {
  const { vault: _, ...groups } = settingsTable;
  const secrets = Object.values(groups)
    .flatMap((group) => Object.values(group))
    .filter(({ isSecret }) => isSecret)
    .map(({ env }) => env);
  const placed: string[] = Object.values(vaultLayout).flatMap(({ fields }) => [...fields]);

  expect(secrets.filter((env) => !placed.includes(env))).toEqual([]);
  expect(new Set(placed).size).toBe(placed.length);
});

test.each(processRoles)('the shipped policy of %s opens what that role reads, and nothing else', (role) => {
  const rules = parsePolicy(readFileSync(join(policiesFolder, `${role}.hcl`), 'utf8'));

  const opened = rules.filter(({ pattern }) => pattern.startsWith('secret/'));
  const wanted = vaultSecretsOf([role]).flatMap((name) => [
    { pattern: `secret/data/kaggle-agent/${name}`, capabilities: ['read'] },
    { pattern: `secret/metadata/kaggle-agent/${name}`, capabilities: ['read'] },
  ]);
  const byPattern = (a: { pattern: string }, b: { pattern: string }) => a.pattern.localeCompare(b.pattern);
  expect(opened.toSorted(byPattern)).toEqual(wanted.toSorted(byPattern));
  expect(rules.some(({ pattern }) => /[*+]/.test(pattern))).toBe(false);
});

test.each(processRoles)(
  'a process of the role %s does all its calls with that policy alone',
  async (role) => {
    const vault = await anInstallation({ roles: [role] });
    vault.policies.set('default', []);
    for (const name of Object.keys(vaultLayout)) vault.keyValues.put(`kaggle-agent/${name}`, { [name]: 'x' });
    vault.databases.roles.set('kaggle-agent', { ttlSeconds: 3_600, maxTtlSeconds: 86_400 });
    const { client, session, store, log } = linksTo(vault, { names: vaultSecretsOf([role]) });
    const login = createDatabaseLogin({
      client,
      session,
      place: { mount: 'database', role: 'kaggle-agent' },
      kind: 'dynamic',
      refreshMs: 60_000,
      log,
      now: () => new Date(vault.nowMs()),
      random: () => 0,
    });

    await store.load(soon());
    await login.keep(soon());
    const may = await client.capabilities(store.paths(), soon());
    vault.advance(2_400);
    await login.keep(soon());
    await store.poll(soon());
    await session.close(soon());

    expect(vault.calls.filter(({ status }) => status >= 400)).toEqual([]);
    expect([...may.values()].every((words) => words.includes('read'))).toBe(true);
    expect(callsTo(vault, 'renew')).toBe(2);
  },
);

test('a path that the policy forgets is named in the refusal', async () => {
  const vault = await anInstallation({ roles: ['scheduler'] });
  const { store } = linksTo(vault, { names: ['kaggle'] });

  await expect(store.load(soon())).rejects.toMatchObject({
    code: 'vault.permission_denied',
    message: expect.stringContaining('secret/data/kaggle-agent/kaggle'),
  });
});

test('a new version is read once, and only then are values read again', async () => {
  const vault = await anInstallation();
  vault.keyValues.put('kaggle-agent/kaggle', { KAGGLE_API_TOKEN: 'one', KAGGLE_USERNAME: 3, PORT: '1' });
  const { store } = linksTo(vault, { names: ['kaggle', 'slack'] });
  await store.load(soon());
  const first = store.texts();

  const same = await store.poll(soon());
  vault.keyValues.put('kaggle-agent/kaggle', { KAGGLE_API_TOKEN: 'two' });
  vault.keyValues.put('kaggle-agent/slack', { SLACK_BOT_TOKEN: 'xoxb-new' });
  const changed = await store.poll(soon());
  await store.poll(soon());

  expect(first).toEqual({ KAGGLE_API_TOKEN: 'one', KAGGLE_USERNAME: '3' });
  expect(same).toEqual([]);
  expect(changed.map(({ name, version }) => [name, version])).toEqual([
    ['kaggle', 2],
    ['slack', 1],
  ]);
  expect(store.texts()).toEqual({ KAGGLE_API_TOKEN: 'two', SLACK_BOT_TOKEN: 'xoxb-new' });
  expect(callsTo(vault, '/data/kaggle-agent/kaggle')).toBe(2);
});

test.each(['deleted', 'destroyed'] as const)('the value of a secret that was %s is used on', async (kind) => {
  const vault = await anInstallation();
  vault.keyValues.put('kaggle-agent/kaggle', { KAGGLE_API_TOKEN: 'one' });
  const { store, lines } = linksTo(vault, { names: ['kaggle'] });
  await store.load(soon());

  vault.keyValues.remove('kaggle-agent/kaggle', kind);
  await store.poll(soon());
  await store.poll(soon());
  const gone = store.known();
  vault.keyValues.put('kaggle-agent/kaggle', { KAGGLE_API_TOKEN: 'two' });
  await store.poll(soon());

  expect(gone).toMatchObject([{ name: 'kaggle', isGone: true }]);
  expect(lines.filter(({ level }) => level === 'warn')).toHaveLength(1);
  expect(store.known()).toMatchObject([{ version: 2, isGone: false }]);
  expect(store.texts()).toEqual({ KAGGLE_API_TOKEN: 'two' });
});

test('a secret that is deleted already at the start is not there', async () => {
  const vault = await anInstallation();
  vault.keyValues.put('kaggle-agent/kaggle', { KAGGLE_API_TOKEN: 'one' });
  vault.keyValues.remove('kaggle-agent/kaggle', 'deleted');
  const { store } = linksTo(vault, { names: ['kaggle'] });

  expect(await store.load(soon())).toEqual([]);
});

function aLogin(vault: VaultEmulator, kind: 'dynamic' | 'static', links = linksTo(vault)) {
  const { client, session, log } = links;
  const place = { mount: 'database', role: 'kaggle-agent' };
  const now = () => new Date(vault.nowMs());
  return {
    session,
    login: createDatabaseLogin({
      client,
      session,
      place,
      kind,
      refreshMs: 60_000,
      log,
      now,
      random: () => 0,
    }),
  };
}

test('a lease of the database is prolonged, and followed by a new login before its longest life ends', async () => {
  const vault = await anInstallation();
  vault.databases.roles.set('kaggle-agent', { ttlSeconds: 3_600, maxTtlSeconds: 7_200 });
  const { login } = aLogin(vault, 'dynamic');
  await login.keep(soon());
  const first = login.current();

  vault.advance(2_200);
  await login.keep(soon());
  const second = login.current();
  vault.advance(2_200);
  await login.keep(soon());
  const third = login.current();
  vault.advance(2_200);
  await login.keep(soon());
  const fourth = login.current();

  expect([second, third, fourth].map((one) => one?.username === first?.username)).toEqual([
    true,
    true,
    false,
  ]);
  expect(callsTo(vault, '/v1/database/creds/')).toBe(2);
});

test('while the next login is made, the last one lives on for a sixth of a lease', async () => {
  const vault = await anInstallation();
  vault.databases.roles.set('kaggle-agent', { ttlSeconds: 3_600, maxTtlSeconds: 5_000 });
  const { login } = aLogin(vault, 'dynamic');
  await login.keep(soon());

  vault.advance(2_400);
  await login.keep(soon());
  vault.advance(1_600);
  await login.keep(soon());
  const alive = vault.databases.leases();

  expect(alive).toHaveLength(2);
  expect(Math.min(...alive.map(({ endsAtMs }) => endsAtMs - vault.nowMs()))).toBeGreaterThan(600_000);
});

test('a lease ends with its token, so a new token brings a new login', async () => {
  const vault = await anInstallation();
  vault.appRole.maxTtlSeconds = 3_600;
  vault.databases.roles.set('kaggle-agent', { ttlSeconds: 36_000, maxTtlSeconds: 360_000 });
  const { login, session } = aLogin(vault, 'dynamic');
  await login.keep(soon());
  const first = login.current();

  vault.advance(2_400);
  await login.keep(soon());

  expect(session.generation()).toBe(2);
  expect(login.current()?.username).not.toBe(first?.username);
});

test('a static password is read again when Vault changes it, and when somebody did so by hand', async () => {
  const vault = await anInstallation();
  const role = {
    username: 'kaggle_agent',
    password: 'one',
    rotationSeconds: 100,
    rotatedAtMs: vault.nowMs(),
  };
  vault.databases.staticRoles.set('kaggle-agent', role);
  const { login } = aLogin(vault, 'static');
  await login.keep(soon());
  const first = login.current();

  role.password = 'by-hand';
  await login.keep(soon());
  const unread = login.current();
  vault.advance(61);
  await login.keep(soon());
  const second = login.current();
  Object.assign(role, { password: 'by-vault', rotatedAtMs: vault.nowMs() + 39_000 });
  vault.advance(41);
  await login.keep(soon());

  expect([first, unread, second, login.current()].map((one) => one?.password)).toEqual([
    'one',
    'one',
    'by-hand',
    'by-vault',
  ]);
});

test('a role that the database engine does not have is named', async () => {
  const vault = await anInstallation();
  const { login } = aLogin(vault, 'dynamic');

  await expect(login.keep(soon())).rejects.toMatchObject({
    code: 'vault.refused',
    message: expect.stringContaining('database/creds/kaggle-agent'),
  });
});
