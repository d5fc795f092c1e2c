import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { expect, onTestFinished, test, vi } from 'vitest';
import { createSecret } from '../../../src/config/secret.ts';
import { asFailure, type Failure } from '../../../src/domain/errors.ts';
import { createVaultClient } from '../../../src/infra/vault/client.ts';
import { tempFolder } from '../../support/temp-folder.ts';
import { sendJson, startTinyServer } from '../../support/tiny-server.ts';
import { anInstallation, appRoleLogin, linksTo, roleId } from '../../support/vault/installation.ts';
import { startVault } from '../../support/vault/start-vault.ts';

const tlsFolder = join(import.meta.dirname, '..', '..', 'support', 'vault', 'tls');
const certificate = join(tlsFolder, 'certificate.pem');
const tls = {
  key: readFileSync(join(tlsFolder, 'key.pem'), 'utf8'),
  cert: readFileSync(certificate, 'utf8'),
};

const soon = (): AbortSignal => AbortSignal.timeout(20_000);

async function failureOf(work: Promise<unknown>): Promise<Failure> {
  return await work.then(
    () => {
      throw new Error('it went well');
    },
    (error: unknown) => asFailure(error),
  );
}

/** As the shell of an operator may have it. */
function withEnvironment(values: Record<string, string>): void {
  for (const [name, value] of Object.entries(values)) vi.stubEnv(name, value);
  onTestFinished(() => {
    vi.unstubAllEnvs();
  });
}

test('AppRole, Kubernetes and a given token all let us in, each with what it is told', async () => {
  const vault = await anInstallation();
  const folder = await tempFolder();
  const tokenFile = join(folder, 'token');
  await writeFile(tokenFile, 'jwt-of-the-pod\n');
  vault.kubernetesRoles.set('agent', {
    jwts: new Set(['jwt-of-the-pod']),
    policies: ['kaggle-agent-worker'],
    ttlSeconds: 600,
    maxTtlSeconds: 1_200,
  });
  const given = vault.tokens.issue({
    policies: ['kaggle-agent-worker'],
    path: 'auth/token/create',
    ttlSeconds: 0,
    maxTtlSeconds: 0,
    isRenewable: false,
  });

  const approle = linksTo(vault);
  const kubernetes = linksTo(vault, {
    login: { kind: 'kubernetes', role: 'agent', tokenFile, mount: null },
  });
  const token = linksTo(vault, { login: { kind: 'token', token: createSecret(given.id) } });
  for (const { session } of [approle, kubernetes, token]) await session.keep(soon());

  expect(approle.session.life()).toMatchObject({ kind: 'approle', isRenewable: true });
  expect(kubernetes.session.life()).toMatchObject({ kind: 'kubernetes', isRenewable: true });
  expect(token.session.life()).toEqual({ kind: 'token', endsAt: null, isRenewable: false });
  expect(vault.calls.map(({ call }) => call)).toEqual([
    'POST /v1/auth/approle/login',
    'POST /v1/auth/kubernetes/login',
    'GET /v1/auth/token/lookup-self',
  ]);
});

test.each([
  { why: 'a wrong secret id', code: 'vault.login_refused', words: 'AppRole' },
  { why: 'a pod that is nobody', code: 'vault.login_refused', words: 'Kubernetes' },
  { why: 'a token of nobody', code: 'vault.login_refused', words: 'VAULT_TOKEN' },
  { why: 'a service account without a file', code: 'vault.login_refused', words: '/nowhere/token' },
])('$why is refused in a sentence that names the login', async ({ why, code, words }) => {
  const vault = await anInstallation();
  const tokenFile = join(await tempFolder(), 'token');
  await writeFile(tokenFile, 'jwt-of-another-pod');
  vault.kubernetesRoles.set('agent', { jwts: new Set(), policies: [], ttlSeconds: 60, maxTtlSeconds: 60 });
  const logins = {
    'a wrong secret id': {
      kind: 'approle',
      roleId: createSecret(roleId),
      secretId: createSecret('canary-secret-id'),
      mount: null,
    },
    'a pod that is nobody': { kind: 'kubernetes', role: 'agent', tokenFile, mount: null },
    'a token of nobody': { kind: 'token', token: createSecret('canary-token') },
    'a service account without a file': {
      kind: 'kubernetes',
      role: 'agent',
      tokenFile: '/nowhere/token',
      mount: null,
    },
  } as const;
  const login = logins[why as keyof typeof logins];

  const failure = await failureOf(linksTo(vault, { login }).session.keep(soon()));

  expect(failure).toMatchObject({ code, kind: 'configuration' });
  expect(failure.message).toContain(words);
  expect(inspect(failure, { depth: 9, showHidden: true })).not.toContain('canary');
});

