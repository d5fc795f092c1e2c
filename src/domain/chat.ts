import type { CardContent } from './card.ts';
import type { Preferences } from './preferences.ts';

/** Where in a chat a card stands: the home channel, a reply under another card's message, the alert channel. */
export type CardSurface = 'home' | 'thread' | 'alerts';

/** A card's copy in one chat. */
export type Posted = {
  messageId: string;
  /** Where replies to it go, once there is such a place. */
  threadId: string | null;
  /** What the platform's side wants to remember of it, for example the id of an uploaded picture. */
  memory: Readonly<Record<string, string>>;
};

export type OutgoingCard = {
  /** UUID, the key by which a copy is found again after a crash. */
  id: string;
  rev: number;
  content: CardContent;
  surface: CardSurface;
  /** The copy to rewrite; null for the first post. */
  previous: Posted | null;
  /**
   * True where an earlier post may have taken effect without our knowing: the platform is asked for it by the
   * card's id before anything is posted again.
   */
  mayBePosted: boolean;
  /** The message that this one replies to, on the surface `thread`. */
  parent: Posted | null;
  /** Whom the first post mentions. */
  mention: 'nobody' | 'operators' | 'escalation';
  isPinned: boolean;
  preferences: Preferences;
};

/** A place where people read and answer: a Slack channel, a Discord channel, the console. */
export type Chat = {
  platform: 'slack' | 'discord' | 'console' | 'none';
  /** The home channel's id. */
  channel: string;
  /** False where nobody can answer: decisions take their default at once. */
  canAnswer: boolean;
  /**
   * Posts a card, or rewrites it where it was posted before.
   * @throws TransientFailure while the platform does not answer or asks to wait (`retryAfterMs` in its details),
   * ConfigurationFailure where a person must mend something (token, permission, channel), BusinessFailure where the
   * platform refuses this one card for good
   */
  deliver(card: OutgoingCard, signal: AbortSignal): Promise<Posted>;
  /** Says something at once, without the database: for when the ground gives way. Never throws. */
  sayDirectly(message: { severity: 'critical' | 'warning'; text: string }): Promise<void>;
};
