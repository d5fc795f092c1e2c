import type { SlackContext } from './context.ts';
import type { SlackMessage, SlackWorkspace } from './contract.ts';
import { toSlackFile } from './files.ts';
import type { MessageRecord } from './records.ts';
import { toSlackChannel } from './setup.ts';

type Roster = Pick<
  SlackWorkspace,
  'users' | 'channels' | 'messages' | 'message' | 'file' | 'openViews' | 'home' | 'bookmarks'
>;

/** What there is to see in the workspace. */
export function createRoster(ctx: SlackContext): Roster {
  const show = (message: MessageRecord): SlackMessage => toSlackMessage(ctx, message);
  return {
    users: () => ctx.users.values(),
    channels: () => ctx.channels.values().map(toSlackChannel),
    messages({ channel, threadTs, asUser }) {
      return ctx.messages
        .list(channel)
        .filter((message) =>
          threadTs === undefined
            ? message.threadTs === null || message.isBroadcast
            : message.threadTs === threadTs,
        )
        .filter(
          ({ ephemeralFor }) => asUser === undefined || ephemeralFor === null || ephemeralFor === asUser,
        )
        .map(show);
    },
    message(channel, ts) {
      const message = ctx.messages.get(channel, ts);
      return message === null ? null : show(message);
    },
    file(id) {
      const file = ctx.files.get(id);
      const bytes = ctx.files.bytes(id);
      return file?.state === 'complete' && bytes !== null ? { file: toSlackFile(file), bytes } : null;
    },
    openViews: (userId) =>
      ctx.views
        .stack(userId)
        .map(({ id, view, hash, errors }) => ({ viewId: id, userId, view, hash, errors })),
    home: (userId) => ctx.homes.get(userId)?.view ?? null,
    bookmarks: (channel) => ctx.bookmarks.values().filter((bookmark) => bookmark.channel === channel),
  };
}

function toSlackMessage(ctx: SlackContext, message: MessageRecord): SlackMessage {
  const { fileIds, isTombstone: _isTombstone, ...fields } = message;
  return {
    ...fields,
    files: fileIds.flatMap((id) => {
      const file = ctx.files.get(id);
      return file === null ? [] : [toSlackFile(file)];
    }),
    isPinned: ctx.pins.get(`${message.channel}/${message.ts}`) !== undefined,
  };
}
