import type { Log } from '../../domain/log.ts';
import type { Card } from '../card.ts';
import type { Translate } from '../i18n.ts';
import { cardView } from './card-view.ts';
import { patiently, type SlackClients } from './clients.ts';
import type { Presenter } from './present.ts';
import type { SlackContent } from './render-card.ts';
import { createCache } from './seen.ts';
import { slackErrorOf, slackFailure } from './slack-failure.ts';
import { hasTrigger, type Spot } from './spot.ts';
import type { Uploads } from './uploads.ts';

export type SpeakerOptions = {
  clients: SlackClients;
  presenter: Presenter;
  uploads: Uploads;
  homeChannel: string;
  log: Log;
  now: () => Date;
  signal: AbortSignal;
};

export type SpeakOptions = {
  bars: boolean;
  /** Plain texts in the language of who is spoken to. */
  plain: Translate;
};

/** Gives cards to people: to one alone, or to everybody in a channel. Throws Failures. */
export type Speaker = {
  privately(spot: Spot, card: Card, options: SpeakOptions): Promise<void>;
  publicly(spot: Spot, card: Card, options: SpeakOptions): Promise<void>;
  /** The channel of a person's direct messages with the app. */
  directChannel(userId: string): Promise<string>;
};

/** The app is not there, or the person is not. */
const elsewhere: ReadonlySet<string> = new Set([
  'not_in_channel',
  'channel_not_found',
  'user_not_in_channel',
  'is_archived',
  'restricted_action',
  'cannot_reply_to_message',
  'thread_not_found',
]);

export function createSpeaker(options: SpeakerOptions): Speaker {
  const { clients, presenter, homeChannel, signal } = options;
  const directs = createCache<string>({ keepMs: 24 * 3_600_000, most: 1_000, now: options.now });

  const directChannel = (userId: string) =>
    directs.read(userId, async () => {
      const { channel } = await clients.lookups.conversations.open({ users: userId });
      return channel?.id ?? userId;
    });
  const say = (channel: string, threadTs: string | null) => (content: SlackContent) =>
    patiently(
      () =>
        clients.answers.chat.postMessage({
          channel,
          ...content,
          unfurl_links: false,
          unfurl_media: false,
          ...(threadTs === null ? {} : { thread_ts: threadTs }),
        }),
      signal,
    );
  const show = (card: Card, bars: boolean, send: (content: SlackContent) => Promise<unknown>) =>
    presenter.present(card, { bars, mentions: [], signal }, send);
  const directly = async (userId: string, card: Card, { bars }: SpeakOptions) =>
    show(card, bars, say(await directChannel(userId), null));

  const privately = async (spot: Spot, card: Card, how: SpeakOptions): Promise<void> => {
    const view = () => cardView(card, { bars: how.bars, close: how.plain('chats:slack.btn.close') });
    if (spot.viewId !== null) {
      await clients.views.views.update({ view_id: spot.viewId, view: view() });
    } else if (spot.channel === null && hasTrigger(spot)) {
      await clients.views.views.open({ trigger_id: spot.trigger.id, view: view() });
    } else if (spot.channel === null) {
      await directly(spot.userId, card, how);
    } else if (spot.isDm) {
      await show(card, how.bars, say(spot.channel, spot.threadTs));
    } else {
      await show(card, how.bars, whisper(options, { ...spot, channel: spot.channel }));
    }
  };
  const inChannel = async (spot: Spot, card: Card, { bars }: SpeakOptions): Promise<void> => {
    const channel = spot.channel ?? homeChannel;
    const { responseUrl } = spot;
    await show(card, bars, async (content) => {
      try {
        await say(channel, spot.publicThreadTs)(content);
      } catch (error) {
        // Its address works where the app is not a member.
        if (!isElsewhere(error) || !responseUrl?.hasUses()) throw error;
        await responseUrl.post(content, { audience: 'in_channel', replace: false, threadTs: spot.threadTs });
      }
    });
  };

  return {
    directChannel,
    privately: (spot, card, how) =>
      withFile(options, spot, card, how, directChannel, () =>
        orDirectly(
          () => privately(spot, card, how),
          () => directly(spot.userId, card, how),
        ),
      ),
    publicly: (spot, card, how) =>
      withFile(options, spot, card, how, directChannel, async () => {
        if (spot.isDm) return await privately(spot, card, how);
        await orDirectly(
          () => inChannel(spot, card, how),
          () => directly(spot.userId, card, how),
        );
        if (spot.viewId !== null) await privately(spot, card, how);
        else if (spot.isReplaceable) await spot.responseUrl?.deleteOriginal();
      }),
  };
}

/** To one person in a channel: by the address of what they did, else by the app's own voice. */
function whisper({ clients, signal }: SpeakerOptions, spot: Spot & { channel: string }) {
  return async (content: SlackContent): Promise<void> => {
    const { responseUrl, channel, threadTs } = spot;
    if (responseUrl?.hasUses()) {
      try {
        await responseUrl.post(content, { audience: 'ephemeral', replace: spot.isReplaceable, threadTs });
        return;
      } catch (error) {
        // The form of a message is mended elsewhere; every other refusal has a second way.
        if (slackErrorOf(error)?.includes('block')) throw error;
      }
    }
    const message = {
      channel,
      user: spot.userId,
      ...content,
      ...(threadTs === null ? {} : { thread_ts: threadTs }),
    };
    await patiently(() => clients.answers.chat.postEphemeral(message), signal);
  };
}

/** The way that always works is the person's own channel. */
async function orDirectly(first: () => Promise<void>, second: () => Promise<unknown>): Promise<void> {
  try {
    await first();
  } catch (error) {
    const name = slackErrorOf(error);
    if (!isElsewhere(error) && name !== 'expired_trigger_id' && name !== 'not_found')
      throw slackFailure(error);
    await second().catch((cause: unknown) => {
      throw slackFailure(cause);
    });
  }
}

/** A file cannot stand in a message that only one person sees, so it goes to their direct messages. */
async function withFile(
  { uploads, log, signal }: SpeakerOptions,
  spot: Spot,
  card: Card,
  { plain }: SpeakOptions,
  directChannel: (userId: string) => Promise<string>,
  speak: () => Promise<void>,
): Promise<void> {
  await speak();
  if (card.file === null) return;
  try {
    const isHere = spot.isDm && spot.channel !== null;
    const channel = isHere && spot.channel !== null ? spot.channel : await directChannel(spot.userId);
    await uploads.text(card.file, { channel, threadTs: isHere ? spot.threadTs : null }, signal);
    const note = { text: plain('chats:slack.file_sent'), blocks: [] };
    if (!isHere) await spot.responseUrl?.post(note, fileNote(spot));
  } catch (err) {
    log.warn({ err: slackFailure(err) }, 'a file could not be sent');
  }
}

function fileNote(spot: Spot) {
  return { audience: 'ephemeral' as const, replace: false, threadTs: spot.threadTs };
}

function isElsewhere(error: unknown): boolean {
  return elsewhere.has(slackErrorOf(error) ?? '');
}
