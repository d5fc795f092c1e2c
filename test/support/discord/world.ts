import type { StoredCommand } from './command-rules.ts';
import type { AnyComponent, Modal } from './component-rules.ts';
import { Refusal } from './refusal.ts';

const discordEpochMs = 1_420_070_400_000;

export type DiscordUser = {
  id: string;
  name: string;
  /** Nickname in the server; null: none. */
  nick: string | null;
  roles: readonly string[];
  /** Bits that the user has in every channel. */
  permissions: bigint;
  locale: string;
};

export type DiscordChannel = {
  id: string;
  name: string;
  /** 0 text, 11 public thread. */
  type: 0 | 11;
  parentId: string | null;
  archived: boolean;
  locked: boolean;
  autoArchiveMinutes: number;
  /** Permissions that the bot does not have here. */
  denied: bigint;
};

export type StoredFile = {
  id: string;
  filename: string;
  description: string | null;
  contentType: string;
  bytes: Buffer;
};

export type DiscordMessage = {
  id: string;
  channelId: string;
  content: string;
  components: AnyComponent[];
  flags: number;
  files: StoredFile[];
  isPinned: boolean;
  postedAtMs: number;
  editedAtMs: number | null;
  edits: number;
  nonce: string | null;
  /** Users and roles that were notified by the post; edits notify nobody. */
  notified: string[];
  /** Who alone sees it; null: everybody. */
  ephemeralFor: string | null;
  isLoading: boolean;
  interactionId: string | null;
};

export type Callback = { type: number; data: Record<string, unknown>; atMs: number };

export type StoredInteraction = {
  id: string;
  token: string;
  type: number;
  user: DiscordUser;
  channelId: string;
  createdAtMs: number;
  callback: Callback | null;
  modal: Modal | null;
  choices: { name: string; value: string | number }[] | null;
  originalId: string | null;
  /** The message whose component was pressed. */
  sourceId: string | null;
  messageIds: string[];
};

export type World = {
  now: () => number;
  nextId: () => string;
  botToken: string;
  isTokenRevoked: boolean;
  /** False: no server has let the bot in yet. */
  isInvited: boolean;
  applicationId: string;
  bot: { id: string; name: string };
  guild: { id: string; name: string; roles: { id: string; name: string; permissions: bigint }[] };
  /** The bot's own role. */
  botRoleId: string;
  users: Map<string, DiscordUser>;
  channels: Map<string, DiscordChannel>;
  messages: Map<string, DiscordMessage>;
  interactions: Map<string, StoredInteraction>;
  commands: StoredCommand[];
  commandWrites: number;
  /** Tells the gateway's clients something. */
  dispatch: (type: string, data: Record<string, unknown>) => void;
};

/** Ids that rise with time, as Discord makes them. */
export function createSnowflakes(now: () => number): () => string {
  let last = 0n;
  return () => {
    const made = BigInt(Math.floor(now()) - discordEpochMs) << 22n;
    last = made > last ? made : last + 1n;
    return String(last);
  };
}

export const flags = { ephemeral: 64, loading: 128, layout: 32_768 } as const;

export function isLayout(message: { flags: number }): boolean {
  return (message.flags & flags.layout) !== 0;
}

export function userJson(user: { id: string; name: string }, isBot = false) {
  return {
    id: user.id,
    username: user.name,
    global_name: isBot ? null : user.name,
    discriminator: '0',
    avatar: null,
    bot: isBot,
  };
}

/** @throws Refusal 50001, 50013 where the bot may not */
export function needPermission(world: World, channelId: string, bit: bigint): void {
  const channel = world.channels.get(channelId);
  const denied = world.channels.get(channel?.parentId ?? channelId)?.denied ?? 0n;
  const { viewChannel } = permissionBits;
  if ((denied & viewChannel) !== 0n) throw new Refusal(403, 50_001, 'Missing Access');
  if ((denied & bit) !== 0n) throw new Refusal(403, 50_013, 'Missing Permissions');
}

export const permissionBits = {
  viewChannel: 1n << 10n,
  sendMessages: 1n << 11n,
  createPublicThreads: 1n << 35n,
  sendInThreads: 1n << 38n,
  pinMessages: 1n << 51n,
} as const;

export function memberJson(user: DiscordUser) {
  return {
    user: userJson(user),
    nick: user.nick,
    avatar: null,
    roles: [...user.roles],
    joined_at: '2025-01-01T00:00:00.000Z',
    premium_since: null,
    deaf: false,
    mute: false,
    flags: 0,
    pending: false,
    permissions: String(user.permissions),
    communication_disabled_until: null,
  };
}

export function channelJson(world: World, channel: DiscordChannel) {
  const common = { id: channel.id, type: channel.type, name: channel.name, guild_id: world.guild.id };
  if (channel.type === 0) {
    const overwrite = { id: world.bot.id, type: 1, allow: '0', deny: String(channel.denied) };
    const permission_overwrites = channel.denied === 0n ? [] : [overwrite];
    return { ...common, position: 0, permission_overwrites, parent_id: null, nsfw: false, topic: null };
  }
  return {
    ...common,
    parent_id: channel.parentId,
    owner_id: world.bot.id,
    member_count: 1,
    message_count: 0,
    rate_limit_per_user: 0,
    last_message_id: null,
    thread_metadata: {
      archived: channel.archived,
      locked: channel.locked,
      auto_archive_duration: channel.autoArchiveMinutes,
      archive_timestamp: new Date(world.now()).toISOString(),
      create_timestamp: new Date(world.now()).toISOString(),
    },
  };
}

/** Files that components show are told there and not in `attachments`, as Discord does. */
export function messageJson(world: World, message: DiscordMessage) {
  const attachments = message.files.map((file) => ({
    id: file.id,
    filename: file.filename,
    size: file.bytes.length,
    url: `https://cdn.example.org/${file.id}/${file.filename}`,
    proxy_url: `https://cdn.example.org/${file.id}/${file.filename}`,
    content_type: file.contentType,
    ...(file.description === null ? {} : { description: file.description }),
  }));
  return {
    id: message.id,
    channel_id: message.channelId,
    author: userJson(world.bot, true),
    content: message.content,
    timestamp: new Date(message.postedAtMs).toISOString(),
    edited_timestamp: message.editedAtMs === null ? null : new Date(message.editedAtMs).toISOString(),
    tts: false,
    mention_everyone: false,
    mentions: [],
    mention_roles: [],
    attachments: isLayout(message) ? [] : attachments,
    embeds: [],
    pinned: message.isPinned,
    type: message.interactionId === null ? 0 : 20,
    flags: message.flags,
    components: message.components.map((one) => resolved(message, one)),
  };
}

function resolved(message: DiscordMessage, component: AnyComponent): AnyComponent {
  const item = (media: Record<string, unknown>) => {
    const file = message.files.find(({ filename }) => media.url === `attachment://${filename}`);
    if (file === undefined) return media;
    return { url: `https://cdn.example.org/${file.id}/${file.filename}`, attachment_id: file.id };
  };
  return {
    ...component,
    ...(component.items === undefined
      ? {}
      : { items: component.items.map((one) => ({ ...one, media: item(one.media) })) }),
    ...(component.file === undefined ? {} : { file: item(component.file) }),
    ...(component.components === undefined
      ? {}
      : { components: component.components.map((one) => resolved(message, one)) }),
  };
}
