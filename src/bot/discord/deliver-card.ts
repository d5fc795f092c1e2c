import type { REST } from 'discord.js';
import type { OutgoingCard, Posted } from '../../domain/chat.ts';
import type { Log } from '../../domain/log.ts';
import type { Card } from '../card.ts';
import type { DiscordApi } from './api.ts';
import { codeOf, codes, failureOf, OldMessageRefused } from './failure-of.ts';
import { mentionRole } from './ink.ts';
import { isMarked, markerOf, nonceOf } from './marker.ts';
import { editMessage, postMessage, recentMessages, type SentMessage } from './messages.ts';
import { attachmentsHash, type DrawChart } from './pictures.ts';
import { type Sending, sendBody } from './send-body.ts';
import { type Message, openThread, setPin, unarchive } from './threads.ts';

export type DeliverOptions = {
  api: DiscordApi;
  channelId: string;
  /** Null: the home channel. */
  alertChannelId: string | null;
  operatorRoles: readonly string[];
  /** Empty: the operators. */
  escalationRoles: readonly string[];
  render: (card: OutgoingCard) => Card;
  drawChart: DrawChart;
  /** The bot's own user id. */
  ownId: () => Promise<string>;
  log: Log;
};

type Delivery = {
  outgoing: OutgoingCard;
  card: Card;
  rest: REST;
  options: DeliverOptions;
  signal: AbortSignal;
};

/** Posts or rewrites a card, see `Chat.deliver`. */
export async function deliverCard(
  outgoing: OutgoingCard,
  options: DeliverOptions,
  signal: AbortSignal,
): Promise<Posted> {
  const isLiving = outgoing.content.kind === 'status' || outgoing.content.kind === 'board';
  const rest = isLiving ? options.api.living : options.api.patient;
  try {
    const delivery = { outgoing, card: options.render(outgoing), rest, options, signal };
    const { previous } = outgoing;
    return previous === null ? await firstPost(delivery) : await rewrite(delivery, previous);
  } catch (error) {
    throw failureOf(error, outgoing.surface === 'alerts' ? alertsOf(options) : options.channelId);
  }
}

async function firstPost(delivery: Delivery): Promise<Posted> {
  const { outgoing } = delivery;
  const found = outgoing.mayBePosted ? await findPosted(delivery) : null;
  if (found !== null) {
    // Its text may be that of an earlier revision.
    return rewrite(delivery, {
      messageId: found.id,
      threadId: null,
      memory: memoryOf(found, '', null),
    });
  }
  const sent = await post(delivery, null);
  return settle(delivery, sent, null);
}

/** The message of this card among the newest of every channel in which it may have been posted. */
async function findPosted({ outgoing, options, rest, signal }: Delivery): Promise<SentMessage | null> {
  const marker = markerOf(outgoing.id);
  const ownId = await options.ownId();
  for (const channelId of placesOf(outgoing, options)) {
    try {
      const messages = await recentMessages(rest, channelId, signal);
      const found = messages.find((one) => one.authorId === ownId && isMarked(one.components, marker));
      if (found !== undefined) return found;
    } catch (error) {
      // A thread that was never made holds nothing.
      if (codeOf(error) !== codes.unknownChannel || channelId === options.channelId) throw error;
    }
  }
  return null;
}

/** Best place first. */
function placesOf({ surface, parent }: OutgoingCard, options: DeliverOptions): string[] {
  if (surface === 'alerts') return [alertsOf(options)];
  if (surface === 'home' || parent === null) return [options.channelId];
  return [parent.threadId ?? parent.messageId, options.channelId];
}

function alertsOf({ alertChannelId, channelId }: DeliverOptions): string {
  return alertChannelId ?? channelId;
}

/** @param replaced the message in whose place this one is posted: then nobody is called a second time */
async function post(delivery: Delivery, replaced: Posted | null): Promise<SentMessage> {
  const { outgoing, options, rest, signal } = delivery;
  const mention = replaced === null ? mentionOf(outgoing, options) : null;
  const nonce = nonceOf(outgoing.id, replaced === null ? null : outgoing.rev);
  const sendTo = (channelId: string) =>
    sendBody(sendingOf(delivery, mention, null), options, (body) =>
      postMessage(rest, channelId, { ...body, nonce }, signal),
    );
  const { surface, parent } = outgoing;
  if (surface !== 'thread' || parent === null) {
    return sendTo(surface === 'alerts' ? alertsOf(options) : options.channelId);
  }
  try {
    return await sendTo(parent.threadId ?? parent.messageId);
  } catch (error) {
    const code = codeOf(error);
    if (code === codes.locked) return sendTo(options.channelId);
    if (code !== codes.unknownChannel) throw error;
  }
  const channelId = parent.memory.channel ?? options.channelId;
  const message = { channelId, messageId: parent.messageId };
  const threadId = await threadIfAllowed(delivery, message);
  return sendTo(threadId ?? options.channelId);
}

