import type { SlackContext } from './context.ts';
import type { SlackUser } from './contract.ts';
import type { ChannelRecord, FileRecord, MessageRecord } from './records.ts';

/** Forms in which Slack shows its things to apps. Fields that are empty there are left out here. */
export function wireMessage(ctx: SlackContext, message: MessageRecord, withMetadata = false) {
  const { identity } = ctx;
  const edited = message.editedTs === null ? {} : { edited: { user: message.user, ts: message.editedTs } };
  return {
    type: 'message',
    ...subtypeOf(message),
    user: message.user,
    text: message.text,
    ts: message.ts,
    team: identity.teamId,
    ...(message.isBot && { bot_id: identity.botId, app_id: identity.appId }),
    ...(message.blocks.length > 0 && { blocks: message.blocks }),
    ...threadFields(ctx, message),
    ...edited,
    ...(withMetadata && message.metadata !== null && { metadata: message.metadata }),
    ...(message.fileIds.length > 0 && { files: message.fileIds.map((id) => wireFileById(ctx, id)) }),
    ...(ctx.pins.get(`${message.channel}/${message.ts}`) && { pinned_to: [message.channel] }),
  };
}

function subtypeOf({ isTombstone, isBroadcast, threadTs }: MessageRecord) {
  if (isTombstone) return { subtype: 'tombstone', hidden: true };
  return isBroadcast && threadTs !== null ? { subtype: 'thread_broadcast' } : {};
}

function threadFields(ctx: SlackContext, message: MessageRecord) {
  if (message.threadTs !== null) {
    const parent = ctx.messages.get(message.channel, message.threadTs);
    return { thread_ts: message.threadTs, ...(parent && { parent_user_id: parent.user }) };
  }
  const replies = ctx.messages
    .replies(message.channel, message.ts)
    .filter(({ ephemeralFor }) => ephemeralFor === null);
  const last = replies.at(-1);
  if (last === undefined) return {};
  const users = [...new Set(replies.map(({ user }) => user))];
  return {
    thread_ts: message.ts,
    reply_count: replies.length,
    reply_users: users,
    reply_users_count: users.length,
    latest_reply: last.ts,
  };
}

function wireFileById(ctx: SlackContext, id: string) {
  const file = ctx.files.get(id);
  return file === null ? { id, mode: 'tombstone' } : wireFile(ctx, file);
}

export function wireFile(ctx: SlackContext, file: FileRecord) {
  const type = file.name.split('.').at(-1) ?? '';
  return {
    id: file.id,
    name: file.name,
    title: file.title,
    mimetype: file.mimetype,
    filetype: type,
    user: ctx.identity.botUserId,
    mode: 'hosted',
    size: file.sizeBytes,
    alt_txt: file.altText,
    is_external: false,
    url_private: fileUrl(ctx, file),
    url_private_download: `${fileUrl(ctx, file)}?download=1`,
    permalink: `${ctx.publicUrl()}/files/${ctx.identity.botUserId}/${file.id}`,
  };
}

function fileUrl(ctx: SlackContext, file: FileRecord): string {
  return `${ctx.origin()}/files-pri/${ctx.identity.teamId}-${file.id}/${encodeURIComponent(file.name)}`;
}

export function wireChannel(ctx: SlackContext, channel: ChannelRecord) {
  const common = {
    id: channel.id,
    created: channel.createdAtSeconds,
    is_archived: channel.isArchived,
    is_private: channel.isPrivate,
    is_im: channel.isIm,
    context_team_id: ctx.identity.teamId,
  };
  if (channel.isIm) return { ...common, user: channel.userIds?.[0], is_open: true };
  return {
    ...common,
    name: channel.name,
    name_normalized: channel.name,
    is_channel: !channel.isPrivate,
    is_group: channel.isPrivate,
    is_mpim: false,
    is_general: false,
    is_member: channel.isBotMember,
    is_shared: false,
    is_ext_shared: false,
  };
}

export function wireUser(ctx: SlackContext, user: SlackUser, withLocale: boolean) {
  const isApp = user.id === ctx.identity.botUserId;
  return {
    id: user.id,
    team_id: user.teamId ?? ctx.identity.teamId,
    name: user.name.toLowerCase().replaceAll(/\s+/g, '.'),
    real_name: user.name,
    deleted: user.isDeleted ?? false,
    tz: user.tz,
    tz_offset: offsetSeconds(user.tz, ctx.now()),
    is_admin: user.isAdmin,
    is_owner: false,
    is_primary_owner: false,
    is_restricted: user.isGuest,
    is_ultra_restricted: false,
    is_bot: isApp,
    is_stranger: user.teamId !== undefined && user.teamId !== ctx.identity.teamId,
    ...(withLocale && { locale: user.locale }),
    profile: {
      display_name: user.name,
      real_name: user.name,
      ...(user.email !== undefined && ctx.scopes.has('users:read.email') && { email: user.email }),
    },
  };
}

/** Difference from UTC at that time. */
function offsetSeconds(timeZone: string, at: Date): number {
  const parts = new Intl.DateTimeFormat('en-US', { timeZone, timeZoneName: 'longOffset' }).formatToParts(at);
  const name = parts.find(({ type }) => type === 'timeZoneName')?.value ?? 'GMT';
  const match = /GMT([+-])(\d{2}):(\d{2})/.exec(name);
  if (match === null) return 0;
  const seconds = Number(match[2]) * 3600 + Number(match[3]) * 60;
  return match[1] === '-' ? -seconds : seconds;
}
