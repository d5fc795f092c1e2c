import { setTimeout as wait } from 'node:timers/promises';
import { asFailure, ConfigurationFailure, type Failure, TransientFailure } from '../../domain/errors.ts';
import type { Log } from '../../domain/log.ts';
import type { DatabaseLogin } from './database-login.ts';
import type { KnownSecret, SecretStore } from './secret-store.ts';
import type { VaultSession } from './session.ts';

/** Tokens and leases are looked at that often; the looks themselves ask Vault for nothing. */
const defaultTickMs = 5_000;
const firstTryMs = 500;
const callsTimeoutMs = 30_000;
/** A token that cannot be given back ends by itself. */
const closeTimeoutMs = 3_000;
/** Less than a health check may take. */
const checkWaitMs = 5_000;

export type VaultChange = {
  /** The secrets that were read. */
  secrets: readonly KnownSecret[];
  /** Whether user or password of the database are others now. */
  hasNewDatabaseLogin: boolean;
};

export type VaultKeeper = {
  /**
   * Logs in and reads everything, with a few tries where Vault does not answer.
   * @throws ConfigurationFailure of the codes of the client: without any secrets there is nothing to go on with
   */
  open(signal: AbortSignal): Promise<VaultChange>;
  /** Keeps tokens, leases and values fresh from now on. */
  start(): void;
  /** One look at what is due; never throws. */
  tick(signal: AbortSignal): Promise<void>;
  /**
   * @throws TransientFailure while Vault does not answer and the last secrets are still used;
   * ConfigurationFailure `vault.grace_over` when they are too old
   */
  check(): Promise<void>;
  /** What `check` would throw, as far as is known now; null while all is well. */
  standing(): Failure | null;
  /** Why Vault cannot be used now, and since when; null while it can. */
  trouble(): { failure: Failure; since: Date } | null;
  /** Stops looking, and gives the token back. */
  close(): Promise<void>;
};

export type VaultKeeperOptions = {
  session: VaultSession;
  store: SecretStore;
  databaseLogin: DatabaseLogin | null;
  refreshMs: number;
  /** How long the last secrets are used while Vault does not answer. */
  graceMs: number;
  onChange: (change: VaultChange) => void;
  log: Log;
  now: () => Date;
  tickMs?: number;
};

/** Keeps what Vault gave us good: one look after the other, and a state that says whether it can be relied on. */
export function createVaultKeeper(options: VaultKeeperOptions): VaultKeeper {
  const { session, store, databaseLogin, now } = options;
  const stopping = new AbortController();
  const standing = createStanding(options);
  let polledAtMs = 0;
  let looking: Promise<void> | null = null;
  let running: Promise<void> = Promise.resolve();

  const keepLogin = async (signal: AbortSignal): Promise<boolean> => {
    await session.keep(signal);
    const before = databaseLogin?.current()?.password;
    await databaseLogin?.keep(signal);
    return databaseLogin?.current()?.password !== before;
  };
  /** @returns null where it is too early to ask */
  const poll = async (signal: AbortSignal): Promise<readonly KnownSecret[] | null> => {
    const isDue = standing.trouble() !== null || now().getTime() - polledAtMs >= options.refreshMs;
    if (!isDue) return null;
    const secrets = await store.poll(signal);
    polledAtMs = now().getTime();
    return secrets;
  };
  const look = async (outer: AbortSignal): Promise<void> => {
    const signal = AbortSignal.any([outer, stopping.signal, AbortSignal.timeout(callsTimeoutMs)]);
    // Side by side as far as failing goes: one of them closed to us says nothing of the other.
    const login = await settled(keepLogin(signal));
    const secrets = await settled(poll(signal));
    if (stopping.signal.aborted) return;
    const change = { secrets: secrets.value ?? [], hasNewDatabaseLogin: login.value ?? false };
    if (change.secrets.length > 0 || change.hasNewDatabaseLogin) tell(options, change);
    const failure = login.failure ?? secrets.failure;
    if (failure !== null) standing.bad(failure);
    else if (secrets.value !== null) standing.good();
  };
  const tick = (signal: AbortSignal): Promise<void> => {
    looking ??= look(signal).finally(() => {
      looking = null;
    });
    return looking;
  };

  return {
    async open(signal) {
      const hasNewDatabaseLogin = await keepLogin(signal);
      const secrets = await store.load(signal);
      polledAtMs = now().getTime();
      standing.good();
      return { secrets, hasNewDatabaseLogin };
    },
    start() {
      running = keepTicking(tick, options.tickMs ?? defaultTickMs, stopping.signal);
    },
    tick,
    async check() {
      // A Vault that hangs is no reason to keep the answer back; and whoever asks does not end a look that is everybody's.
      if (standing.trouble() !== null) {
        await Promise.race([tick(stopping.signal), wait(checkWaitMs, undefined, { ref: false })]);
      }
      const failure = standing.failure();
      if (failure !== null) throw failure;
    },
    standing: standing.failure,
    trouble: standing.trouble,
    async close() {
      stopping.abort(new Error('the secrets are closed'));
      await running;
      await looking;
      await session.close(AbortSignal.timeout(closeTimeoutMs));
    },
  };
}

