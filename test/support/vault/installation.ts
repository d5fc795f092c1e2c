import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createSecret } from '../../../src/config/secret.ts';
import { vaultSecretsOf } from '../../../src/config/vault-layout.ts';
import { type ProcessRole, processRoles } from '../../../src/domain/roles.ts';
import { createVaultClient, type VaultClient } from '../../../src/infra/vault/client.ts';
import { createSecretStore, type SecretStore } from '../../../src/infra/vault/secret-store.ts';
import { createVaultSession, type VaultLogin, type VaultSession } from '../../../src/infra/vault/session.ts';
import { recordingLog } from '../silent-log.ts';
import { type AppRole, type StartVaultOptions, startVault, type VaultEmulator } from './start-vault.ts';

export const policiesFolder = join(import.meta.dirname, '..', '..', '..', 'deploy', 'vault', 'policies');

export const roleId = 'role-of-the-agent';
export const secretId = 'secret-id-of-the-agent';

/** A Vault with our shipped policies and an AppRole that has those of the given roles. */
export async function anInstallation(
  options: StartVaultOptions & { roles?: readonly ProcessRole[] } = {},
): Promise<VaultEmulator & { appRole: AppRole }> {
  const vault = await startVault(options);
  for (const role of processRoles) {
    vault.writePolicy(`kaggle-agent-${role}`, readFileSync(join(policiesFolder, `${role}.hcl`), 'utf8'));
  }
  const appRole = {
    roleId,
    secretIds: new Set([secretId]),
    policies: (options.roles ?? processRoles).map((role) => `kaggle-agent-${role}`),
    ttlSeconds: 3_600,
    maxTtlSeconds: 86_400,
  };
  vault.appRoles.push(appRole);
  return Object.assign(vault, { appRole });
}

export const appRoleLogin: VaultLogin = {
  kind: 'approle',
  roleId: createSecret(roleId),
  secretId: createSecret(secretId),
  mount: null,
};

export type Links = {
  client: VaultClient;
  session: VaultSession;
  store: SecretStore;
  lines: ReturnType<typeof recordingLog>['lines'];
  log: ReturnType<typeof recordingLog>['log'];
};

/** The agent's side of it, without waiting for anything. */
export function linksTo(
  vault: VaultEmulator,
  given: { login?: VaultLogin; names?: readonly string[]; namespace?: string; timeoutMs?: number } = {},
): Links {
  const { log, lines } = recordingLog();
  const client = createVaultClient({
    address: vault.url,
    namespace: given.namespace ?? null,
    caCertificate: null,
    ...(given.timeoutMs === undefined ? {} : { timeoutMs: given.timeoutMs }),
  });
  const now = () => new Date(vault.nowMs());
  const session = createVaultSession({
    client,
    login: given.login ?? appRoleLogin,
    log,
    now,
    random: () => 0,
  });
  const store = createSecretStore({
    client,
    session,
    mount: 'secret',
    path: 'kaggle-agent',
    names: given.names ?? vaultSecretsOf(null),
    log,
    now,
  });
  return { client, session, store, log, lines };
}
