import NodeVault from 'node-vault';
import { z } from 'zod';
import { ConfigurationFailure } from '../../domain/errors.ts';
import { refusalOf, type VaultCall, vaultFailure } from './failures.ts';
import {
  type Auth,
  authSchema,
  type CapabilityAnswer,
  capabilitiesSchema,
  type DynamicLogin,
  dynamicLoginSchema,
  type KeyMetadata,
  keyMetadataSchema,
  type Lease,
  leaseSchema,
  type SecretVersion,
  type StaticLogin,
  secretSchema,
  staticLoginSchema,
  type TokenFacts,
  tokenSchema,
} from './schemas.ts';
import { createTransport } from './transport.ts';

const defaultTimeoutMs = 10_000;

export type VaultClientOptions = {
  address: string;
  namespace: string | null;
  /** File of the authority that signed Vault's certificate. */
  caCertificate: string | null;
  timeoutMs?: number;
};

/**
 * The calls of Vault's HTTP API that the agent makes. All throw a Failure: `vault.unreachable`, `vault.sealed`,
 * `vault.unavailable`, `vault.rate_limited` (transient), `vault.login_refused`, `vault.permission_denied`,
 * `vault.refused`, `vault.bad_certificate`, `vault.bad_address`, `vault.redirected` (configuration).
 */
export type VaultClient = {
  /** The token of the calls to come; null: none. */
  useToken(token: string | null): void;
  loginAppRole(
    login: { roleId: string; secretId: string; mount: string | null },
    signal: AbortSignal,
  ): Promise<Auth>;
  loginKubernetes(
    login: { role: string; jwt: string; mount: string | null },
    signal: AbortSignal,
  ): Promise<Auth>;
  lookUpToken(signal: AbortSignal): Promise<TokenFacts>;
  renewToken(signal: AbortSignal): Promise<Auth>;
  revokeToken(signal: AbortSignal): Promise<void>;
  /** @param path below the API's root, with the engine's `data/` in it @returns null where nothing lies there (any more) */
  readSecret(path: string, signal: AbortSignal): Promise<SecretVersion | null>;
  /** @param path as above, with the engine's `metadata/` in it @returns null where nothing lies there */
  readMetadata(path: string, signal: AbortSignal): Promise<KeyMetadata | null>;
  makeDatabaseLogin(place: { mount: string; role: string }, signal: AbortSignal): Promise<DynamicLogin>;
  readDatabaseLogin(place: { mount: string; role: string }, signal: AbortSignal): Promise<StaticLogin>;
  renewLease(lease: { id: string; seconds: number }, signal: AbortSignal): Promise<Lease>;
  revokeLease(id: string, signal: AbortSignal): Promise<void>;
  /** What our token may do at each of these paths. */
  capabilities(paths: readonly string[], signal: AbortSignal): Promise<CapabilityAnswer>;
  close(): Promise<void>;
};

/** @throws ConfigurationFailure `vault.bad_certificate` where the file of the authority cannot be read */
export function createVaultClient(options: VaultClientOptions): VaultClient {
  const transport = createTransport({
    caCertificate: options.caCertificate,
    timeoutMs: options.timeoutMs ?? defaultTimeoutMs,
  });
  const vault = NodeVault({
    endpoint: options.address,
    // Its debug lines hold tokens and secrets.
    debug: () => undefined,
    'request-promise': { defaults: () => (given: unknown) => transport.send(given) },
  });
  // Empty, where there is none: node-vault would read all three from the environment by itself.
  Object.assign(vault, { token: '', namespace: options.namespace ?? '', pathPrefix: '' });
  return {
    useToken(token) {
      vault.token = token ?? '';
    },
    ...tokenCalls(vault),
    ...secretCalls(vault),
    ...leaseCalls(vault),
    close: () => transport.close(),
  };
}

type Vault = ReturnType<typeof NodeVault>;
type Part<Name extends keyof VaultClient> = Pick<VaultClient, Name>;

