import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createSecret } from '../../../src/config/secret.ts';
import { createVaultSession } from '../../../src/infra/vault/session.ts';
import { tempFolder } from '../../support/temp-folder.ts';
import { anInstallation, appRoleLogin, linksTo, secretId } from '../../support/vault/installation.ts';
import type { VaultEmulator } from '../../support/vault/start-vault.ts';

const soon = (): AbortSignal => AbortSignal.timeout(20_000);

function callsTo(vault: VaultEmulator, path: string): number {
  return vault.calls.filter(({ call }) => call.endsWith(path)).length;
}

test('a token is renewed at two thirds of its life, and not before', async () => {
  const vault = await anInstallation();
  const { session } = linksTo(vault);
  await session.keep(soon());

  vault.advance(2_100);
  await session.keep(soon());
  const early = callsTo(vault, 'renew-self');
  vault.advance(300);
  await session.keep(soon());
  const late = callsTo(vault, 'renew-self');
  vault.advance(3_000);
  await session.keep(soon());

  expect([early, late]).toEqual([0, 1]);
  expect(callsTo(vault, 'approle/login')).toBe(1);
  expect(session.generation()).toBe(1);
});

test('when the longest life comes, a new token is made while the old one still lives', async () => {
  const vault = await anInstallation();
  vault.appRole.maxTtlSeconds = 5_000;
  const { session, client } = linksTo(vault);
  await session.keep(soon());

  vault.advance(2_400);
  await session.keep(soon());
  const middle = session.generation();
  vault.advance(1_800);
  await session.keep(soon());

  expect([middle, session.generation()]).toEqual([1, 2]);
  expect(vault.tokens.count()).toBe(2);
  expect((await client.lookUpToken(soon())).ttlSeconds).toBeGreaterThan(3_500);
});

test('a token that Vault has forgotten is replaced once, in the middle of a call', async () => {
  const vault = await anInstallation();
  vault.keyValues.put('kaggle-agent/kaggle', { KAGGLE_API_TOKEN: 'KGAT_one' });
  const { session, store } = linksTo(vault, { names: ['kaggle'] });
  await session.keep(soon());

  vault.advance(90_000);
  vault.appRole.ttlSeconds = 7_200;
  await store.load(soon());

  expect(store.texts()).toEqual({ KAGGLE_API_TOKEN: 'KGAT_one' });
  expect(session.generation()).toBe(2);
});

test('a next login that is refused is told, while the old token is used to its end', async () => {
  const vault = await anInstallation();
  vault.appRole.maxTtlSeconds = 3_600;
  const { session, client, lines } = linksTo(vault);
  await session.keep(soon());
  vault.appRole.secretIds.clear();

  vault.advance(2_400);
  await session.keep(soon());
  const trouble = session.trouble();
  const left = await client.lookUpToken(soon());
  vault.advance(1_300);

  expect(trouble).toMatchObject({ code: 'vault.login_refused' });
  expect(left.ttlSeconds).toBeGreaterThan(1_000);
  expect(lines.filter(({ level }) => level === 'warn')).toHaveLength(1);
  await expect(session.keep(soon())).rejects.toMatchObject({ code: 'vault.login_refused' });
});

test('each login takes the credentials of now: another secret id, another token of the pod', async () => {
  const vault = await anInstallation();
  const folder = await tempFolder();
  const tokenFile = join(folder, 'token');
  await writeFile(tokenFile, 'first');
  const pods = { jwts: new Set(['first']), policies: [], ttlSeconds: 60, maxTtlSeconds: 60 };
  vault.kubernetesRoles.set('agent', pods);
  const pod = linksTo(vault, { login: { kind: 'kubernetes', role: 'agent', tokenFile, mount: null } });
  const secret = createSecret(secretId);
  const { client, log } = linksTo(vault);
  const approle = createVaultSession({
    client,
    login: { kind: 'approle', roleId: createSecret('role-of-the-agent'), secretId: secret, mount: null },
    onLogin: () => secret.replace([...vault.appRole.secretIds][0] ?? ''),
    log,
    now: () => new Date(vault.nowMs()),
    random: () => 0,
  });
  await Promise.all([pod.session.keep(soon()), approle.keep(soon())]);

  pods.jwts = new Set(['second']);
  await writeFile(tokenFile, 'second');
  vault.appRole.secretIds = new Set(['a-newer-secret-id']);
  vault.advance(100_000);
  await Promise.all([pod.session.keep(soon()), approle.keep(soon())]);

  expect([pod.session.generation(), approle.generation()]).toEqual([2, 2]);
});

test('a given token is renewed where it can be, and its end is told where it cannot', async () => {
  const vault = await anInstallation();
  const make = (isRenewable: boolean) =>
    createSecret(
      vault.tokens.issue({
        policies: ['kaggle-agent-worker'],
        path: 'auth/token/create',
        ttlSeconds: 3_600,
        maxTtlSeconds: 86_400,
        isRenewable,
      }).id,
    );
  const renewable = linksTo(vault, { login: { kind: 'token', token: make(true) } });
  const fixed = linksTo(vault, { login: { kind: 'token', token: make(false) } });
  for (const { session } of [renewable, fixed]) await session.keep(soon());

  vault.advance(2_500);
  for (const { session } of [renewable, fixed]) await session.keep(soon());

  expect(callsTo(vault, 'renew-self')).toBe(1);
  expect(renewable.session.trouble()).toBeNull();
  expect(fixed.session.trouble()).toMatchObject({ code: 'vault.token_ends' });
  expect(fixed.session.generation()).toBe(1);
});

test('a token of our own is given back at the end, one that was given to us is not', async () => {
  const vault = await anInstallation();
  const given = vault.tokens.issue({
    policies: [],
    path: 'auth/token/create',
    ttlSeconds: 0,
    maxTtlSeconds: 0,
    isRenewable: false,
  });
  const own = linksTo(vault, { login: appRoleLogin });
  const other = linksTo(vault, { login: { kind: 'token', token: createSecret(given.id) } });
  for (const { session } of [own, other]) await session.keep(soon());

  for (const { session } of [own, other]) await session.close(soon());

  expect(vault.tokens.count()).toBe(1);
  expect(vault.tokens.find(given.id)).not.toBeNull();
});
