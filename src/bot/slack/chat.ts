import type { Chat, OutgoingCard, Posted } from '../../domain/chat.ts';
import type { Log } from '../../domain/log.ts';
import type { Preferences } from '../../domain/preferences.ts';
import type { Card } from '../card.ts';
import { renderCard } from '../cards/render-card.ts';
import { chartKey } from '../charts/draw-chart.ts';
import type { Ink } from '../ink.ts';
import { createVoice } from '../voice.ts';
import { orAbort, type SlackClients } from './clients.ts';
import { cardEvent, findPosted } from './find-posted.ts';
import { mention, slackText } from './ink.ts';
import { cutMarkup, limits } from './limits.ts';
import type { Presenter } from './present.ts';
import type { SlackContent } from './render-card.ts';
import { isTokenDead, slackErrorOf, slackFailure } from './slack-failure.ts';
import type { Uploads } from './uploads.ts';

const directTimeoutMs = 5_000;

export type SlackChannels = {
  /** The home channel. */
  home: string;
  alerts: string;
};

export type ChatOptions = {
  clients: SlackClients;
  presenter: Presenter;
  uploads: Uploads;
  ink: Ink;
  channels: SlackChannels;
  /** Ids of users and user groups. */
  operators: readonly string[];
  escalation: readonly string[];
  /** The first 8 characters of the installation's id. */
  installation: string;
  log: Log;
  now: () => Date;
  /** What the cards bring of people's wishes is news for the answers too. */
  onPreferences: (preferences: Preferences) => void;
};

type Place = { channel: string; threadTs: string | null };

/** Messages that are not there any more, or no longer ours to change. */
const lost: ReadonlySet<string> = new Set([
  'message_not_found',
  'cant_update_message',
  'edit_window_closed',
  'channel_not_found',
]);
const noThread: ReadonlySet<string> = new Set([
  'thread_not_found',
  'cannot_reply_to_message',
  'invalid_thread_ts',
]);
const noChannel: ReadonlySet<string> = new Set(['is_archived', 'channel_not_found']);

/** Slack as a place where cards stand. */
export function createChat(options: ChatOptions): Chat {
  const { channels, clients, log } = options;
  return {
    platform: 'slack',
    channel: channels.home,
    canAnswer: true,
    async deliver(outgoing, signal) {
      options.onPreferences(outgoing.preferences);
      try {
        return await deliver(options, outgoing, signal);
      } catch (error) {
        signal.throwIfAborted();
        throw slackFailure(error);
      }
    },
    async sayDirectly({ severity, text }) {
      const tell = severity === 'critical' ? options.operators.map(mention) : [];
      const words = cutMarkup([...tell, slackText(text)].join(' '), limits.section);
      try {
        const call = clients.cards.chat.postMessage({ channel: channels.alerts, text: words });
        await orAbort(call, AbortSignal.timeout(directTimeoutMs));
      } catch (err) {
        log.error({ err: slackFailure(err) }, 'slack could not be told directly');
      }
    },
  };
}

async function deliver(options: ChatOptions, outgoing: OutgoingCard, signal: AbortSignal): Promise<Posted> {
  const card = cardOf(options, outgoing);
  const place = placeOf(options, outgoing);
  for (const { chart } of card.images) {
    const known = outgoing.previous?.memory[`file.${chartKey(chart)}`];
    if (known !== undefined) options.uploads.remember(chart, known);
  }
  const standing = outgoing.previous ?? (await foundAgain(options, outgoing, place, signal));
  const rewritten = standing === null ? null : await rewrite(options, outgoing, card, standing, signal);
  const posted = rewritten ?? (await post(options, outgoing, card, place, signal));
  return await pinned(options, outgoing, posted, signal);
}

function cardOf({ ink, installation, now }: ChatOptions, { content, preferences }: OutgoingCard): Card {
  const { language: locale, timeZone } = preferences;
  const voice = createVoice({ locale, ink, timeZone, now: now() });
  return renderCard(content, { voice, installation, preferences, platform: 'slack' });
}

function placeOf({ channels }: ChatOptions, { surface, parent }: OutgoingCard): Place {
  if (surface === 'alerts') return { channel: channels.alerts, threadTs: null };
  if (surface === 'home' || parent === null) return { channel: channels.home, threadTs: null };
  return {
    channel: parent.memory.channel ?? channels.home,
    threadTs: parent.threadId ?? parent.messageId,
  };
}

async function foundAgain(
  { clients, now }: ChatOptions,
  { id, mayBePosted }: OutgoingCard,
  place: Place,
  signal: AbortSignal,
): Promise<Posted | null> {
  if (!mayBePosted) return null;
  const ts = await findPosted(clients.cards, { cardId: id, ...place, now: now() }, signal);
  return ts === null
    ? null
    : { messageId: ts, threadId: place.threadTs ?? ts, memory: { channel: place.channel } };
}

