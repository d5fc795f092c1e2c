import { ConfigurationFailure } from '../../domain/errors.ts';
import type { Log } from '../../domain/log.ts';
import type { VaultClient } from './client.ts';
import type { VaultSession } from './session.ts';

export type LoginText = { username: string; password: string };

export type DatabaseLogin = {
  /** What a policy has to open for it. */
  path: string;
  /** Makes the login, prolongs its lease, or takes a new one before it ends. @throws as the client */
  keep(signal: AbortSignal): Promise<void>;
  /** Null before the first `keep`. */
  current(): LoginText | null;
  endsAt(): Date | null;
};

export type DatabaseLoginOptions = {
  client: VaultClient;
  session: VaultSession;
  place: { mount: string; role: string };
  /** `dynamic`: users that live as long as a lease. `static`: one user whose password Vault changes. */
  kind: 'dynamic' | 'static';
  /** How often a static password is read again, so that one that somebody changed by hand is noticed too. */
  refreshMs: number;
  log: Log;
  now: () => Date;
  random: () => number;
};

/** The part of a lease after which it is prolonged; a little less, so that processes do not come together. */
const renewAfter = { atLeast: 0.6, atMost: 2 / 3 };
/**
 * A renewal that gives less than this part of a whole lease says that its longest life comes to its end. The new login
 * is taken then, while the old one still lives for a sixth of a lease: connections move over meanwhile.
 */
const shortenedBelow = 0.5;
/** Vault changes a static password within the second that its `ttl` tells. */
const afterRotationMs = 1_000;

export function createDatabaseLogin(options: DatabaseLoginOptions): DatabaseLogin {
  return options.kind === 'static' ? createStatic(options) : createDynamic(options);
}

type Leased = {
  login: LoginText;
  id: string;
  wholeMs: number;
  endsAtMs: number;
  renewAtMs: number;
  isRenewable: boolean;
  generation: number;
};

function createDynamic(options: DatabaseLoginOptions): DatabaseLogin {
  const { client, session, place, log } = options;
  let leased: Leased | null = null;
  const nowMs = (): number => options.now().getTime();
  const timesOf = (ttlSeconds: number): Pick<Leased, 'endsAtMs' | 'renewAtMs'> => {
    const part = renewAfter.atLeast + options.random() * (renewAfter.atMost - renewAfter.atLeast);
    return { endsAtMs: nowMs() + ttlSeconds * 1_000, renewAtMs: nowMs() + ttlSeconds * 1_000 * part };
  };

  const take = async (signal: AbortSignal): Promise<void> => {
    const made = await session.run((limited) => client.makeDatabaseLogin(place, limited), signal);
    const { leaseId: id, ttlSeconds, isRenewable, login } = made;
    leased = {
      login,
      id,
      wholeMs: ttlSeconds * 1_000,
      isRenewable,
      generation: session.generation(),
      ...timesOf(ttlSeconds),
    };
    log.info({ role: place.role, ttlSeconds }, 'vault made a login for the database');
  };

  /** @returns false where the lease cannot be prolonged any more */
  const prolong = async (old: Leased, signal: AbortSignal): Promise<boolean> => {
    if (!old.isRenewable) return false;
    try {
      const seconds = Math.round(old.wholeMs / 1_000);
      const renewed = await session.run(
        (limited) => client.renewLease({ id: old.id, seconds }, limited),
        signal,
      );
      leased = { ...old, isRenewable: renewed.isRenewable, ...timesOf(renewed.ttlSeconds) };
      return renewed.ttlSeconds * 1_000 >= old.wholeMs * shortenedBelow;
    } catch (error) {
      if (!(error instanceof ConfigurationFailure)) throw error;
      return false;
    }
  };

  return {
    path: `${place.mount}/creds/${place.role}`,
    async keep(signal) {
      await session.keep(signal);
      if (leased === null) return await take(signal);
      // A lease ends with the token that it was made with.
      const isOrphan = leased.generation !== session.generation();
      if (!isOrphan && (nowMs() < leased.renewAtMs || (await prolong(leased, signal)))) return;
      await take(signal);
    },
    current: () => leased?.login ?? null,
    endsAt: () => (leased === null ? null : new Date(leased.endsAtMs)),
  };
}

function createStatic({ client, session, place, refreshMs, log, now }: DatabaseLoginOptions): DatabaseLogin {
  let known: { login: LoginText; endsAtMs: number; readAgainAtMs: number } | null = null;
  return {
    path: `${place.mount}/static-creds/${place.role}`,
    async keep(signal) {
      if (known !== null && now().getTime() < known.readAgainAtMs) return;
      const { login, ttlSeconds } = await session.run(
        (limited) => client.readDatabaseLogin(place, limited),
        signal,
      );
      if (login.password !== known?.login.password) {
        log.info({ role: place.role, ttlSeconds }, 'vault told the login for the database');
      }
      const nowMs = now().getTime();
      const endsAtMs = nowMs + ttlSeconds * 1_000;
      known = { login, endsAtMs, readAgainAtMs: Math.min(endsAtMs + afterRotationMs, nowMs + refreshMs) };
    },
    current: () => known?.login ?? null,
    endsAt: () => (known === null ? null : new Date(known.endsAtMs)),
  };
}
