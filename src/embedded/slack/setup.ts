import { openDirectMessages } from './access.ts';
import type { SlackChannel, SlackUser } from './contract.ts';
import { makeId, makeSecret } from './ids.ts';
import { type ChannelRecord, channelSchema, type Identity, identitySchema, userSchema } from './records.ts';
import type { Store, Table } from './store.ts';

/** The scopes that the app's manifest, deploy/slack-manifest.json, asks for. */
export const manifestScopes: readonly string[] = [
  'commands',
  'chat:write',
  'chat:write.public',
  'app_mentions:read',
  'channels:read',
  'channels:join',
  'channels:history',
  'groups:read',
  'groups:history',
  'im:write',
  'im:history',
  'files:write',
  'files:read',
  'pins:write',
  'users:read',
  'usergroups:read',
];

/** The workspace's own ids and secrets: kept, or made now. */
export function openIdentity(store: Store): Identity {
  const table = store.table('identity', identitySchema);
  const kept = table.get('own');
  if (kept !== undefined) return kept;
  const made: Identity = {
    teamId: makeId('T'),
    appId: makeId('A'),
    botId: makeId('B'),
    botUserId: makeId('U'),
    botToken: `xoxb-${makeSecret(24)}`,
    appToken: `xapp-1-${makeSecret(24)}`,
    signingSecret: makeSecret(16),
  };
  table.set('own', made);
  return made;
}

export type People = {
  users: Table<SlackUser>;
  channels: Table<ChannelRecord>;
  addUser(user: Partial<SlackUser> & { name: string }): SlackUser;
  addChannel(channel: NewChannel): SlackChannel;
};

export type NewChannel = {
  name: string;
  isPrivate?: boolean;
  isArchived?: boolean;
  isBotMember?: boolean;
  userIds?: readonly string[];
};

/** People and channels: what was kept, and those of the options that are not there yet, by name. */
export function openPeople(
  store: Store,
  now: () => Date,
  wanted: { users: readonly (Partial<SlackUser> & { name: string })[]; channels: readonly string[] },
): People {
  const users = store.table('users', userSchema);
  const channels = store.table('channels', channelSchema);

  const addUser = (user: Partial<SlackUser> & { name: string }): SlackUser => {
    const defaults = { id: makeId('U'), locale: 'en-US', tz: 'Etc/UTC', isAdmin: false, isGuest: false };
    const added: SlackUser = { ...defaults, ...user };
    users.set(added.id, added);
    openDirectMessages({ channels, now }, added.id);
    return added;
  };
  const addChannel = (channel: NewChannel): SlackChannel => {
    const added: ChannelRecord = {
      id: makeId('C'),
      name: channel.name,
      isPrivate: channel.isPrivate ?? false,
      isIm: false,
      isArchived: channel.isArchived ?? false,
      isBotMember: channel.isBotMember ?? false,
      userIds: channel.userIds === undefined ? null : [...channel.userIds],
      createdAtSeconds: Math.floor(now().getTime() / 1000),
    };
    channels.set(added.id, added);
    return toSlackChannel(added);
  };

  for (const user of wanted.users) {
    if (!users.values().some(({ name }) => name === user.name)) addUser(user);
  }
  for (const name of wanted.channels) {
    if (!channels.values().some((channel) => !channel.isIm && channel.name === name)) addChannel({ name });
  }
  return { users, channels, addUser, addChannel };
}

export function toSlackChannel({
  id,
  name,
  isPrivate,
  isIm,
  isArchived,
  isBotMember,
  userIds,
}: ChannelRecord) {
  const owner = isIm ? userIds?.[0] : undefined;
  return {
    id,
    name,
    isPrivate,
    isIm,
    isArchived,
    isBotMember,
    ...(owner !== undefined && { userId: owner }),
  } satisfies SlackChannel;
}
