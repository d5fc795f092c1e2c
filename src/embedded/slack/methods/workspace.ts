import { z } from 'zod';
import { knownUser } from '../access.ts';
import { SlackApiError } from '../api-error.ts';
import { defineMethod, flag, type MethodTable, page, paginate } from '../method.ts';
import { wireUser } from '../wire.ts';

const testAuth = defineMethod({
  tier: 'special',
  token: 'either',
  args: z.object({}),
  run: ({ identity, appName, origin }) => ({
    url: `${origin()}/`,
    team: 'Kaggle Agent',
    user: appName,
    team_id: identity.teamId,
    user_id: identity.botUserId,
    bot_id: identity.botId,
    is_enterprise_install: false,
  }),
});

const openConnection = defineMethod({
  tier: 3,
  token: 'app',
  args: z.object({}),
  run: ({ origin, issueTicket }) => ({
    url: `${origin().replace('http', 'ws')}/link/?ticket=${issueTicket()}`,
  }),
});

const teamInfo = defineMethod({
  tier: 3,
  scopes: ['team:read'],
  args: z.object({}),
  run: ({ identity }) => ({
    team: {
      id: identity.teamId,
      name: 'Kaggle Agent',
      domain: 'kaggle-agent',
      email_domain: '',
      icon: { image_default: true },
    },
  }),
});

const userInfo = defineMethod({
  tier: 4,
  scopes: ['users:read'],
  args: z.object({ user: z.string(), include_locale: flag }),
  run(ctx, { user, include_locale }) {
    const { botUserId: id } = ctx.identity;
    const app = { id, name: ctx.appName, locale: 'en-US', tz: 'Etc/UTC', isAdmin: false, isGuest: false };
    return { user: wireUser(ctx, user === id ? app : knownUser(ctx, user), include_locale) };
  },
});

const listUsers = defineMethod({
  tier: 2,
  scopes: ['users:read'],
  args: z.object({ include_locale: flag, ...page }),
  run(ctx, args) {
    const { items, metadata } = paginate(ctx.users.values(), args);
    return {
      members: items.map((user) => wireUser(ctx, user, args.include_locale)),
      response_metadata: metadata,
    };
  },
});

const listGroups = defineMethod({
  tier: 2,
  scopes: ['usergroups:read'],
  args: z.object({ include_users: flag }),
  run: (ctx, { include_users }) => ({
    usergroups: ctx.groups.values().map(({ id, handle, userIds }) => ({
      id,
      team_id: ctx.identity.teamId,
      is_usergroup: true,
      name: handle,
      handle,
      date_delete: 0,
      user_count: userIds.length,
      ...(include_users && { users: userIds }),
    })),
  }),
});

const listGroupUsers = defineMethod({
  tier: 2,
  scopes: ['usergroups:read'],
  args: z.object({ usergroup: z.string() }),
  run(ctx, { usergroup }) {
    const group = ctx.groups.get(usergroup);
    if (group === undefined) throw new SlackApiError('no_such_subteam');
    return { users: group.userIds };
  },
});

export const workspaceMethods: MethodTable = {
  'auth.test': testAuth,
  'apps.connections.open': openConnection,
  'team.info': teamInfo,
  'users.info': userInfo,
  'users.list': listUsers,
  'usergroups.list': listGroups,
  'usergroups.users.list': listGroupUsers,
};
