import { readFile } from 'node:fs/promises';
import type { Secret } from '../../config/secret.ts';
import { asFailure, ConfigurationFailure, type Failure } from '../../domain/errors.ts';
import type { Log } from '../../domain/log.ts';
import type { VaultClient } from './client.ts';
import type { Auth } from './schemas.ts';

/** How the agent proves to Vault who it is. */
export type VaultLogin =
  | { kind: 'token'; token: Secret }
  | { kind: 'approle'; roleId: Secret; secretId: Secret; mount: string | null }
  | { kind: 'kubernetes'; role: string; tokenFile: string; mount: string | null };

/** A token's life is used up to two thirds before it is renewed, and a little less so that processes do not renew together. */
const renewAfter = { atLeast: 0.6, atMost: 2 / 3 };
/** A renewal that gives less than this part of a whole life says that the longest life comes to its end. */
const shortenedBelow = 0.5;

export type TokenLife = {
  kind: VaultLogin['kind'];
  /** Null: the token never ends. */
  endsAt: Date | null;
  isRenewable: boolean;
};

export type VaultSession = {
  /** Logs in where that is due, and renews the token before it ends. @throws as the client */
  keep(signal: AbortSignal): Promise<void>;
  /** One call with a valid token; a token that Vault has forgotten is replaced once. @throws as the client */
  run<T>(call: (signal: AbortSignal) => Promise<T>, signal: AbortSignal): Promise<T>;
  /** Null before the first login. */
  life(): TokenLife | null;
  /** Why the token that is used now could not be followed by the next one; null while all is well. */
  trouble(): Failure | null;
  /** Counts up with each new token: what was leased with an earlier one ends with that. */
  generation(): number;
  /** Gives back a token that was made for this process. Never throws. */
  close(signal: AbortSignal): Promise<void>;
};

export type SessionOptions = {
  client: VaultClient;
  login: VaultLogin;
  /** Called before each login, for credentials that lie in files and may be newer by now. */
  onLogin?: () => void;
  log: Log;
  now: () => Date;
  /** 0 (inclusive) to 1. */
  random: () => number;
};

type Token = {
  text: string;
  wholeMs: number;
  endsAtMs: number | null;
  renewAtMs: number | null;
  isRenewable: boolean;
};

/** The agent's token at Vault, from login over renewals to the next login. */
export function createVaultSession(options: SessionOptions): VaultSession {
  const { client, login, log } = options;
  let token: Token | null = null;
  let generation = 0;
  let trouble: Failure | null = null;
  const nowMs = (): number => options.now().getTime();

  const keptFor = (auth: Auth, wholeMs?: number): Token =>
    tokenOf(auth, { nowMs: nowMs(), random: options.random, wholeMs });

  const logIn = async (signal: AbortSignal): Promise<void> => {
    options.onLogin?.();
    const old = token;
    try {
      const auth = await enter(client, login, signal);
      token = keptFor(auth);
      // What was leased with a token ends with it; the same one again is no news.
      if (auth.token !== old?.text) generation += 1;
      trouble = login.kind === 'token' && auth.token === old?.text ? endingToken(token) : null;
      log.debug({ kind: login.kind, ttlSeconds: auth.ttlSeconds }, 'logged in at vault');
    } catch (error) {
      client.useToken(old?.text ?? null);
      throw error;
    }
  };

  /** @returns false where the token cannot be prolonged any more */
  const renew = async (old: Token, signal: AbortSignal): Promise<boolean> => {
    if (!old.isRenewable) return false;
    try {
      const auth = await client.renewToken(signal);
      token = keptFor(auth, old.wholeMs);
      return auth.ttlSeconds === 0 || auth.ttlSeconds * 1_000 >= old.wholeMs * shortenedBelow;
    } catch (error) {
      if (!(error instanceof ConfigurationFailure)) throw error;
      return false;
    }
  };

  const keep = async (signal: AbortSignal): Promise<void> => {
    if (token === null) return await logIn(signal);
    const isDue = token.renewAtMs !== null && nowMs() >= token.renewAtMs;
    if (!isDue || (await renew(token, signal))) return;
    const old = token;
    try {
      await logIn(signal);
    } catch (error) {
      const hasEnded = old.endsAtMs !== null && nowMs() >= old.endsAtMs;
      if (hasEnded || !(error instanceof ConfigurationFailure)) throw error;
      // The old one is good to its end: people have until then.
      token = { ...old, renewAtMs: later(old, nowMs()) };
      if (trouble === null)
        log.warn({ err: error }, 'vault refuses the next login; the last one still holds');
      trouble = error;
    }
  };

  return {
    keep,
    async run(call, signal) {
      await keep(signal);
      try {
        return await call(signal);
      } catch (error) {
        // Vault answers alike for a path that is closed to us and for a token that it has forgotten.
        if (asFailure(error).code !== 'vault.permission_denied') throw error;
        if (await isKnown(client, signal)) throw error;
        await logIn(signal);
        return await call(signal);
      }
    },
    life: () => (token === null ? null : lifeOf(token, login.kind)),
    trouble: () => trouble,
    generation: () => generation,
    async close(signal) {
      if (login.kind === 'token' || token === null) return;
      token = null;
      await client.revokeToken(signal).catch((error: unknown) => {
        log.debug(
          { code: asFailure(error).code },
          'a token of vault could not be given back; it ends by itself',
        );
      });
    },
  };
}

