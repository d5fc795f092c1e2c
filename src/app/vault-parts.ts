import type { LoadedSettings } from '../config/load.ts';
import type { Secret } from '../config/secret.ts';
import { asFailure, ConfigurationFailure } from '../domain/errors.ts';
import type { Log } from '../domain/log.ts';
import { createVaultClient, type VaultClient } from '../infra/vault/client.ts';
import { createDatabaseLogin, type DatabaseLogin } from '../infra/vault/database-login.ts';
import { createSecretStore, type SecretStore } from '../infra/vault/secret-store.ts';
import { createVaultSession, type VaultLogin, type VaultSession } from '../infra/vault/session.ts';

export type VaultParts = {
  client: VaultClient;
  session: VaultSession;
  store: SecretStore;
  /** Null where the database's login is not Vault's. */
  databaseLogin: DatabaseLogin | null;
};

type PartsOptions = {
  /** Settings from everything but Vault. */
  bootstrap: LoadedSettings;
  /** The same, read once more: a file may hold newer credentials. */
  fresh: () => LoadedSettings;
  /** Secrets that this process reads. */
  names: readonly string[];
  log: Log;
  now: () => Date;
  random: () => number;
};

/** Everything that speaks to Vault, as the settings say. */
export function createParts({ bootstrap, fresh, names, log, now, random }: PartsOptions): VaultParts {
  const { vault } = bootstrap.config;
  if (vault.address === null) throw new TypeError('no Vault is configured');
  const client = createVaultClient({
    address: vault.address,
    namespace: vault.namespace,
    caCertificate: vault.caCertificate,
  });
  const login = loginOf(vault);
  const onLogin = () => takeNewer(bootstrap, fresh, log);
  const session = createVaultSession({ client, login, onLogin, log, now, random });
  const store = createSecretStore({ client, session, mount: vault.mount, path: vault.path, names, log, now });
  if (vault.databaseRole === null) return { client, session, store, databaseLogin: null };
  const databaseLogin = createDatabaseLogin({
    client,
    session,
    place: { mount: vault.databaseMount, role: vault.databaseRole },
    kind: vault.databaseRoleKind,
    refreshMs: vault.refreshSeconds * 1_000,
    log,
    now,
    random,
  });
  return { client, session, store, databaseLogin };
}

/**
 * A token wins over AppRole, and AppRole over Kubernetes.
 * @throws ConfigurationFailure `vault.no_login`
 */
function loginOf(vault: LoadedSettings['config']['vault']): VaultLogin {
  const { token, roleId, secretId, kubernetesRole, kubernetesTokenFile, authMount: mount } = vault;
  if (token !== null) return { kind: 'token', token };
  if (roleId !== null && secretId !== null) return { kind: 'approle', roleId, secretId, mount };
  if (kubernetesRole !== null) {
    return { kind: 'kubernetes', role: kubernetesRole, tokenFile: kubernetesTokenFile, mount };
  }
  throw new ConfigurationFailure(
    'VAULT_ADDR is set and nothing to log in with: set VAULT_TOKEN, or VAULT_ROLE_ID with VAULT_SECRET_ID, or VAULT_KUBERNETES_ROLE.',
    { code: 'vault.no_login' },
  );
}

const loginNames: ReadonlySet<string> = new Set(['VAULT_TOKEN', 'VAULT_ROLE_ID', 'VAULT_SECRET_ID']);

/** Credentials in files (`VAULT_SECRET_ID_FILE`, …) are renewed there by others: each login takes the newest. */
function takeNewer(bootstrap: LoadedSettings, fresh: () => LoadedSettings, log: Log): void {
  try {
    const newest = new Map<string, Secret>(fresh().cells.map(({ env, secret }) => [env, secret]));
    for (const { env, secret } of bootstrap.cells) {
      const newer = newest.get(env);
      if (loginNames.has(env) && newer !== undefined) secret.replace(newer.reveal());
    }
  } catch (error) {
    log.warn({ err: asFailure(error) }, 'the login of vault could not be read again; the last one is used');
  }
}
