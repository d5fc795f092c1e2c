import type { CardContent } from './card.ts';

/** A place where people read and answer: a Slack channel, a Discord channel, the console. */
export type Chat = {
  platform: string;
  channel: string;
  /** False where nobody can answer: decisions take their default at once. */
  canAnswer: boolean;
  /**
   * Posts a card, or rewrites it where it was posted before.
   * @returns the message's id on the platform
   */
  deliver(
    card: { id: string; rev: number; content: CardContent },
    previousMessageId: string | null,
  ): Promise<string>;
};