function tokenCalls(
  vault: Vault,
): Part<'loginAppRole' | 'loginKubernetes' | 'lookUpToken' | 'renewToken' | 'revokeToken'> {
  const call: VaultCall = { kind: 'token' };
  return {
    loginAppRole({ roleId, secretId, mount }, signal) {
      const login = { role_id: roleId, secret_id: secretId, mount_point: mount ?? 'approle' };
      const made = vault.approleLogin({ ...login, requestOptions: { signal } });
      return ask({ kind: 'login', method: 'AppRole' }, made, authSchema);
    },
    loginKubernetes({ role, jwt, mount }, signal) {
      const login = { role, jwt, mount_point: mount ?? 'kubernetes' };
      const made = vault.kubernetesLogin({ ...login, requestOptions: { signal } });
      return ask({ kind: 'login', method: 'Kubernetes' }, made, authSchema);
    },
    lookUpToken: (signal) => ask(call, vault.tokenLookupSelf({ requestOptions: { signal } }), tokenSchema),
    renewToken: (signal) => ask(call, vault.tokenRenewSelf({ requestOptions: { signal } }), authSchema),
    async revokeToken(signal) {
      await ask(call, vault.write('auth/token/revoke-self', {}, { signal }), z.unknown());
    },
  };
}

function secretCalls(vault: Vault): Part<'readSecret' | 'readMetadata' | 'capabilities'> {
  const read = <T>(path: string, signal: AbortSignal, schema: z.ZodType<T>): Promise<T | null> =>
    ask({ kind: 'path', path }, orNothing(vault.read(encoded(path), { signal })), schema.nullable());
  return {
    readSecret: (path, signal) => read(path, signal, secretSchema),
    readMetadata: (path, signal) => read(path, signal, keyMetadataSchema),
    capabilities(paths, signal) {
      const path = 'sys/capabilities-self';
      return ask({ kind: 'path', path }, vault.write(path, { paths }, { signal }), capabilitiesSchema);
    },
  };
}

function leaseCalls(
  vault: Vault,
): Part<'makeDatabaseLogin' | 'readDatabaseLogin' | 'renewLease' | 'revokeLease'> {
  const read = <T>(path: string, signal: AbortSignal, schema: z.ZodType<T>): Promise<T> =>
    ask({ kind: 'path', path }, vault.read(encoded(path), { signal }), schema);
  return {
    makeDatabaseLogin: ({ mount, role }, signal) =>
      read(`${mount}/creds/${role}`, signal, dynamicLoginSchema),
    readDatabaseLogin: ({ mount, role }, signal) =>
      read(`${mount}/static-creds/${role}`, signal, staticLoginSchema),
    renewLease({ id, seconds }, signal) {
      const made = vault.renew({ lease_id: id, increment: seconds, requestOptions: { signal } });
      return ask({ kind: 'path', path: 'sys/leases/renew' }, made, leaseSchema);
    },
    async revokeLease(id, signal) {
      const path = 'sys/leases/revoke';
      await ask({ kind: 'path', path }, vault.write(path, { lease_id: id }, { signal }), z.unknown());
    },
  };
}

async function ask<T>(call: VaultCall, made: Promise<unknown>, schema: z.ZodType<T>): Promise<T> {
  let answer: unknown;
  try {
    answer = await made;
  } catch (error) {
    throw vaultFailure(error, call);
  }
  const parsed = schema.safeParse(answer);
  if (parsed.success) return parsed.data;
  throw strange(call);
}

/** Where an engine has nothing at a path, that is an answer; where no engine is, it is not. */
async function orNothing(made: Promise<unknown>): Promise<unknown> {
  try {
    return await made;
  } catch (error) {
    const refusal = refusalOf(error);
    const hasEngine = !refusal?.errors.some((text) => text.includes('no handler for route'));
    if (refusal?.status === 404 && hasEngine && typeof refusal.body !== 'string') return null;
    throw error;
  }
}

/** Names may hold blanks and more; the slashes between them stay. */
function encoded(path: string): string {
  return path.split('/').map(encodeURIComponent).join('/');
}

function strange(call: VaultCall): ConfigurationFailure {
  const where = call.kind === 'path' ? call.path : 'a login';
  return new ConfigurationFailure(
    `Vault answered ${where} in a shape that we do not know; VAULT_MOUNT must be a key-value engine of version 2, and VAULT_ADDR a Vault.`,
    { code: 'vault.bad_answer', details: { where } },
  );
}