/** Whoever takes the news over badly does not end the looking. */
function tell({ onChange, log }: VaultKeeperOptions, change: VaultChange): void {
  try {
    onChange(change);
  } catch (error) {
    log.error({ err: asFailure(error) }, 'new secrets could not be taken over');
  }
}

/** Whether Vault can be relied on, and what that means by how long it has lasted. */
function createStanding({ graceMs, log, now }: Pick<VaultKeeperOptions, 'graceMs' | 'log' | 'now'>) {
  let lastGoodAt = now();
  let trouble: { failure: Failure; since: Date } | null = null;
  return {
    good(): void {
      lastGoodAt = now();
      if (trouble !== null) log.info({ code: trouble.failure.code }, 'vault answers again');
      trouble = null;
    },
    bad(failure: Failure): void {
      if (trouble?.failure.code !== failure.code) {
        log.warn({ err: failure, since: lastGoodAt }, 'vault cannot be used; the last secrets are used on');
      }
      trouble = { failure, since: trouble?.since ?? now() };
    },
    trouble: () => trouble,
    failure: (): Failure | null =>
      trouble === null ? null : aged(trouble.failure, { lastGoodAt, graceMs, now: now() }),
  };
}

async function settled<T>(work: Promise<T>): Promise<{ value: T | null; failure: Failure | null }> {
  try {
    return { value: await work, failure: null };
  } catch (error) {
    return { value: null, failure: asFailure(error) };
  }
}

async function keepTicking(
  tick: (signal: AbortSignal) => Promise<void>,
  everyMs: number,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    await wait(everyMs, undefined, { signal, ref: false }).catch(() => undefined);
    if (!signal.aborted) await tick(signal);
  }
}

/** What trouble with Vault means, by how long it has lasted. */
function aged(
  failure: Failure,
  { lastGoodAt, graceMs, now }: { lastGoodAt: Date; graceMs: number; now: Date },
): Failure {
  const until = new Date(lastGoodAt.getTime() + graceMs);
  const details = { cause: failure.code, lastGoodAt: lastGoodAt.toISOString() };
  if (now <= until) {
    return new TransientFailure(
      `${failure.message} The last secrets are used until ${clock(until)}; then no new work is taken.`,
      { code: failure.code, cause: failure, details },
    );
  }
  return new ConfigurationFailure(
    `${failure.message} The last secrets are from ${clock(lastGoodAt)}, too old to go on with: no new work is taken until Vault answers (VAULT_GRACE_SECONDS).`,
    { code: 'vault.grace_over', cause: failure, details },
  );
}

function clock(at: Date): string {
  return `${at.toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}

/**
 * Tries a few times where Vault does not answer, as at a start side by side with it.
 * @throws ConfigurationFailure for whatever it was: nobody but a person can help then
 */
export async function openPatiently<T>(
  open: (signal: AbortSignal) => Promise<T>,
  { tries: most, signal }: { tries: number; signal: AbortSignal },
): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await open(signal);
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof TransientFailure)) throw error;
      if (tries >= most) throw atStart(error);
      await wait(firstTryMs * 2 ** (tries - 1), undefined, { signal });
    }
  }
}

function atStart(failure: TransientFailure): ConfigurationFailure {
  return new ConfigurationFailure(
    `${failure.message} The secrets of this installation lie there, so it cannot start; check VAULT_ADDR, or unset it to go by the environment alone.`,
    { code: failure.code, cause: failure, details: failure.details },
  );
}
