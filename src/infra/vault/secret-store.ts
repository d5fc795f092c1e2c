import { vaultFieldsOf } from '../../config/vault-layout.ts';
import type { Log } from '../../domain/log.ts';
import type { VaultClient } from './client.ts';
import type { SecretVersion } from './schemas.ts';
import type { VaultSession } from './session.ts';

/** One secret as we know it, without its values. */
export type KnownSecret = {
  name: string;
  /** Where it lies, as policies name it. */
  path: string;
  version: number;
  /** When this version was written. */
  createdAt: Date;
  /** From its custom metadata; null where that says nothing. */
  renewAfterDays: number | null;
  /** Names of all its fields, those that are no settings of ours too. */
  fields: readonly string[];
  /** Deleted in Vault since we read it: the value that we have is used on. */
  isGone: boolean;
};

export type SecretStore = {
  /** Reads every secret that is there. @returns those that were read, without values @throws as the client */
  load(signal: AbortSignal): Promise<readonly KnownSecret[]>;
  /** Asks for newer versions, and reads what is newer. @returns what was read */
  poll(signal: AbortSignal): Promise<readonly KnownSecret[]>;
  /** The settings that the secrets hold, by name; fields that belong elsewhere are left out. */
  texts(): Readonly<Record<string, string>>;
  known(): readonly KnownSecret[];
  /** The paths that a policy has to open for this. */
  paths(): readonly string[];
};

export type SecretStoreOptions = {
  client: VaultClient;
  session: VaultSession;
  /** Of the key-value engine, version 2. */
  mount: string;
  /** Folder below the mount. */
  path: string;
  names: readonly string[];
  log: Log;
  now: () => Date;
};

type Held = { facts: KnownSecret; values: Record<string, string> };

/** The agent's secrets in a key-value engine: read whole at the start, then by version only. */
export function createSecretStore(options: SecretStoreOptions): SecretStore {
  const { client, session, names, log, now } = options;
  const held = new Map<string, Held>();
  const pathOf = (kind: 'data' | 'metadata', name: string): string =>
    [options.mount, kind, options.path, name].map(trimmed).filter(Boolean).join('/');

  const read = async (name: string, signal: AbortSignal): Promise<KnownSecret[]> => {
    const path = pathOf('data', name);
    const found = await session.run((limited) => client.readSecret(path, limited), signal);
    if (found === null) return [];
    const one = heldOf(name, path, found);
    held.set(name, one);
    return [one.facts];
  };

  const look = async (name: string, signal: AbortSignal): Promise<KnownSecret[]> => {
    const before = held.get(name);
    const metadata = await session.run(
      (limited) => client.readMetadata(pathOf('metadata', name), limited),
      signal,
    );
    const isDeleted =
      metadata === null ||
      metadata.isDestroyed ||
      (metadata.deletedAt !== null && metadata.deletedAt <= now());
    if (before !== undefined && before.facts.isGone !== isDeleted) {
      held.set(name, { ...before, facts: { ...before.facts, isGone: isDeleted } });
      if (isDeleted) log.warn({ name }, 'a secret was deleted in vault; its last value is used on');
    }
    if (isDeleted || metadata.version === before?.facts.version) return [];
    return await read(name, signal);
  };

  const each = async (
    visit: (name: string, signal: AbortSignal) => Promise<KnownSecret[]>,
    signal: AbortSignal,
  ): Promise<KnownSecret[]> => {
    const all: KnownSecret[] = [];
    // One after the other: there are few, and the first login serves them all.
    for (const name of names) all.push(...(await visit(name, signal)));
    return all;
  };

  return {
    load: (signal) => each(read, signal),
    poll: (signal) => each(look, signal),
    texts: () => Object.assign({}, ...[...held.values()].map(({ values }) => values)),
    known: () => [...held.values()].map(({ facts }) => facts),
    paths: () => names.flatMap((name) => [pathOf('data', name), pathOf('metadata', name)]),
  };
}

function trimmed(part: string): string {
  return part.replace(/^\/+|\/+$/g, '');
}

function heldOf(name: string, path: string, { fields, version, createdAt, custom }: SecretVersion): Held {
  const allowed = vaultFieldsOf(name);
  // Whoever may write one secret shall not set anything else by it.
  const values = Object.fromEntries(
    Object.entries(fields).filter(
      (entry): entry is [string, string] => entry[1] !== null && allowed.includes(entry[0]),
    ),
  );
  const days = Number(custom.renew_after_days);
  return {
    values,
    facts: {
      name,
      path,
      version,
      createdAt,
      renewAfterDays: Number.isInteger(days) && days > 0 ? days : null,
      fields: Object.keys(fields),
      isGone: false,
    },
  };
}
