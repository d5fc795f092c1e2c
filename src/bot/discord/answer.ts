import type { Log } from '../../domain/log.ts';
import type { Card } from '../card.ts';
import type { Reply } from '../door.ts';
import type { Translate } from '../i18n.ts';
import { type Acted, isOnPrivateMessage } from './acknowledge.ts';
import { deleteOriginal, followUp, rewriteOriginal } from './follow-up.ts';
import type { Kept } from './kept.ts';
import type { Body } from './messages.ts';
import { formOffer, note } from './own-cards.ts';
import type { DrawChart } from './pictures.ts';
import { sendBody } from './send-body.ts';

export type AnswerOptions = { drawChart: DrawChart; log: Log; kept: Kept };

/** How the first answer was given: by "thinking", or quietly in answer to a press. */
export type Deferred = 'privately' | 'quietly';

/** Says what the door replied, to the one who asked or to everybody. */
export async function answer(
  interaction: Acted,
  reply: Reply,
  { deferred, plain, options }: { deferred: Deferred; plain: Translate; options: AnswerOptions },
): Promise<void> {
  const isThere = deferred === 'privately' || isOnPrivateMessage(interaction);
  if (reply.kind === 'silence') {
    // The card that was pressed changes by itself; a private one has nothing left to say.
    if (isThere) await deleteOriginal(interaction);
    return;
  }
  if (reply.kind === 'form') {
    const key = options.kept.keepForm(reply.form);
    return sayPrivately(interaction, formOffer(key, reply.form, plain), isThere, options);
  }
  options.kept.keepConfirms(reply.card);
  if (reply.audience === 'private') return sayPrivately(interaction, reply.card, isThere, options);
  // The first message after "thinking" would fill that in, and be as private as it.
  if (deferred === 'privately') {
    await sayPrivately(interaction, note(plain('chats:discord.shown')), true, options);
  }
  await send(reply.card, options, (body) => followUp(interaction, body, false));
  if (isThere) await deleteOriginal(interaction);
}

/** @param isThere a private message is there already and is rewritten */
export async function sayPrivately(
  interaction: Acted,
  card: Card,
  isThere: boolean,
  options: AnswerOptions,
): Promise<void> {
  await send(card, options, (body) =>
    isThere ? rewriteOriginal(interaction, body) : followUp(interaction, body, true),
  );
}

function send(card: Card, options: AnswerOptions, say: (body: Body) => Promise<void>): Promise<void> {
  return sendBody<void>({ card, marker: null, mention: null, kept: null }, options, say);
}
