import { z } from 'zod';
import type { Actor } from '../domain/actor.ts';
import { type CardContent, cardContentSchema, cardKinds } from '../domain/card.ts';
import type { StatePort } from './port.ts';
import { row, timestamp } from './row.ts';

const deliveryRow = row({
  cardId: z.uuid(),
  platform: z.string(),
  channel: z.string(),
  messageId: z.string().nullable(),
  revSent: z.number().int(),
  error: z.string().nullable(),
});

const cardShape = {
  id: z.uuid(),
  subject: z.string(),
  kind: z.enum(cardKinds),
  competitionId: z.uuid().nullable(),
  rev: z.number().int(),
  content: cardContentSchema,
  updatedAt: timestamp,
};
const plainCardRow = row(cardShape);
const cardRow = row({ ...cardShape, deliveries: z.array(deliveryRow) });
export type CardRow = z.output<typeof cardRow>;

/** Writes the newest content of a subject's card; unchanged content changes nothing and tells nobody. */
export async function saveCard(
  state: StatePort,
  input: { subject: string; competitionId: string | null; content: CardContent; actor: Actor },
): Promise<void> {
  await state.call(
    'save_card',
    {
      p_subject: input.subject,
      p_kind: input.content.kind,
      p_competition_id: input.competitionId,
      p_content: input.content,
      p_actor: input.actor,
    },
    plainCardRow.nullable(),
  );
}

export function getCard(state: StatePort, id: string): Promise<CardRow | null> {
  return state.call('get_card', { p_id: id }, cardRow.nullable());
}

export async function recordCardDelivery(
  state: StatePort,
  input: {
    cardId: string;
    platform: string;
    channel: string;
    messageId: string | null;
    rev: number;
    error: string | null;
  },
): Promise<void> {
  await state.call(
    'record_card_delivery',
    {
      p_card_id: input.cardId,
      p_platform: input.platform,
      p_channel: input.channel,
      p_message_id: input.messageId,
      p_rev: input.rev,
      p_error: input.error,
    },
    deliveryRow,
  );
}
