import type { LoadedSettings } from '../config/load.ts';
import { vaultFieldsOf, vaultSecretOf } from '../config/vault-layout.ts';
import { asFailure } from '../domain/errors.ts';
import { nearestName } from '../domain/nearest-name.ts';
import type { KnownSecret } from '../infra/vault/secret-store.ts';
import type { TokenLife } from '../infra/vault/session.ts';
import { type Check, type Finding, ok } from './doctor-chats.ts';
import type { VaultLink } from './secrets.ts';
import type { Session } from './session.ts';
import { ageDays, renewAfterDays } from './watch-secrets.ts';

const page = 'docs/how-to/vault.md';

/** Where the secrets come from; with Vault how it stands, and each thing that is odd about a secret. */
export function secretChecks(session: Session): Check[] {
  return [{ port: 'secrets', look: (signal) => lookAtSecrets(session, signal) }];
}

/** Vault as it is now, for doctor. */
export async function lookAtSecrets(
  session: Pick<Session, 'settings' | 'vault' | 'vaultFailure'>,
  signal: AbortSignal,
): Promise<Finding> {
  const { settings, vault, vaultFailure } = session;
  if (vaultFailure !== null) {
    return { status: 'error', message: vaultFailure.message, next: adviceFor(vaultFailure.code) };
  }
  if (vault === null) return ok('environment and .env');
  const odd = [...(await closedPaths(vault, signal)), ...oddities(settings, vault)];
  const message = [summary(settings, vault), ...odd.map(({ message: text }) => text)].join('; ');
  const worst = odd.find(({ status }) => status === 'error') ?? odd[0];
  return { status: worst?.status ?? 'ok', message, next: worst?.next ?? null };
}

type Odd = { status: 'error' | 'warn'; message: string; next: string };

/** Asks Vault itself what our token may do, so that a policy that forgets a path is found before it is needed. */
async function closedPaths({ parts }: VaultLink, signal: AbortSignal): Promise<Odd[]> {
  try {
    const paths = [...parts.store.paths(), ...databasePaths(parts)];
    const may = await parts.session.run((limited) => parts.client.capabilities(paths, limited), signal);
    const closed = paths.filter((path) => !canRead(may.get(path) ?? []));
    if (closed.length === 0) return [];
    const message = `our token may not read ${closed.join(', ')}`;
    return [{ status: 'error', message, next: `give it the policies of deploy/vault/policies (${page})` }];
  } catch (error) {
    const { message, code } = asFailure(error);
    return [{ status: 'error', message, next: adviceFor(code) }];
  }
}

function databasePaths({ databaseLogin }: VaultLink['parts']): readonly string[] {
  return databaseLogin === null ? [] : [databaseLogin.path];
}

function canRead(capabilities: readonly string[]): boolean {
  return capabilities.includes('read') || capabilities.includes('root');
}

function summary({ config }: LoadedSettings, { parts }: VaultLink): string {
  const life = parts.session.life();
  const { databaseLogin, store } = parts;
  const now = new Date();
  const secrets = store.known().map((one) => `${one.name} v${one.version} ${ageDays(one, now)} d old`);
  const login = databaseLogin === null ? [] : [`database login ${untilOf(databaseLogin.endsAt(), now)}`];
  return [
    `Vault at ${new URL(config.vault.address ?? '').host} by ${life === null ? 'no login' : lifeOf(life, now)}`,
    ...login,
    secrets.length === 0 ? 'none of our secrets lies there' : secrets.join(', '),
  ].join('; ');
}

const loginNames: Record<TokenLife['kind'], string> = {
  token: 'token',
  approle: 'AppRole',
  kubernetes: 'Kubernetes',
};

function lifeOf({ kind, endsAt, isRenewable }: TokenLife, now: Date): string {
  if (endsAt === null) return `${loginNames[kind]}, which never ends`;
  return `${loginNames[kind]}, ${untilOf(endsAt, now)}, ${isRenewable ? 'renewed' : 'not renewable'}`;
}

function untilOf(endsAt: Date | null, now: Date): string {
  if (endsAt === null) return 'not made yet';
  const minutes = Math.max(0, Math.round((endsAt.getTime() - now.getTime()) / 60_000));
  return minutes < 120 ? `${minutes} min left` : `${Math.round(minutes / 60)} h left`;
}

/** What a person should see to. */
function oddities(settings: LoadedSettings, { parts }: VaultLink): Odd[] {
  const { vault } = settings.config;
  const known = parts.store.known();
  const trouble = parts.session.trouble();
  const odd: Odd[] = known.flatMap((one) => oddSecret(one, vault.keyMaxAgeDays));
  if (trouble !== null) odd.push({ status: 'warn', message: trouble.message, next: adviceFor(trouble.code) });
  if (known.length === 0) {
    const message = `nothing was found below ${parts.store.paths()[0] ?? ''}`;
    odd.push({ status: 'warn', message, next: `check VAULT_MOUNT and VAULT_PATH, or write them: ${page}` });
  }
  for (const { env, from } of settings.report.filter(({ hidesVault }) => hidesVault)) {
    const message = `${env} from ${from === 'environment' ? 'the environment' : from} hides the one in Vault (${vaultSecretOf(env) ?? ''})`;
    odd.push({ status: 'warn', message, next: `unset ${env} there, and it follows its rotation in Vault` });
  }
  const isOpen = vault.address?.startsWith('http://') === true && !isOwn(new URL(vault.address).hostname);
  if (isOpen) {
    const message = 'Vault is reached without TLS, so secrets cross the network in the clear';
    odd.push({ status: 'warn', message, next: 'set VAULT_ADDR to its https:// address' });
  }
  return odd;
}

function isOwn(host: string): boolean {
  return ['localhost', '127.0.0.1', '[::1]'].includes(host);
}

function oddSecret(secret: KnownSecret, keyMaxAgeDays: number): Odd[] {
  const { name, path, fields, isGone } = secret;
  const odd: Odd[] = [];
  const days = ageDays(secret, new Date());
  if (days >= renewAfterDays(secret, keyMaxAgeDays)) {
    const message = `${name} is ${days} days old`;
    odd.push({
      status: 'warn',
      message,
      next: `make new keys where they come from and write them to ${path}`,
    });
  }
  const allowed = vaultFieldsOf(name);
  for (const field of fields.filter((one) => !allowed.includes(one))) {
    const near = nearestName(field, [...allowed], 3);
    const message = `${field} in ${path} is no setting of ours${near === null ? '' : `; did you mean ${near}?`}`;
    odd.push({ status: 'warn', message, next: `write only ${allowed.join(', ')} there` });
  }
  if (isGone) {
    odd.push({ status: 'warn', message: `${name} was deleted in Vault`, next: `write it again to ${path}` });
  }
  return odd;
}

const advice: Readonly<Record<string, string>> = {
  'vault.sealed': 'vault operator unseal',
  'vault.unreachable': 'start Vault, or set VAULT_ADDR to where it is',
  'vault.unavailable': 'look at the log of Vault',
  'vault.login_refused': `set a valid VAULT_TOKEN, VAULT_ROLE_ID with VAULT_SECRET_ID, or VAULT_KUBERNETES_ROLE (${page})`,
  'vault.token_ends': 'set a new VAULT_TOKEN',
  'vault.permission_denied': `give our token the policies of deploy/vault/policies (${page})`,
  'vault.bad_certificate': 'set VAULT_CACERT to the certificate of the authority that signed that of Vault',
};

function adviceFor(code: string): string {
  return advice[code] ?? `check the VAULT_ settings: ${page}`;
}
