import type { Chat, OutgoingCard, Posted } from '../../src/domain/chat.ts';

export type RecordingChat = Chat & {
  /** Every call that took effect, in order. */
  calls: { at: number; card: OutgoingCard; isEdit: boolean }[];
  /** What a reader sees: message id to its newest card, in the order of the messages. */
  messages: Map<string, OutgoingCard>;
  said: string[];
};

type Options = Partial<Pick<Chat, 'platform' | 'channel' | 'canAnswer'>> & {
  /** Comes before a card takes effect: waits, or throws as a platform does. */
  before?: (card: OutgoingCard, signal: AbortSignal) => Promise<void> | void;
  /** Comes after it took effect. */
  after?: (card: OutgoingCard) => Promise<void> | void;
};

/** A chat that remembers what it shows, and finds a message by its card's id as platforms do. */
export function aRecordingChat(options: Options = {}): RecordingChat {
  const { before, after, ...place } = options;
  const calls: RecordingChat['calls'] = [];
  const messages: RecordingChat['messages'] = new Map();
  const said: string[] = [];
  return {
    platform: 'slack',
    channel: 'C1',
    canAnswer: true,
    ...place,
    calls,
    messages,
    said,
    async deliver(card, signal): Promise<Posted> {
      await before?.(card, signal);
      const found = card.mayBePosted
        ? [...messages].find(([, shown]) => shown.id === card.id)?.[0]
        : undefined;
      const messageId = card.previous?.messageId ?? found ?? `message-${messages.size + 1}`;
      messages.set(messageId, card);
      calls.push({ at: Date.now(), card, isEdit: card.previous !== null || found !== undefined });
      await after?.(card);
      return { messageId, threadId: null, memory: { rev: String(card.rev) } };
    },
    async sayDirectly({ text }) {
      said.push(text);
    },
  };
}
