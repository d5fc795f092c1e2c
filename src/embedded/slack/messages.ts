import type { TimestampClock } from './ids.ts';
import { type MessageRecord, messageSchema } from './records.ts';
import type { Store } from './store.ts';

export type NewMessage = Pick<MessageRecord, 'channel' | 'user' | 'isBot' | 'text'> &
  Partial<Omit<MessageRecord, 'ts'>>;

/** All messages of the workspace. Ephemeral ones live in memory alone, as in Slack's clients. */
export type Messages = {
  add(message: NewMessage): MessageRecord;
  get(channel: string, ts: string): MessageRecord | null;
  update(message: MessageRecord): void;
  remove(channel: string, ts: string): void;
  /** Of one channel, oldest first. */
  list(channel: string): MessageRecord[];
  replies(channel: string, threadTs: string): MessageRecord[];
};

export function createMessages(store: Store, clock: TimestampClock): Messages {
  const kept = store.table('messages', messageSchema);
  const byChannel = new Map<string, Map<string, MessageRecord>>();
  const channelOf = (id: string): Map<string, MessageRecord> => {
    const channel = byChannel.get(id) ?? new Map<string, MessageRecord>();
    byChannel.set(id, channel);
    return channel;
  };
  for (const message of kept.values()) {
    channelOf(message.channel).set(message.ts, message);
    clock.atLeast(message.ts);
  }
  const write = (message: MessageRecord): void => {
    channelOf(message.channel).set(message.ts, message);
    if (message.ephemeralFor === null) kept.set(keyOf(message), message);
  };
  const ephemeral: MessageRecord[] = [];
  /** Clients drop what is only for one person sooner or later. */
  const forgetOldEphemeral = (added: MessageRecord): void => {
    if (added.ephemeralFor === null) return;
    ephemeral.push(added);
    const oldest = ephemeral.length > maxEphemeral ? ephemeral.shift() : undefined;
    if (oldest !== undefined) byChannel.get(oldest.channel)?.delete(oldest.ts);
  };
  const list = (channel: string) => [...(byChannel.get(channel)?.values() ?? [])];

  return {
    add(message) {
      const added: MessageRecord = { ...emptyMessage, ...message, ts: clock.next() };
      write(added);
      forgetOldEphemeral(added);
      return added;
    },
    get: (channel, ts) => byChannel.get(channel)?.get(ts) ?? null,
    update: write,
    remove(channel, ts) {
      byChannel.get(channel)?.delete(ts);
      kept.delete(keyOf({ channel, ts }));
    },
    list,
    replies: (channel, threadTs) => list(channel).filter((message) => message.threadTs === threadTs),
  };
}

const maxEphemeral = 1000;

const emptyMessage = {
  blocks: [],
  threadTs: null,
  isBroadcast: false,
  editedTs: null,
  metadata: null,
  fileIds: [],
  ephemeralFor: null,
  isTombstone: false,
} satisfies Partial<MessageRecord>;

function keyOf({ channel, ts }: { channel: string; ts: string }): string {
  return `${channel}/${ts}`;
}
