import type { Config } from '../config/load.ts';
import type { Context, Policy } from '../context.ts';
import type { Actor } from '../domain/actor.ts';
import type { Chat } from '../domain/chat.ts';
import type { FlowsFor } from '../domain/command-results.ts';
import type { SystemFailure } from '../domain/errors.ts';
import type { Closers } from '../infra/closers.ts';
import type { Logging } from '../infra/logger.ts';
import type { ChangeFeed } from '../state/change-feed.ts';
import type { DataFolder } from './data-folder.ts';
import type { ServiceCheck } from './health.ts';
import type { VaultLink } from './secrets.ts';

export type AgentOptions = {
  config: Config;
  /** Null where no Vault is configured. */
  vault: VaultLink | null;
  logging: Logging;
  /** Who the person at this door is. */
  actor: Actor;
  /** Any free port instead of the configured ones. */
  anyPort: boolean;
  afterEmergency: boolean;
  /** Opens the chats that this process talks through. */
  openChats: (parts: AgentParts) => Promise<AgentChats>;
  onProgress: (text: string) => void;
  /** The ground gave way: the process should end, with this to tell. */
  onEmergency: (failure: SystemFailure) => void;
  signal: AbortSignal;
};

/** Chats, and how their connections are. */
export type AgentChats = { chats: readonly Chat[]; services: readonly ServiceCheck[] };

/** What chats are built over. */
export type AgentParts = {
  flowsFor: FlowsFor;
  feed: ChangeFeed;
  installation: string;
  /** Of this folder; opens its pages. */
  pageKey: string;
  places: DataFolder;
  policy: Policy;
  contextOf: (actor: Actor) => Context;
  closers: Closers;
  /** Aborts when the agent begins to stop. */
  stopping: AbortSignal;
};
