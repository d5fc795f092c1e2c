import type { HomeView, KnownBlock, ModalView } from '@slack/types';

export type SlackUser = {
  id: string;
  /** Display name. */
  name: string;
  locale: string;
  tz: string;
  isAdmin: boolean;
  /** Guests: `is_restricted`. */
  isGuest: boolean;
  email?: string;
  isDeleted?: boolean;
  /** Another team than the workspace's: a stranger from a shared channel (Slack Connect). */
  teamId?: string;
};

export type SlackChannel = {
  id: string;
  name: string;
  isPrivate: boolean;
  isIm: boolean;
  isArchived: boolean;
  /** The app sees messages and mentions only where it is a member; posting in public channels needs none. */
  isBotMember: boolean;
  /** Whose direct messages with the app these are. */
  userId?: string;
};

export type SlackFile = {
  id: string;
  name: string;
  mimetype: string;
  title: string;
  altText: string;
  sizeBytes: number;
};

export type SlackMessage = {
  channel: string;
  ts: string;
  user: string;
  isBot: boolean;
  text: string;
  blocks: readonly KnownBlock[];
  threadTs: string | null;
  isBroadcast: boolean;
  editedTs: string | null;
  metadata: { event_type: string; event_payload: Record<string, unknown> } | null;
  files: readonly SlackFile[];
  isPinned: boolean;
  /** User who alone sees it; null for everybody. */
  ephemeralFor: string | null;
};

export type SlackBookmark = { id: string; channel: string; title: string; link: string; emoji: string };

/** A breach of Slack's protocol that Slack itself would swallow: a second acknowledgement, an unknown envelope. */
export type SlackViolation = { what: string; at: Date };

/** What a user saw go wrong, as Slack's client would show it ("operation_timeout", "dispatch_failed"). */
export type SlackTrouble = { userId: string; what: string; at: Date };

export type OpenView = {
  viewId: string;
  userId: string;
  view: ModalView;
  hash: string;
  /** Field errors of the last submission, by block id. */
  errors: Readonly<Record<string, string>>;
};

/** Something changed that a client shows; it reads what it needs anew. */
export type SlackChange =
  | {
      type: 'message';
      channel: string;
      ts: string;
      change: 'posted' | 'changed' | 'deleted';
      ephemeralFor: string | null;
    }
  | { type: 'view'; userId: string }
  | { type: 'home'; userId: string }
  | { type: 'trouble'; userId: string; what: string };

/** What a person does in Slack's client. Each resolves once the app has acknowledged or failed to. */
export type SlackClientActions = {
  /** @returns the id by which acknowledgement times are found; rejects for a channel that is not there */
  slash(userId: string, channel: string, command: string, text: string): Promise<Acknowledged>;
  /** A plain message; a mention of the bot becomes `app_mention`, one to the bot's DM `message.im`. */
  say(userId: string, channel: string, text: string, threadTs?: string): Promise<{ ts: string }>;
  /** A button, an overflow entry, a select's option, as it stands in a stored message, the home or an open view. */
  press(
    userId: string,
    target: { channel: string; ts: string } | { viewId: string } | { home: true },
    actionId: string,
    chosen?: { value: string },
  ): Promise<Acknowledged>;
  /** Options of an external select for what was typed. */
  suggest(
    userId: string,
    viewId: string,
    actionId: string,
    typed: string,
  ): Promise<readonly { text: string; value: string }[]>;
  /** `values` by block id, then action id, as Slack's `state.values`. */
  submit(
    userId: string,
    viewId: string,
    values: Readonly<Record<string, Record<string, unknown>>>,
  ): Promise<Acknowledged>;
  closeView(userId: string, viewId: string): Promise<void>;
  openHome(userId: string): Promise<void>;
  shortcut(userId: string, callbackId: string): Promise<Acknowledged>;
  /** `/invite @app`: the app becomes a member of the channel. */
  invite(channel: string): void;
  /** Archives the channel; the app hears `channel_archive` where it is a member. */
  archive(userId: string, channel: string): Promise<void>;
};

export type Acknowledged = {
  /** False where three seconds passed, or no connection took it. */
  isAcknowledged: boolean;
  elapsedMs: number;
  /** What the acknowledgement carried. */
  payload: unknown;
};

/**
 * Things that go wrong on purpose; for tests. Where a method is named, `response_url` and `upload` stand for posts to
 * such an address.
 */