async function isKnown(client: VaultClient, signal: AbortSignal): Promise<boolean> {
  try {
    await client.lookUpToken(signal);
    return true;
  } catch (error) {
    if (error instanceof ConfigurationFailure) return false;
    throw error;
  }
}

function tokenOf(
  { token: text, ttlSeconds, isRenewable }: Auth,
  { nowMs, random, wholeMs }: { nowMs: number; random: () => number; wholeMs: number | undefined },
): Token {
  const lifeMs = ttlSeconds * 1_000;
  const part = renewAfter.atLeast + random() * (renewAfter.atMost - renewAfter.atLeast);
  const isEndless = lifeMs === 0;
  return {
    text,
    wholeMs: wholeMs ?? lifeMs,
    endsAtMs: isEndless ? null : nowMs + lifeMs,
    renewAtMs: isEndless ? null : nowMs + lifeMs * part,
    isRenewable,
  };
}

function lifeOf({ endsAtMs, isRenewable }: Token, kind: VaultLogin['kind']): TokenLife {
  return { kind, endsAt: endsAtMs === null ? null : new Date(endsAtMs), isRenewable };
}

/** A third of what is left: often enough to be well before the end, seldom enough to bother nobody. */
function later({ endsAtMs }: Token, nowMs: number): number | null {
  return endsAtMs === null ? null : nowMs + (endsAtMs - nowMs) / 3;
}

/** A token that was given to us and cannot be prolonged: only a person can give the next one. */
function endingToken({ endsAtMs }: Token): Failure | null {
  if (endsAtMs === null) return null;
  const at = `${new Date(endsAtMs).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
  return new ConfigurationFailure(
    `Our token at Vault ends at ${at} and cannot be renewed; set a new VAULT_TOKEN.`,
    {
      code: 'vault.token_ends',
    },
  );
}

async function enter(client: VaultClient, login: VaultLogin, signal: AbortSignal): Promise<Auth> {
  if (login.kind === 'token') {
    const token = login.token.reveal();
    client.useToken(token);
    return { token, ...(await client.lookUpToken(signal)) };
  }
  client.useToken(null);
  const auth =
    login.kind === 'approle'
      ? await client.loginAppRole(
          { roleId: login.roleId.reveal(), secretId: login.secretId.reveal(), mount: login.mount },
          signal,
        )
      : await client.loginKubernetes(
          { role: login.role, jwt: await readServiceToken(login.tokenFile), mount: login.mount },
          signal,
        );
  client.useToken(auth.token);
  return auth;
}

/** Read at each login: Kubernetes replaces it within the hour. */
async function readServiceToken(file: string): Promise<string> {
  try {
    const token = (await readFile(file, 'utf8')).trim();
    if (token !== '') return token;
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'unknown reason';
    throw new ConfigurationFailure(
      `The service account's token ${file} cannot be read (${code}); VAULT_KUBERNETES_ROLE is for a pod, or set VAULT_KUBERNETES_TOKEN_FILE.`,
      { code: 'vault.login_refused', cause },
    );
  }
  throw new ConfigurationFailure(`The service account's token ${file} is empty.`, {
    code: 'vault.login_refused',
  });
}
