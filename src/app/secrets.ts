import type { SecretsDemand } from '../cli/commands.ts';
import { type LoadedSettings, replaceSecret, type SecretCell } from '../config/load.ts';
import type { Texts } from '../config/sources.ts';
import { vaultSecretsOf } from '../config/vault-layout.ts';
import { asFailure, type Failure } from '../domain/errors.ts';
import type { Log } from '../domain/log.ts';
import type { DatabaseLogin, LoginText } from '../infra/vault/database-login.ts';
import {
  createVaultKeeper,
  openPatiently,
  type VaultChange,
  type VaultKeeper,
} from '../infra/vault/keeper.ts';
import { createParts, type VaultParts } from './vault-parts.ts';

/** Vault may come up beside us. */
const startTries = 3;

/** The agent's link to Vault, for as long as a command runs. */
export type VaultLink = {
  parts: VaultParts;
  keeper: VaultKeeper;
  /** Told after new values are in use. @returns the end of that */
  onChange(listener: (change: VaultChange) => void): () => void;
  /** What was read at the start. */
  first: VaultChange;
  /** Stops looking after it, and gives the token back. Safe to call twice. */
  close(): Promise<void>;
};

export type OpenedSecrets = {
  settings: LoadedSettings;
  /** Null where no Vault is configured, where nothing of it is needed, and where it could not be read. */
  vault: VaultLink | null;
  /** Why Vault could not be read, for commands that go on without. */
  failure: Failure | null;
};

export type OpenSecretsOptions = {
  /** Loaded from everything but Vault; it says where Vault is. */
  bootstrap: LoadedSettings;
  /** Loads once more, with what lies in Vault. */
  load: (given: { vault: Texts; mayBeIncomplete: boolean }) => LoadedSettings;
  mayBeIncomplete: boolean;
  demand: SecretsDemand;
  log: Log;
  now: () => Date;
  random: () => number;
  signal: AbortSignal;
};

/**
 * The settings with what lies in Vault, where one is configured. They are values that follow their rotation: what holds
 * a `Secret` has the newest as long as the link is watched.
 * @throws ConfigurationFailure `config.invalid`, `vault.sealed`, `vault.unreachable`, `vault.login_refused`,
 * `vault.permission_denied`, `vault.bad_certificate` and the other codes of the client, where secrets are needed
 */
export async function openSecrets(options: OpenSecretsOptions): Promise<OpenedSecrets> {
  const { bootstrap, demand, load, mayBeIncomplete } = options;
  if (bootstrap.config.vault.address === null) {
    return { settings: load({ vault: {}, mayBeIncomplete }), vault: null, failure: null };
  }
  // Without Vault, what only Vault knows is missing: that is no fault of the settings.
  const without = () => load({ vault: {}, mayBeIncomplete: true });
  if (demand === 'unused') return { settings: without(), vault: null, failure: null };
  try {
    return { ...(await openLink(options)), failure: null };
  } catch (error) {
    options.signal.throwIfAborted();
    const failure = asFailure(error);
    if (demand === 'needed' || !failure.code.startsWith('vault.')) throw error;
    return { settings: without(), vault: null, failure };
  }
}

async function openLink(
  options: OpenSecretsOptions,
): Promise<{ settings: LoadedSettings; vault: VaultLink }> {
  const { bootstrap, load, log, now } = options;
  const { vault: set, general } = bootstrap.config;
  const names = vaultSecretsOf(general.roles);
  const fresh = () => load({ vault: {}, mayBeIncomplete: true });
  const parts = createParts({ bootstrap, fresh, names, log, now, random: options.random });
  const listeners = new Set<(change: VaultChange) => void>();
  let apply = (_change: VaultChange): void => undefined;
  const keeper = createVaultKeeper({
    ...parts,
    refreshMs: set.refreshSeconds * 1_000,
    graceMs: set.graceSeconds * 1_000,
    log,
    now,
    onChange(change) {
      apply(change);
      for (const listener of [...listeners]) listener(change);
    },
  });
  try {
    const tries = options.demand === 'needed' ? startTries : 1;
    const first = await openPatiently((signal) => keeper.open(signal), { tries, signal: options.signal });
    const texts = parts.store.texts();
    if (first.secrets.length === 0)
      log.warn({ paths: parts.store.paths() }, 'vault holds none of our secrets');
    const settings = load({ vault: texts, mayBeIncomplete: options.mayBeIncomplete });
    apply = createApply({ settings, parts, log });
    apply({ secrets: [], hasNewDatabaseLogin: first.hasNewDatabaseLogin });
    return { settings, vault: linkOf({ parts, keeper, listeners, first }) };
  } catch (error) {
    await closeQuietly(keeper, parts);
    throw error;
  }
}

function linkOf({
  parts,
  keeper,
  listeners,
  first,
}: Pick<VaultLink, 'parts' | 'keeper' | 'first'> & {
  listeners: Set<(change: VaultChange) => void>;
}): VaultLink {
  let closed: Promise<void> | null = null;
  return {
    parts,
    keeper,
    first,
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    close() {
      closed ??= closeQuietly(keeper, parts);
      return closed;
    },
  };
}

async function closeQuietly(keeper: VaultKeeper, { client }: VaultParts): Promise<void> {
  await keeper.close();
  await client.close();
}

type ApplyOptions = { settings: LoadedSettings; parts: VaultParts; log: Log };

/** Puts newer values where they are used. */
function createApply({ settings, parts, log }: ApplyOptions): (change: VaultChange) => void {
  const cells = new Map(settings.cells.map((cell) => [cell.env, cell]));
  const address = cells.get('DATABASE_URL');
  let place = address?.secret.reveal() ?? '';
  let before = parts.store.texts();

  const put = (cell: SecretCell, text: string): void => {
    const fault = replaceSecret(cell, text);
    if (fault !== null) log.warn({ name: cell.env, fault }, 'a new value in vault cannot be used');
  };
  const followAddress = (login: LoginText | null): void => {
    if (address !== undefined && login !== null) put(address, withLogin(place, login));
  };

  return ({ secrets, hasNewDatabaseLogin }) => {
    const texts = parts.store.texts();
    for (const name of secrets.flatMap(({ fields }) => fields)) {
      const cell = cells.get(name);
      const text = texts[name];
      if (text === undefined || text === before[name]) continue;
      if (cell === undefined) log.info({ name }, 'a setting changed in vault; the next start takes it');
      else if (cell.from === 'vault' && cell !== address) put(cell, text);
      else if (cell.from === 'vault') {
        place = text;
        if (parts.databaseLogin === null) put(cell, text);
      }
    }
    before = texts;
    const isAddressNew = secrets.some(({ fields }) => fields.includes('DATABASE_URL'));
    if (hasNewDatabaseLogin || isAddressNew) followAddress(currentLogin(parts.databaseLogin));
  };
}

function currentLogin(login: DatabaseLogin | null): LoginText | null {
  return login?.current() ?? null;
}

/** The address with another user and password. What is no address stays as it is: its own check refuses it. */
function withLogin(address: string, { username, password }: LoginText): string {
  if (!URL.canParse(address)) return address;
  const url = new URL(address);
  url.username = encodeURIComponent(username);
  url.password = encodeURIComponent(password);
  return url.href;
}