test('Vault sealed, away, silent, and something that is no Vault each have a code of their own', async () => {
  const vault = await anInstallation();
  const gone = await startVault();
  await gone.close();
  const stranger = await startTinyServer((_request, response) => {
    response.writeHead(200, { 'content-type': 'text/html' });
    response.end('<html>hello</html>');
  });
  const busy = await startTinyServer((_request, response) =>
    sendJson(response, 502, { errors: ['upstream'] }),
  );
  const asked = async (url: string, timeoutMs = 10_000): Promise<Failure> => {
    const client = createVaultClient({ address: url, namespace: null, caCertificate: null, timeoutMs });
    client.useToken('hvs.canary');
    return await failureOf(client.readSecret('secret/data/kaggle-agent/kaggle', soon()));
  };

  vault.mood.isSealed = true;
  const sealed = await asked(vault.url);
  vault.mood.isSilent = true;
  const silent = await asked(vault.url, 300);
  const others = [await asked(gone.url), await asked(stranger.url), await asked(busy.url)];

  expect(sealed).toMatchObject({ code: 'vault.sealed', kind: 'transient' });
  expect(silent).toMatchObject({ code: 'vault.unreachable', kind: 'transient' });
  expect(others.map(({ code }) => code)).toEqual([
    'vault.unreachable',
    'vault.bad_answer',
    'vault.unavailable',
  ]);
});

test('a certificate is checked against VAULT_CACERT, whatever VAULT_SKIP_VERIFY says', async () => {
  withEnvironment({ VAULT_SKIP_VERIFY: '1' });
  const vault = await startVault({ tls });
  const token = vault.tokens.issue({
    policies: ['root'],
    path: 'auth/token/create',
    ttlSeconds: 0,
    maxTtlSeconds: 0,
    isRenewable: false,
  });
  const looked = async (caCertificate: string | null) => {
    const client = createVaultClient({ address: vault.url, namespace: null, caCertificate });
    client.useToken(token.id);
    return await client.lookUpToken(soon());
  };

  const untrusted = await failureOf(looked(null));
  const missing = await failureOf(looked('/nowhere/ca.pem'));
  const trusted = await looked(certificate);

  expect(untrusted).toMatchObject({ code: 'vault.bad_certificate', kind: 'configuration' });
  expect(untrusted.message).toContain('VAULT_CACERT');
  expect(missing).toMatchObject({ code: 'vault.bad_certificate' });
  expect(trusted.ttlSeconds).toBe(0);
});

test('the namespace goes along with every call, and no setting of the environment takes its place', async () => {
  withEnvironment({ VAULT_NAMESPACE: 'of-the-shell', VAULT_TOKEN: 'hvs.of-the-shell', VAULT_PREFIX: '/odd' });
  const vault = await anInstallation({ namespace: 'team-a' });
  vault.keyValues.put('kaggle-agent/kaggle', { KAGGLE_API_TOKEN: 'KGAT_one' });

  const inside = linksTo(vault, { namespace: 'team-a' });
  const outside = linksTo(vault);
  await inside.store.load(soon());
  const refused = await failureOf(outside.session.keep(soon()));

  expect(inside.store.texts()).toEqual({ KAGGLE_API_TOKEN: 'KGAT_one' });
  expect(refused.code).toBe('vault.login_refused');
  expect(vault.calls.every(({ headers }) => headers['x-vault-token'] !== 'hvs.of-the-shell')).toBe(true);
});

test('a redirect is not followed: the token would go along', async () => {
  const other = await startTinyServer((_request, response) => sendJson(response, 200, {}));
  const standby = await startTinyServer((_request, response) => {
    response.writeHead(307, { location: `${other.url}/v1/auth/token/lookup-self` });
    response.end();
  });
  const client = createVaultClient({ address: standby.url, namespace: null, caCertificate: null });
  client.useToken('hvs.canary');

  const failure = await failureOf(client.lookUpToken(soon()));

  expect(failure).toMatchObject({ code: 'vault.redirected', kind: 'configuration' });
  expect(other.requests).toEqual([]);
});

test('a call ends with its signal, and with the reason of it', async () => {
  const vault = await anInstallation();
  vault.mood.isSilent = true;
  const { session } = linksTo(vault, { login: appRoleLogin });
  const stopping = new AbortController();
  const keeping = session.keep(stopping.signal);
  stopping.abort(new Error('the agent stops'));

  await expect(keeping).rejects.toThrow('the agent stops');
});

test('nothing that goes wrong shows a token, a secret id or a secret', async () => {
  const vault = await anInstallation({ roles: ['scheduler'] });
  vault.keyValues.put('kaggle-agent/kaggle', { KAGGLE_API_TOKEN: 'canary-value' });
  const { session, store, client, lines } = linksTo(vault, { names: ['kaggle'] });

  const failures = [await failureOf(store.load(soon()))];
  vault.mood.answer = {
    status: 500,
    body: { errors: ['internal error'], data: { password: 'canary-value' } },
  };
  failures.push(await failureOf(session.run((signal) => client.lookUpToken(signal), soon())));
  vault.mood.answer = { status: 200, body: { data: { data: 'canary-value' } } };
  failures.push(await failureOf(client.readSecret('secret/data/kaggle-agent/kaggle', soon())));

  const shown = inspect([failures, lines], { depth: 12, showHidden: true });
  expect(failures.map(({ code }) => code)).toEqual([
    'vault.permission_denied',
    'vault.unavailable',
    'vault.bad_answer',
  ]);
  expect(shown).not.toContain('canary');
  expect(shown).not.toContain('hvs.');
  expect(shown).not.toContain('secret-id-of-the-agent');
});
