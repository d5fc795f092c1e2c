import type { Context } from '../../context.ts';
import { asFailure } from '../../domain/errors.ts';
import { getCard, recordCardDelivery } from '../../state/cards.ts';

/** Brings every chat's copy of a card to its newest revision; a chat that fails holds no other up. */
export async function deliverCard(ctx: Context, input: { cardId: string }): Promise<void> {
  const card = await getCard(ctx.state, input.cardId);
  if (card === null) return;
  const failures: unknown[] = [];
  for (const chat of ctx.chats) {
    const sent = card.deliveries.find(
      ({ platform, channel }) => platform === chat.platform && channel === chat.channel,
    );
    if (sent !== undefined && sent.revSent >= card.rev) continue;
    const delivery = { cardId: card.id, platform: chat.platform, channel: chat.channel, rev: card.rev };
    try {
      const messageId = await chat.deliver(card, sent?.messageId ?? null);
      await recordCardDelivery(ctx.state, { ...delivery, messageId, error: null });
    } catch (error) {
      failures.push(error);
      ctx.log.warn({ err: asFailure(error), platform: chat.platform }, 'card could not be delivered');
    }
  }
  const [first] = failures;
  if (first !== undefined) throw asFailure(first);
}