async function rewrite(delivery: Delivery, previous: Posted): Promise<Posted> {
  const { options, rest, signal, card } = delivery;
  const channelId = previous.memory.channel ?? options.channelId;
  const message = { channelId, messageId: previous.messageId };
  const edit = () =>
    sendBody(sendingOf(delivery, null, keptFiles(card, previous)), options, (body) =>
      editMessage(rest, message, body, signal),
    );
  try {
    return await settle(delivery, await edit(), previous);
  } catch (error) {
    const code = codeOf(error);
    if (code === codes.archived) {
      await unarchive(options.api.patient, channelId, signal);
      return settle(delivery, await edit(), previous);
    }
    const isGone = code === codes.unknownMessage || code === codes.unknownChannel;
    const isTooOld = error instanceof OldMessageRefused;
    if (!isGone && !isTooOld && code !== codes.locked) throw error;
    if (isTooOld && previous.memory.pinned !== undefined) {
      await setPin(options.api.patient, message, false, { ...options, signal });
    }
  }
  const { pinned: _pinned, ...memory } = previous.memory;
  const sent = await post(delivery, previous);
  return settle(delivery, sent, { ...previous, memory });
}

function sendingOf(
  { outgoing, card }: Delivery,
  mention: Sending['mention'],
  kept: Sending['kept'],
): Sending {
  return { card, marker: markerOf(outgoing.id), mention, kept };
}

/** Files of the message that are still those of the card. */
function keptFiles(card: Card, { memory }: Posted): readonly string[] | null {
  const hash = attachmentsHash(card);
  if (hash === '' || memory.hash !== hash || memory.files === undefined) return null;
  return memory.files.split(',');
}

function mentionOf({ mention }: OutgoingCard, options: DeliverOptions): Sending['mention'] {
  const wanted =
    mention === 'escalation' && options.escalationRoles.length > 0
      ? options.escalationRoles
      : options.operatorRoles;
  if (mention === 'nobody' || wanted.length === 0) return null;
  return { markup: wanted.map(mentionRole).join(' '), roles: wanted };
}

/** Thread and pin, once the message is there. */
async function settle(delivery: Delivery, sent: SentMessage, previous: Posted | null): Promise<Posted> {
  const { outgoing, card } = delivery;
  const message = { channelId: sent.channelId, messageId: sent.id };
  const isRoot = outgoing.content.kind === 'status' && outgoing.surface === 'home';
  const threadId = previous?.threadId ?? (isRoot ? await threadIfAllowed(delivery, message) : null);
  const isPinned = await pinAsWanted(delivery, message, previous?.memory.pinned !== undefined);
  return {
    messageId: sent.id,
    threadId,
    memory: memoryOf(sent, attachmentsHash(card), isPinned ? 'yes' : null),
  };
}

async function pinAsWanted(
  { outgoing: { isPinned }, options, signal }: Delivery,
  message: Message,
  wasPinned: boolean,
): Promise<boolean> {
  if (isPinned === wasPinned) return wasPinned;
  const isDone = await setPin(options.api.patient, message, isPinned, { ...options, signal });
  return isDone ? isPinned : wasPinned;
}

/** Without the permission for threads, what belongs into them goes to the channel: better there than nowhere. */
async function threadIfAllowed(
  { outgoing, options, signal }: Delivery,
  message: Message,
): Promise<string | null> {
  try {
    return await openThread(options.api.patient, message, threadName(outgoing), signal);
  } catch (error) {
    const failure = failureOf(error, message.channelId);
    if (failure.kind !== 'configuration') throw error;
    options.log.warn({ err: failure }, 'Discord thread not allowed');
    return null;
  }
}

function memoryOf(sent: SentMessage, hash: string, pinned: string | null): Posted['memory'] {
  return {
    channel: sent.channelId,
    ...(hash === '' || sent.attachmentIds.length === 0 ? {} : { hash, files: sent.attachmentIds.join(',') }),
    ...(pinned === null ? {} : { pinned }),
  };
}

function threadName({ content }: OutgoingCard): string {
  return 'slug' in content ? content.slug : content.kind;
}
