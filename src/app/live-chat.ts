import { setTimeout as wait } from 'node:timers/promises';
import type { CheckResult } from '../bot/check-result.ts';
import type { Secret } from '../config/secret.ts';
import type { Chat } from '../domain/chat.ts';
import { asFailure } from '../domain/errors.ts';
import type { Log } from '../domain/log.ts';

const defaultRetryMs = 30_000;
const checkTimeoutMs = 20_000;

/** A chat's app over the credentials of one moment. */
export type ChatConnection = {
  chat: Chat;
  start(): Promise<void>;
  stop(): Promise<void>;
  check(signal: AbortSignal): Promise<CheckResult>;
};

export type LiveChat = {
  /** Stays the same while what is behind it is replaced. */
  chat: Chat;
  stop(): Promise<void>;
};

export type LiveChatOptions = {
  name: string;
  /** Builds the app with what the secrets hold now. */
  connect: () => ChatConnection;
  /** Whoever of them changes, the app is built anew. */
  secrets: readonly Secret[];
  /**
   * Whether two may be connected for a moment: then nothing that people do is missed in between. Otherwise the old one
   * leaves first.
   */
  mayOverlap: boolean;
  log: Log;
  retryMs?: number;
};

/**
 * A chat that takes over new credentials without a restart. New ones that do not work leave the old connection as it is;
 * they are tried again until they work or the next ones come.
 * @throws what the first start throws
 */
export async function openLiveChat(options: LiveChatOptions): Promise<LiveChat> {
  const { name, connect, mayOverlap, log, retryMs = defaultRetryMs } = options;
  const stopping = new AbortController();
  let current = connect();
  let wanted = 0;
  let used = 0;
  let replacing: Promise<void> = Promise.resolve();
  let changed = Promise.withResolvers<void>();

  const isGood = async (next: ChatConnection): Promise<boolean> => {
    const signal = AbortSignal.any([stopping.signal, AbortSignal.timeout(checkTimeoutMs)]);
    const { status, message } = await next.check(signal);
    if (status === 'error') log.warn({ chat: name, message }, 'new credentials of a chat do not work yet');
    return status !== 'error';
  };
  const swap = async (): Promise<void> => {
    const taken = wanted;
    const next = connect();
    if (!(await isGood(next))) return;
    const old = current;
    // Where both may be there, the old one answers for as long as the new one cannot.
    if (mayOverlap) await startOrStop(next);
    else await old.stop();
    current = next;
    if (!mayOverlap) await next.start();
    used = taken;
    if (mayOverlap) await old.stop();
    log.info({ chat: name }, 'a chat is connected with its new credentials');
  };
  const replace = async (): Promise<void> => {
    while (used !== wanted && !stopping.signal.aborted) {
      // Taken before: what comes during the attempt is not waited for once more.
      const next = changed.promise;
      await swap().catch((error: unknown) => {
        log.warn({ chat: name, err: asFailure(error) }, 'a chat could not be connected anew');
      });
      if (used !== wanted) await waitUnless(next, retryMs, stopping.signal);
    }
  };
  const unfollow = options.secrets.map((secret) =>
    secret.onChange(() => {
      wanted += 1;
      changed.resolve();
      changed = Promise.withResolvers();
      // Several secrets that are replaced together are one replacement: it begins when all of them are in place.
      replacing = replacing.then(replace);
    }),
  );
  try {
    await current.start();
  } catch (error) {
    for (const end of unfollow) end();
    await current.stop().catch(() => undefined);
    throw error;
  }
  return {
    chat: {
      ...current.chat,
      deliver: (card, signal) => current.chat.deliver(card, signal),
      sayDirectly: (message) => current.chat.sayDirectly(message),
    },
    async stop() {
      for (const end of unfollow) end();
      stopping.abort(new Error(`${name} stops`));
      await replacing;
      await current.stop();
    },
  };
}

async function startOrStop(chat: ChatConnection): Promise<void> {
  try {
    await chat.start();
  } catch (error) {
    await chat.stop().catch(() => undefined);
    throw error;
  }
}

async function waitUnless(sooner: Promise<void>, durationMs: number, signal: AbortSignal): Promise<void> {
  const over = new AbortController();
  const ending = AbortSignal.any([signal, over.signal]);
  await Promise.race([sooner, wait(durationMs, undefined, { signal: ending }).catch(() => undefined)]);
  over.abort();
}
