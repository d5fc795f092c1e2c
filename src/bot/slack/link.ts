import type { Receiver } from '@slack/bolt';
import type { Failure } from '../../domain/errors.ts';

/** How Slack reaches us: a socket that we open, or requests that it makes. */
export type SlackLink = {
  mode: 'socket' | 'http';
  receiver: Receiver;
  /**
   * Resolves after the first attempt, whether or not it worked: what failed is tried again by itself.
   * @throws ConfigurationFailure `slack.port_taken`
   */
  start(): Promise<void>;
  stop(): Promise<void>;
  /** What keeps Slack from reaching us; null while it can. */
  trouble(): Failure | null;
};