/** @returns null where the message is not there any more */
async function rewrite(
  options: ChatOptions,
  outgoing: OutgoingCard,
  card: Card,
  standing: Posted,
  signal: AbortSignal,
): Promise<Posted | null> {
  const channel = standing.memory.channel ?? options.channels.home;
  const send = (content: SlackContent) =>
    orAbort(
      options.clients.cards.chat.update({
        channel,
        ts: standing.messageId,
        ...content,
        metadata: metadataOf(outgoing),
      }),
      signal,
    );
  try {
    const { files } = await show(options, outgoing, card, [], signal, send);
    const { pinned: pin } = standing.memory;
    return {
      ...standing,
      memory: { ...memoryOf(channel, card, files), ...(pin === undefined ? {} : { pinned: pin }) },
    };
  } catch (error) {
    if (!lost.has(slackErrorOf(error) ?? '')) throw error;
    options.log.info(
      { cardId: outgoing.id, code: slackErrorOf(error) },
      'a message is gone and is posted anew',
    );
    return null;
  }
}

async function post(
  options: ChatOptions,
  outgoing: OutgoingCard,
  card: Card,
  place: Place,
  signal: AbortSignal,
): Promise<Posted> {
  const { mention: whom, previous } = outgoing;
  const ids = whom === 'nobody' || previous !== null ? [] : mentioned(options, whom);
  const send = async (content: SlackContent, { channel, threadTs }: Place) => {
    const message = {
      channel,
      ...content,
      metadata: metadataOf(outgoing),
      unfurl_links: false,
      unfurl_media: false,
      ...(threadTs === null ? {} : { thread_ts: threadTs }),
    };
    const answer = await orAbort(options.clients.cards.chat.postMessage(message), signal);
    return { ts: answer.ts ?? '', place: { channel: answer.channel ?? channel, threadTs } };
  };
  const { sent, files } = await show(options, outgoing, card, ids.map(mention), signal, (content) =>
    withSecondWay(options, place, (where) => send(content, where), signal),
  );
  return {
    messageId: sent.ts,
    threadId: sent.place.threadTs ?? sent.ts,
    memory: memoryOf(sent.place.channel, card, files),
  };
}

/** A public channel can be joined; a reply whose thread is gone stands by itself; home stands in for other channels. */
async function withSecondWay<T>(
  { clients, channels, log }: ChatOptions,
  place: Place,
  send: (place: Place) => Promise<T>,
  signal: AbortSignal,
): Promise<T> {
  try {
    return await send(place);
  } catch (error) {
    const name = slackErrorOf(error) ?? '';
    if (noThread.has(name) && place.threadTs !== null) return await send({ ...place, threadTs: null });
    if (place.channel !== channels.home && noChannel.has(name)) {
      return await send({ channel: channels.home, threadTs: null });
    }
    if (name !== 'not_in_channel') throw error;
    log.info({ channel: place.channel }, 'joining a channel of slack');
    const joined = orAbort(clients.cards.conversations.join({ channel: place.channel }), signal);
    await joined.catch(() => {
      throw error;
    });
    return await send(place);
  }
}

function mentioned({ operators, escalation }: ChatOptions, whom: 'operators' | 'escalation') {
  return whom === 'escalation' && escalation.length > 0 ? escalation : operators;
}

async function show<T>(
  { presenter }: ChatOptions,
  { preferences }: OutgoingCard,
  card: Card,
  mentions: readonly string[],
  signal: AbortSignal,
  send: (content: SlackContent) => Promise<T>,
) {
  return await presenter.present(card, { bars: preferences.bars, mentions, signal }, send);
}

function metadataOf({ id, rev }: OutgoingCard) {
  return { event_type: cardEvent, event_payload: { card_id: id, rev } };
}

function memoryOf(channel: string, card: Card, files: readonly (string | null)[]): Record<string, string> {
  const pictures = card.images.flatMap(({ chart }, index) => {
    const file = files[index];
    return file === undefined || file === null ? [] : [[`file.${chartKey(chart)}`, file] as const];
  });
  return { channel, ...Object.fromEntries(pictures) };
}

/** A pin is nice to have: where it does not come about, the message is there all the same. */
async function pinned(
  { clients, channels, log }: ChatOptions,
  { isPinned }: OutgoingCard,
  posted: Posted,
  signal: AbortSignal,
): Promise<Posted> {
  if (!isPinned || posted.memory.pinned !== undefined) return posted;
  const done = { ...posted, memory: { ...posted.memory, pinned: 'yes' } };
  const channel = posted.memory.channel ?? channels.home;
  try {
    await orAbort(clients.cards.pins.add({ channel, timestamp: posted.messageId }), signal);
    return done;
  } catch (error) {
    if (slackErrorOf(error) === 'already_pinned') return done;
    const failure = slackFailure(error);
    log.warn({ err: failure }, 'a message could not be pinned');
    // What Slack refuses for good is not tried with every edit.
    return failure.kind === 'transient' || isTokenDead(error) || signal.aborted
      ? posted
      : { ...done, memory: { ...done.memory, pinned: 'no' } };
  }
}
