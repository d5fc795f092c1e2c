import type { BlockRules } from './blocks/check.ts';
import type { SlackBookmark, SlackChange, SlackUser } from './contract.ts';
import type { FaultPlan } from './faults.ts';
import type { FileShelf } from './files.ts';
import type { TimestampClock } from './ids.ts';
import type { Messages } from './messages.ts';
import type { RateLimits } from './rate-limits.ts';
import type { ChannelRecord, HomeRecord, Identity, ScheduledRecord, UserGroup } from './records.ts';
import type { ResponseUrls } from './response-urls.ts';
import type { Table } from './store.ts';
import type { Triggers } from './triggers.ts';
import type { Views } from './views.ts';

/** Everything that a method of the Web API or an action of a person needs; built once per workspace. */
export type SlackContext = {
  now: () => Date;
  identity: Identity;
  /** The app's name, as people mention it. */
  appName: string;
  scopes: ReadonlySet<string>;
  commands: readonly string[];
  users: Table<SlackUser>;
  groups: Table<UserGroup>;
  channels: Table<ChannelRecord>;
  messages: Messages;
  files: FileShelf;
  pins: Table<{ channel: string; ts: string; pinnedAtSeconds: number }>;
  bookmarks: Table<SlackBookmark>;
  homes: Table<HomeRecord>;
  scheduled: Table<ScheduledRecord>;
  views: Views;
  triggers: Triggers;
  responseUrls: ResponseUrls;
  clock: TimestampClock;
  limits: RateLimits;
  faults: FaultPlan;
  blockRules: BlockRules;
  emit: (change: SlackChange) => void;
  /** Something went wrong before a person's eyes. */
  trouble: (userId: string, what: string) => void;
  /** Sends an event to the app, again and again until it is acknowledged; resolves after the first attempt. */
  sendEvent: (event: Record<string, unknown>) => Promise<void>;
  /** Origin of the Web API, without a path. */
  origin: () => string;
  publicUrl: () => string;
  issueTicket: () => string;
};
