import { z } from 'zod';
import type { Actor } from '../domain/actor.ts';
import type { CardContent } from '../domain/card.ts';
import { isOver, laneOf } from '../domain/card-lane.ts';
import type { CardSurface, OutgoingCard } from '../domain/chat.ts';
import type { StatePort } from './port.ts';
import { row, timestamp } from './row.ts';

const deliveryShape = {
  cardId: z.uuid(),
  platform: z.string(),
  channel: z.string(),
  messageId: z.string().nullable(),
  threadId: z.string().nullable(),
  memory: z.record(z.string(), z.string()),
  postedAt: timestamp.nullable(),
  lastEditAt: timestamp.nullable(),
  revSent: z.number().int(),
  revFailed: z.number().int().nullable(),
  isDue: z.boolean(),
  tries: z.number().int(),
  error: z.string().nullable(),
};
export const deliveryRow = row(deliveryShape);

const cardShape = {
  id: z.uuid(),
  subject: z.string(),
  kind: z.string(),
  competitionId: z.uuid().nullable(),
  rev: z.number().int(),
  /** Facts; one that an older version wrote may not be `CardContent` any more. */
  content: z.unknown(),
  surface: z.enum(['home', 'thread', 'alerts']),
  parentSubject: z.string().nullable(),
  mention: z.enum(['nobody', 'operators', 'escalation']),
  isUrgent: z.boolean(),
  isPinned: z.boolean(),
  isOver: z.boolean(),
  lane: z.number().int(),
  createdAt: timestamp,
  updatedAt: timestamp,
};
export const plainCardRow = row(cardShape);
const cardRow = row({ ...cardShape, deliveries: z.array(deliveryRow) });
export type PlainCardRow = z.output<typeof plainCardRow>;
export type CardRow = z.output<typeof cardRow>;

export type CardInput = {
  /** What the card is about; one card per subject, rewritten in place. */
  subject: string;
  competitionId: string | null;
  content: CardContent;
  actor: Actor;
  /** Where it stands, and what follows it: fixed with the first save. The home channel by default. */
  surface?: CardSurface;
  /** Subject of the card that this one replies to; it must have been saved before. */
  parentSubject?: string | null;
  /** Whom the first post mentions, outside quiet hours. Nobody by default. */
  mention?: OutgoingCard['mention'];
  /** Mentions people in their quiet hours too. */
  isUrgent?: boolean;
  isPinned?: boolean;
  /** The first content stays, whatever is saved later. */
  isOnce?: boolean;
};

/**
 * Writes the newest content of a subject's card, which every chat then shows; unchanged content changes nothing and
 * tells nobody.
 * @returns null where nothing changed
 */
export function saveCard(state: StatePort, input: CardInput): Promise<PlainCardRow | null> {
  const { content } = input;
  return state.call(
    'save_card',
    {
      p_subject: input.subject,
      p_kind: content.kind,
      p_competition_id: input.competitionId,
      p_content: content,
      p_surface: input.surface ?? 'home',
      p_parent_subject: input.parentSubject ?? null,
      p_mention: input.mention ?? 'nobody',
      p_is_urgent: input.isUrgent ?? false,
      p_is_pinned: input.isPinned ?? false,
      p_is_over: isOver(content),
      p_lane: laneOf(content),
      p_is_once: input.isOnce ?? false,
      p_actor: input.actor,
    },
    plainCardRow.nullable(),
  );
}

export function findCard(state: StatePort, subject: string): Promise<CardRow | null> {
  return state.call('find_card', { p_subject: subject }, cardRow.nullable());
}

/** The newest card of a kind about a competition. */
export function latestCard(
  state: StatePort,
  competitionId: string,
  kind: CardContent['kind'],
): Promise<CardRow | null> {
  return state.call('latest_card', { p_competition_id: competitionId, p_kind: kind }, cardRow.nullable());
}

/** The slug of the competition that a message, or the thread below it, is about. */
export function competitionOfMessage(
  state: StatePort,
  message: { platform: string; channel: string; messageId: string },
): Promise<string | null> {
  return state.call(
    'competition_of_message',
    { p_platform: message.platform, p_channel: message.channel, p_message_id: message.messageId },
    z.string().nullable(),
  );
}
