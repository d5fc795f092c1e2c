import { z } from 'zod';
import { readableChannel, seenChannel } from '../access.ts';
import { refuse, SlackApiError } from '../api-error.ts';
import type { SlackContext } from '../context.ts';
import type { SlackBookmark } from '../contract.ts';
import { makeId } from '../ids.ts';
import { defineMethod, type MethodTable, optionalText } from '../method.ts';
import type { ChannelRecord } from '../records.ts';
import { wireMessage } from '../wire.ts';

const maxPins = 100;
const maxBookmarks = 100;
const pinArgs = z.object({ channel: z.string(), timestamp: z.string() });

const addPin = defineMethod({
  tier: 2,
  scopes: ['pins:write'],
  args: pinArgs,
  run(ctx, args) {
    const channel = memberChannel(ctx, args.channel);
    const message = ctx.messages.get(channel.id, args.timestamp);
    if (message === null) throw new SlackApiError('message_not_found');
    if (message.ephemeralFor !== null || message.isTombstone) throw new SlackApiError('not_pinnable');
    const key = `${channel.id}/${message.ts}`;
    if (ctx.pins.get(key) !== undefined) throw new SlackApiError('already_pinned');
    if (pinsOf(ctx, channel.id).length >= maxPins) throw new SlackApiError('too_many_pins');
    const pinnedAtSeconds = Math.floor(ctx.now().getTime() / 1000);
    ctx.pins.set(key, { channel: channel.id, ts: message.ts, pinnedAtSeconds });
    showPin(ctx, channel.id, message.ts);
    return {};
  },
});

const removePin = defineMethod({
  tier: 2,
  scopes: ['pins:write'],
  args: pinArgs,
  run(ctx, args) {
    const channel = memberChannel(ctx, args.channel);
    const key = `${channel.id}/${args.timestamp}`;
    if (ctx.pins.get(key) === undefined) throw new SlackApiError('no_pin');
    ctx.pins.delete(key);
    showPin(ctx, channel.id, args.timestamp);
    return {};
  },
});

function showPin(ctx: SlackContext, channel: string, ts: string): void {
  ctx.emit({ type: 'message', channel, ts, change: 'changed', ephemeralFor: null });
}

const listPins = defineMethod({
  tier: 2,
  scopes: ['pins:read'],
  args: z.object({ channel: z.string() }),
  run(ctx, args) {
    const channel = readableChannel(ctx, args.channel);
    const items = pinsOf(ctx, channel.id).flatMap(({ ts, pinnedAtSeconds }) => {
      const message = ctx.messages.get(channel.id, ts);
      if (message === null) return [];
      return [
        {
          type: 'message',
          created: pinnedAtSeconds,
          channel: channel.id,
          message: wireMessage(ctx, message),
        },
      ];
    });
    return { items };
  },
});

function pinsOf(ctx: SlackContext, channelId: string) {
  return ctx.pins.values().filter(({ channel }) => channel === channelId);
}

/** @throws SlackApiError `channel_not_found`, `not_in_channel` */
function memberChannel(ctx: SlackContext, id: string): ChannelRecord {
  const channel = seenChannel(ctx, id);
  if (!channel.isBotMember) throw new SlackApiError('not_in_channel');
  return channel;
}

const bookmarkFields = {
  title: z.string().min(1).max(255).optional(),
  link: optionalText,
  emoji: optionalText,
};

const addBookmark = defineMethod({
  tier: 2,
  scopes: ['bookmarks:write'],
  args: z.object({
    channel_id: z.string(),
    type: z.string(),
    ...bookmarkFields,
    title: z.string().min(1).max(255),
  }),
  run(ctx, args) {
    const channel = memberChannel(ctx, args.channel_id);
    if (args.type !== 'link') throw new SlackApiError('invalid_bookmark_type');
    if (bookmarksOf(ctx, channel.id).length >= maxBookmarks) throw new SlackApiError('too_many_bookmarks');
    const bookmark: SlackBookmark = {
      id: makeId('Bk'),
      channel: channel.id,
      title: args.title,
      link: checkLink(args.link ?? ''),
      emoji: args.emoji ?? '',
    };
    ctx.bookmarks.set(bookmark.id, bookmark);
    return { bookmark: wireBookmark(bookmark) };
  },
});

const editBookmark = defineMethod({
  tier: 2,
  scopes: ['bookmarks:write'],
  args: z.object({ channel_id: z.string(), bookmark_id: z.string(), ...bookmarkFields }),
  run(ctx, args) {
    const before = ownBookmark(ctx, args.channel_id, args.bookmark_id);
    const bookmark: SlackBookmark = {
      ...before,
      title: args.title ?? before.title,
      link: checkLink(args.link ?? before.link),
      emoji: args.emoji ?? before.emoji,
    };
    ctx.bookmarks.set(bookmark.id, bookmark);
    return { bookmark: wireBookmark(bookmark) };
  },
});

const removeBookmark = defineMethod({
  tier: 2,
  scopes: ['bookmarks:write'],
  args: z.object({ channel_id: z.string(), bookmark_id: z.string() }),
  run(ctx, args) {
    ctx.bookmarks.delete(ownBookmark(ctx, args.channel_id, args.bookmark_id).id);
    return {};
  },
});

const listBookmarks = defineMethod({
  tier: 3,
  scopes: ['bookmarks:read', 'bookmarks:write'],
  args: z.object({ channel_id: z.string() }),
  run: (ctx, args) => ({
    bookmarks: bookmarksOf(ctx, memberChannel(ctx, args.channel_id).id).map(wireBookmark),
  }),
});

function bookmarksOf(ctx: SlackContext, channelId: string): SlackBookmark[] {
  return ctx.bookmarks.values().filter(({ channel }) => channel === channelId);
}

function ownBookmark(ctx: SlackContext, channelId: string, id: string): SlackBookmark {
  const bookmark = ctx.bookmarks.get(id);
  if (bookmark?.channel !== memberChannel(ctx, channelId).id) throw new SlackApiError('not_found');
  return bookmark;
}

function checkLink(link: string): string {
  if (!URL.canParse(link)) throw refuse('invalid_link', ['[ERROR] link must be a valid URL']);
  return link;
}

function wireBookmark({ id, channel, title, link, emoji }: SlackBookmark) {
  return { id, channel_id: channel, title, link, emoji, icon_url: '', type: 'link' };
}

export const markMethods: MethodTable = {
  'pins.add': addPin,
  'pins.remove': removePin,
  'pins.list': listPins,
  'bookmarks.add': addBookmark,
  'bookmarks.edit': editBookmark,
  'bookmarks.remove': removeBookmark,
  'bookmarks.list': listBookmarks,
};
