import type { OpenView, SlackChannel, SlackMessage, SlackWorkspace } from '../slack/contract.ts';
import type { CommandHint, Frame, PageChannel, PageHome, PageMessage, PageView } from './wire.ts';

/** As many as a person scrolls through before asking for more. */
const pageSize = 60;

type ReadOptions = { workspace: SlackWorkspace; user: string };

/** Everything that one person's page shows at first. */
export function snapshotOf(options: ReadOptions & { hints: readonly CommandHint[] }): Frame {
  const { workspace, user, hints } = options;
  const channels = channelsOf(options);
  const pages = channels.map(({ id }) => ({ id, ...messagesOf({ workspace, user, channel: id }) }));
  return {
    type: 'snapshot',
    me: user,
    bot: workspace.botUserId,
    people: workspace.users().map(({ id, name, locale, tz }) => ({ id, name, locale, tz })),
    channels,
    messages: pages.flatMap(({ messages }) => messages),
    hasMore: pages.filter(({ hasMore }) => hasMore).map(({ id }) => id),
    views: viewsOf(options),
    home: homeOf(options),
    hints: [...hints],
  };
}

/** Of a channel, or of a thread, the newest that are older than `before`. */
export function messagesOf(
  options: ReadOptions & { channel: string; thread?: string | undefined; before?: string | undefined },
): { messages: PageMessage[]; hasMore: boolean } {
  const { workspace, user, channel, thread, before } = options;
  const all = workspace.messages({
    channel,
    asUser: user,
    ...(thread === undefined ? {} : { threadTs: thread }),
  });
  const older = before === undefined ? all : all.filter(({ ts }) => ts < before);
  return {
    messages: older.slice(-pageSize).map((message) => pageMessage(workspace, message)),
    hasMore: older.length > pageSize,
  };
}

/** @returns null for one that is gone, or that somebody else alone sees */
export function messageOf({
  workspace,
  user,
  channel,
  ts,
}: ReadOptions & { channel: string; ts: string }): PageMessage | null {
  const message = workspace.message(channel, ts);
  if (message === null || (message.ephemeralFor !== null && message.ephemeralFor !== user)) return null;
  return pageMessage(workspace, message);
}

export function channelsOf({ workspace, user }: ReadOptions): PageChannel[] {
  const isMine = ({ isIm, userId }: SlackChannel): boolean =>
    !isIm || userId === undefined || userId === user;
  return workspace
    .channels()
    .filter(isMine)
    .map(({ id, name, isPrivate, isIm }) => ({ id, name, isPrivate, isIm }));
}

/** The open modals of one person, the topmost last. */
export function viewsOf({ workspace, user }: ReadOptions): PageView[] {
  return workspace.openViews(user).map(pageView);
}

/** @returns null before the app has published one */
export function homeOf({ workspace, user }: ReadOptions): PageHome | null {
  const home = workspace.home(user);
  return home === null ? null : { blocks: [...home.blocks] };
}

function pageMessage(workspace: SlackWorkspace, message: SlackMessage): PageMessage {
  const { channel, ts, user, isBot, text, threadTs, isBroadcast, editedTs, isPinned } = message;
  const isReply = threadTs !== null && threadTs !== ts;
  const replies =
    isReply || message.ephemeralFor !== null
      ? []
      : workspace.messages({ channel, threadTs: ts }).filter((reply) => reply.ts !== ts);
  return {
    channel,
    ts,
    user,
    isBot,
    text,
    blocks: [...message.blocks],
    threadTs: isReply ? threadTs : null,
    isBroadcast,
    editedTs,
    files: message.files.map((file) => ({ ...file })),
    isPinned,
    isEphemeral: message.ephemeralFor !== null,
    replyCount: replies.length,
    lastReplyTs: replies.at(-1)?.ts ?? null,
  };
}

function pageView({ viewId, view, hash, errors }: OpenView): PageView {
  return {
    viewId,
    hash,
    title: view.title.text,
    submit: view.submit === undefined ? null : { text: view.submit.text },
    close: view.close === undefined ? null : { text: view.close.text },
    blocks: [...view.blocks],
    errors: { ...errors },
  };
}