export type SlackFaults = {
  /** The next `count` calls of a method (or of all) answer 429 with this Retry-After. */
  rateLimit(input: { method: string | null; count: number; retryAfterSeconds: number }): void;
  /** The next `count` calls answer this HTTP status. */
  fail(input: { method: string | null; count: number; status: number }): void;
  /** The next `count` calls are refused with this error, as `plan_upgrade_required` or `edit_window_closed`. */
  refuse(input: { method: string | null; count: number; error: string }): void;
  /** The call takes effect and the connection breaks before the answer. */
  dropAfterEffect(input: { method: string; count: number }): void;
  /** Nothing answers and all sockets are cut, until it is over. */
  outage(isOn: boolean): void;
  /** Cuts the sockets; with a reason, after a `disconnect` message. */
  dropSockets(reason?: 'refresh_requested' | 'warning' | 'link_disabled'): void;
  /** The next event is delivered twice, the second time as a retry. */
  duplicateNextEvent(): void;
  /** Both tokens stop to work, `tokens_revoked` is sent and the sockets end. */
  revokeTokens(): void;
  restoreTokens(): void;
  /** Slack is still looking at the next `count` uploads the first time they are shown in a block: `invalid_blocks`. */
  slowFiles(count: number): void;
};

/** The three kinds of what Slack sends to an app, by their names in Socket Mode. */
export type SlackDeliveryType = 'slash_commands' | 'interactive' | 'events_api';

/** How a forged HTTP request is signed; a stale one is six minutes old. */
export type SlackSignature = 'valid' | 'wrong' | 'missing' | 'stale';

/** What a payload sent by hand came to: the acknowledgement, and with HTTP the answer itself. */
export type RawDelivery = Acknowledged & { status: number | null };

/** A Slack workspace of its own: Web API and Socket Mode (and signed HTTP delivery) on loopback. */
export type SlackWorkspace = {
  /** For `slackApiUrl`. */
  apiUrl: string;
  botToken: string;
  appToken: string;
  signingSecret: string;
  teamId: string;
  botUserId: string;
  users(): readonly SlackUser[];
  addUser(user: Partial<SlackUser> & { name: string }): SlackUser;
  addUserGroup(handle: string, userIds: readonly string[]): { id: string };
  channels(): readonly SlackChannel[];
  /**
   * Newest last; with `threadTs` the replies of a thread, without it the channel's own messages and broadcasts.
   * `asUser` sees its own ephemeral messages only; without it all are there.
   */
  messages(input: { channel: string; threadTs?: string; asUser?: string }): readonly SlackMessage[];
  message(channel: string, ts: string): SlackMessage | null;
  file(id: string): { file: SlackFile; bytes: Buffer } | null;
  openViews(userId: string): readonly OpenView[];
  home(userId: string): HomeView | null;
  troubles(): readonly SlackTrouble[];
  actions: SlackClientActions;
  faults: SlackFaults;
  addChannel(channel: {
    name: string;
    isPrivate?: boolean;
    isArchived?: boolean;
    isBotMember?: boolean;
    /** Everybody where left out. */
    userIds?: readonly string[];
  }): SlackChannel;
  bookmarks(channel: string): readonly SlackBookmark[];
  /** Breaches of the protocol by the app; none in a healthy one. */
  violations(): readonly SlackViolation[];
  /** Sends any payload, as it is, to the app; by the socket, or by HTTP with that signature. For hostile tests. */
  deliverRaw(payload: unknown, type: SlackDeliveryType, signature?: SlackSignature): Promise<RawDelivery>;
  /** Open connections of Socket Mode. */
  connections(): number;
  /** Every call of the Web API so far, in order; tokens left out. */
  calls(): readonly {
    method: string;
    at: Date;
    args: Readonly<Record<string, unknown>>;
    error: string | null;
  }[];
  subscribe(listener: (change: SlackChange) => void): () => void;
  close(): Promise<void>;
};

export type SlackWorkspaceOptions = {
  /** 0: any free port. */
  port: number;
  /** Events and interactions go by signed HTTP requests to this address instead of the socket. */
  requestUrl?: string;
  channels: readonly string[];
  users: readonly (Partial<SlackUser> & { name: string })[];
  /** Where the workspace is kept over a restart; null: in memory only. */
  folder: string | null;
  /** Scopes of the bot token; all of the manifest's where left out. */
  scopes?: readonly string[];
  now: () => Date;
  /** Multiplies Slack's rates; 1 as at Slack, 0 for none. */
  rateLimits: number;
  /** The slash commands of the app; `/kaggle` where left out. */
  commands?: readonly string[];
  /** Types of blocks that this workspace does not know yet, such as `data_table`. */
  unknownBlocks?: readonly string[];
  /** Waits before an event is sent again; at once, a minute, five minutes where left out. */
  eventRetryDelaysMs?: readonly number[];
  /** Origin of permalinks; the workspace's own where left out. */
  publicUrl?: string;
};
