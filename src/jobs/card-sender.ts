import { setTimeout as sleep } from 'node:timers/promises';
import type { Context } from '../context.ts';
import { type CardLane, cardLanes } from '../domain/card-lane.ts';
import type { Chat } from '../domain/chat.ts';
import { asFailure, type Failure, TransientFailure } from '../domain/errors.ts';
import type { Log } from '../domain/log.ts';
import { alertConfiguration, clearConfigurationAlert } from '../flows/human-loop/alert.ts';
import { deliverNext, openChat } from '../flows/human-loop/deliver-card.ts';
import { backoffMs } from './settle.ts';

const probeMs = 60_000;
const coalesceMs = 20;
const databaseAwayMs = 2_000;
/** A moment that the database named has surely come by its clock too. */
const clockSlackMs = 5;

export type CardSenderOptions = {
  chats: readonly Chat[];
  /** What one send is called with; its signal is the sender's. */
  contextOf: (signal: AbortSignal) => Context;
  log: Log;
  /** Unlike that of any other process. */
  worker: string;
  /** This process holds the database alone: what a dead one was sending is taken up at once. */
  isSingleProcess?: boolean;
  /** Fallback where no notification arrives. */
  pollMs: number;
  /** Milliseconds between two tries of a chat that a person must mend. */
  probeEveryMs?: number;
  /** Calls back when a card was written. @returns the way to unsubscribe */
  subscribe: (wake: () => void) => () => void;
};

export type CardSender = {
  /** Ends what is being sent, which is looked up at the next start. Safe to call twice. */
  stop(): Promise<void>;
};

/**
 * Keeps every chat's copies of all cards up to date: one lane beside the other, so that no progress stands before a
 * decision. A chat that is away or must be mended holds no other up, and loses nothing.
 */
export function startCardSender(options: CardSenderOptions): CardSender {
  const stopping = new AbortController();
  const ctx = options.contextOf(stopping.signal);
  const talking = options.chats.filter(({ platform }) => platform !== 'none');
  const runs = talking.map((chat) => createChatRun({ ...options, ctx, chat, signal: stopping.signal }));
  const wake = () => {
    for (const run of runs) run.wake();
  };
  const unsubscribe = options.subscribe(wake);
  const running = Promise.all(runs.map((run) => run.start()));
  return {
    async stop() {
      unsubscribe();
      stopping.abort(new Error('the agent stops'));
      wake();
      await running;
    },
  };
}

type RunOptions = CardSenderOptions & { ctx: Context; chat: Chat; signal: AbortSignal };

type Lane = {
  number: CardLane;
  failures: number;
  failedAt: number;
  /** Not before this moment, in milliseconds. */
  waitUntil: number;
  /** The platform itself named that moment. */
  isAskedToWait: boolean;
  /** Something may be due. */
  isWanted: boolean;
  /** The database answered when it was asked last. */
  canLook: boolean;
  wakeUp: () => void;
};

function createChatRun(options: RunOptions) {
  const { chat, ctx, signal, log, worker, pollMs } = options;
  const lanes = cardLanes.map(createLane);
  const health = createChatHealth(options);
  let isOpen = false;
  let lastOkAt = 0;

  const wake = (): void => {
    for (const lane of lanes) {
      lane.isWanted = true;
      lane.wakeUp();
    }
  };

  async function failed(lane: Lane, failure: Failure): Promise<void> {
    holdBack(lane, failure);
    if (failure.kind === 'configuration') {
      const until = Date.now() + (options.probeEveryMs ?? probeMs);
      for (const one of lanes) one.waitUntil = Math.max(one.waitUntil, until);
      await health.down(failure);
    } else {
      log.warn({ platform: chat.platform, code: failure.code }, 'a chat does not take messages now');
    }
  }

  /** @returns milliseconds until there may be something to do */
  async function turn(lane: Lane): Promise<number> {
    const waitMs = lane.waitUntil - Date.now();
    if (waitMs > 0) return waitMs;
    lane.isWanted = false;
    if (!isOpen) await openChat(ctx, chat, { worker, isAlone: options.isSingleProcess ?? false });
    isOpen = true;
    const isOtherwiseWell = lastOkAt > lane.failedAt;
    const outcome = await deliverNext(ctx, chat, { lane: lane.number, worker, isOtherwiseWell });
    lane.canLook = true;
    if (outcome.kind === 'idle') {
      const dueMs = outcome.nextAt === null ? pollMs : outcome.nextAt.getTime() - Date.now();
      return Math.min(pollMs, Math.max(dueMs, 0) + clockSlackMs);
    }
    if (outcome.kind === 'failed' && !signal.aborted) await failed(lane, outcome.failure);
    if (outcome.kind === 'sent') {
      lastOkAt = Date.now();
      lane.failures = 0;
      goOn(lanes);
      wake();
      await health.well();
    }
    return 0;
  }

  async function run(lane: Lane): Promise<void> {
    while (!signal.aborted) {
      const waitMs = await turn(lane).catch((error: unknown) => {
        // Once for as long as it lasts: the lines before it may be needed.
        if (!signal.aborted) {
          log[lane.canLook ? 'warn' : 'debug']({ err: asFailure(error) }, 'cards cannot be looked at');
        }
        lane.canLook = false;
        return databaseAwayMs;
      });
      if (waitMs > 0) await pause(lane, waitMs, signal);
    }
  }

  return {
    wake,
    async start(): Promise<void> {
      await Promise.all(lanes.map(run));
    },
  };
}

function createLane(number: CardLane): Lane {
  return {
    number,
    failures: 0,
    failedAt: 0,
    waitUntil: 0,
    isAskedToWait: false,
    isWanted: true,
    canLook: true,
    wakeUp: () => undefined,
  };
}

function holdBack(lane: Lane, failure: Failure): void {
  lane.failures += 1;
  lane.failedAt = Date.now();
  const askedMs = failure instanceof TransientFailure ? failure.retryAfterMs : undefined;
  lane.isAskedToWait = askedMs !== undefined;
  lane.waitUntil = lane.failedAt + (askedMs ?? backoffMs(lane.failures, Math.random()));
}

/** The platform answers again, so that nobody has to wait for it any more but where it asked for that. */
function goOn(lanes: readonly Lane[]): void {
  for (const lane of lanes) {
    if (!lane.isAskedToWait || lane.waitUntil < Date.now()) lane.waitUntil = 0;
  }
}

async function pause(lane: Lane, waitMs: number, signal: AbortSignal): Promise<void> {
  // Many notices at once are one look.
  await sleep(coalesceMs, undefined, { signal }).catch(() => undefined);
  if (signal.aborted || (lane.isWanted && lane.waitUntil <= Date.now())) return;
  await new Promise<void>((resolve) => {
    const timer = setTimeout(resolve, waitMs);
    lane.wakeUp = () => {
      clearTimeout(timer);
      resolve();
    };
  });
}

/** One alert for as long as a person must mend something at this chat; it reaches people through the others. */
function createChatHealth({ chat, ctx, log }: RunOptions) {
  const module = `chat-${chat.platform}`;
  // After a start nobody knows whether an earlier process left an alert open.
  let isKnownWell = false;
  const quietly = (told: Promise<void>) =>
    told.catch((error: unknown) => log.warn({ err: asFailure(error) }, 'an alert could not be written'));
  return {
    async down({ code, message }: Failure): Promise<void> {
      isKnownWell = false;
      await quietly(alertConfiguration(ctx, { module, code, message }));
    },
    async well(): Promise<void> {
      if (isKnownWell) return;
      isKnownWell = true;
      await quietly(clearConfigurationAlert(ctx, module));
    },
  };
}
