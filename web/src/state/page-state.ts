import type {
  CommandHint,
  Frame,
  PageChannel,
  PageHome,
  PageMessage,
  PagePerson,
  PageView,
} from '../../../src/embedded/page/wire.ts';

export type Connection = 'connecting' | 'open' | 'lost';

export type Toast = { id: number; text: string };

type ByTs = Readonly<Record<string, PageMessage>>;

export type PageState = {
  connection: Connection;
  /** Grows with each snapshot: what was fetched besides is fetched anew. */
  epoch: number;
  me: string;
  bot: string;
  people: readonly PagePerson[];
  channels: readonly PageChannel[];
  /** By channel, then by `ts`; replies of threads among them. */
  messages: Readonly<Record<string, ByTs>>;
  /** Channels that have older messages than those at hand. */
  hasMore: readonly string[];
  views: readonly PageView[];
  /** When somebody last did something on this very page, in milliseconds since 1970. */
  lastDeedAtMs: number;
  home: PageHome | null;
  hints: readonly CommandHint[];
  toasts: readonly Toast[];
  /** For screen readers: what was said last. */
  said: string;
};

export const emptyState: PageState = {
  connection: 'connecting',
  epoch: 0,
  me: '',
  bot: '',
  people: [],
  channels: [],
  messages: {},
  hasMore: [],
  views: [],
  lastDeedAtMs: 0,
  home: null,
  hints: [],
  toasts: [],
  said: '',
};

export type PageEvent =
  | { type: 'frame'; frame: Frame; atMs: number }
  | { type: 'deed'; atMs: number }
  | { type: 'connection'; connection: Connection }
  /** Older messages of a channel, or the replies of a thread. */
  | { type: 'fetched'; channel: string; messages: readonly PageMessage[]; hasMore: boolean | null }
  | { type: 'toast'; text: string }
  | { type: 'toast-closed'; id: number };

/** The page after something happened; pure. */
export function nextState(state: PageState, event: PageEvent): PageState {
  switch (event.type) {
    case 'frame':
      return afterFrame(state, event.frame, event.atMs);
    case 'deed':
      return { ...state, lastDeedAtMs: event.atMs };
    case 'connection':
      return { ...state, connection: event.connection };
    case 'fetched':
      return afterFetched(state, event);
    case 'toast':
      return withToast(state, event.text);
    case 'toast-closed':
      return { ...state, toasts: state.toasts.filter(({ id }) => id !== event.id) };
  }
}

function afterFrame(state: PageState, frame: Frame, atMs: number): PageState {
  switch (frame.type) {
    case 'snapshot': {
      const { type: _type, messages, ...rest } = frame;
      return {
        ...state,
        ...rest,
        connection: 'open',
        epoch: state.epoch + 1,
        messages: messages.reduce(withMessage, {}),
      };
    }
    case 'message':
      return {
        ...state,
        messages: withMessage(state.messages, frame.message),
        said: saidBy(state, frame.message),
      };
    case 'gone':
      return { ...state, messages: withoutMessage(state.messages, frame.channel, frame.ts) };
    case 'channels':
      return { ...state, channels: frame.channels };
    case 'views':
      return { ...state, views: ownViews(state, frame.views, atMs) };
    case 'home':
      return { ...state, home: frame.home };
    case 'trouble':
      return withToast(state, frame.what);
  }
}

/** An app has three seconds to answer, and a modal to be opened after that; the rest is for a slow machine. */
const opensWithinMs = 8_000;

/** A modal opens where somebody asked for it, not on every page that they have open. */
function ownViews(state: PageState, views: readonly PageView[], atMs: number): PageView[] {
  const isAnswer = atMs - state.lastDeedAtMs < opensWithinMs;
  return views.filter(({ viewId }) => isAnswer || state.views.some((known) => known.viewId === viewId));
}

/** New messages are told; edits of living ones would never let a screen reader rest. */
function saidBy(state: PageState, message: PageMessage): string {
  const isKnown = state.messages[message.channel]?.[message.ts] !== undefined;
  if (isKnown || message.user === state.me) return state.said;
  return message.text;
}

function withMessage(messages: PageState['messages'], message: PageMessage): PageState['messages'] {
  return { ...messages, [message.channel]: { ...messages[message.channel], [message.ts]: message } };
}

function withoutMessage(messages: PageState['messages'], channel: string, ts: string): PageState['messages'] {
  const { [ts]: gone, ...rest } = messages[channel] ?? {};
  if (gone === undefined) return messages;
  const root = gone.threadTs === null ? undefined : rest[gone.threadTs];
  const mended =
    root === undefined
      ? rest
      : { ...rest, [root.ts]: { ...root, replyCount: Math.max(0, root.replyCount - 1) } };
  return { ...messages, [channel]: mended };
}

function afterFetched(state: PageState, event: Extract<PageEvent, { type: 'fetched' }>): PageState {
  const { channel, messages, hasMore } = event;
  const others = state.hasMore.filter((one) => one !== channel);
  return {
    ...state,
    messages: messages.reduce(withMessage, state.messages),
    hasMore: hasMore === null ? state.hasMore : hasMore ? [...others, channel] : others,
  };
}

/** The same trouble twice at once (told by the call and by the workspace) is one. */
function withToast(state: PageState, text: string): PageState {
  if (state.toasts.some((toast) => toast.text === text)) return state;
  const id = Math.max(0, ...state.toasts.map((toast) => toast.id)) + 1;
  return { ...state, toasts: [...state.toasts, { id, text }] };
}

const byTs = (a: PageMessage, b: PageMessage): number => (a.ts < b.ts ? -1 : a.ts > b.ts ? 1 : 0);

/** What stands in the channel itself: no replies but those that were also sent there. */
export function channelMessages(state: PageState, channel: string): PageMessage[] {
  const all = Object.values(state.messages[channel] ?? {});
  return all.filter(({ threadTs, isBroadcast }) => threadTs === null || isBroadcast).sort(byTs);
}

export function threadMessages(state: PageState, channel: string, root: string): PageMessage[] {
  const all = Object.values(state.messages[channel] ?? {});
  return all.filter(({ threadTs }) => threadTs === root).sort(byTs);
}
