import type { WebClient } from '@slack/web-api';
import { z } from 'zod';
import type { Log } from '../../domain/log.ts';
import type { Person, Role } from '../../domain/person.ts';
import { isTimeZone, type Locale } from '../../domain/preferences.ts';
import { createCache } from './seen.ts';
import { slackErrorOf, slackFailure } from './slack-failure.ts';

const keepMs = 5 * 60_000;
const mostPeople = 2_000;

export type PeopleOptions = {
  client: WebClient;
  /** Ids of users (U…) and user groups (S…). */
  operators: readonly string[];
  admins: readonly string[];
  log: Log;
  now: () => Date;
};

export type People = {
  /** @throws Failure where Slack does not tell who this is */
  find(input: { userId: string; teamId: string; homeTeamId: string }): Promise<Person>;
  /** From memory; null where Slack would have to be asked. */
  known(input: { userId: string; teamId: string; homeTeamId: string }): Person | null;
};

const userSchema = z.looseObject({
  id: z.string(),
  team_id: z.string().nullish(),
  name: z.string().nullish(),
  real_name: z.string().nullish(),
  deleted: z.boolean().nullish(),
  is_bot: z.boolean().nullish(),
  is_admin: z.boolean().nullish(),
  is_owner: z.boolean().nullish(),
  is_restricted: z.boolean().nullish(),
  is_ultra_restricted: z.boolean().nullish(),
  is_stranger: z.boolean().nullish(),
  tz: z.string().nullish(),
  locale: z.string().nullish(),
  profile: z.looseObject({ display_name: z.string().nullish(), real_name: z.string().nullish() }).nullish(),
});
type SlackUser = z.output<typeof userSchema>;

/** What is kept of a user: who they are and what they may do. */
type Known = { user: SlackUser | null; role: Role | null };

/** Says who stands at the door and what they may do; asks Slack at most every five minutes. */
export function createPeople(options: PeopleOptions): People {
  const cache = createCache<Known>({ keepMs, most: mostPeople, now: options.now });
  const membersOf = createGroups(options);

  const load = async (userId: string): Promise<Known> => {
    const user = await readUser(options.client, userId);
    // Without users:read only those are known who are named one by one.
    if (user === null) return { user, role: roleByName(userId, options) };
    if (isOutside(user)) return { user, role: null };
    const isListed = async (list: readonly string[]) =>
      list.includes(userId) ||
      (await Promise.all(list.filter(isGroup).map(membersOf))).some((members) => members.has(userId));
    const isAdmin =
      options.admins.length === 0
        ? user.is_admin === true || user.is_owner === true
        : await isListed(options.admins);
    if (isAdmin) return { user, role: 'admin' };
    const isOperator = options.operators.length === 0 || (await isListed(options.operators));
    return { user, role: isOperator ? 'operator' : 'viewer' };
  };

  return {
    async find({ userId, teamId, homeTeamId }) {
      try {
        const known = await cache.read(userId, () => load(userId));
        return personOf({ userId, teamId, homeTeamId, known });
      } catch (error) {
        const stale = cache.stale(userId);
        if (stale === undefined) throw slackFailure(error);
        options.log.warn({ err: slackFailure(error) }, 'a person is taken as they were known before');
        return personOf({ userId, teamId, homeTeamId, known: stale });
      }
    },
    known({ userId, teamId, homeTeamId }) {
      const known = cache.peek(userId);
      return known === undefined ? null : personOf({ userId, teamId, homeTeamId, known });
    },
  };
}

function personOf(input: { userId: string; teamId: string; homeTeamId: string; known: Known }): Person {
  const { user, role } = input.known;
  const ownTeam = user?.team_id ?? input.teamId;
  const isForeign = input.teamId !== input.homeTeamId || ownTeam !== input.homeTeamId;
  const names = [user?.profile?.display_name, user?.profile?.real_name, user?.real_name, user?.name];
  return {
    actor: { type: 'slack', teamId: input.teamId, userId: input.userId },
    name: names.find((name) => typeof name === 'string' && name.trim() !== '') ?? input.userId,
    role: isForeign ? null : role,
    locale: localeOf(user?.locale ?? null),
    timeZone: typeof user?.tz === 'string' && isTimeZone(user.tz) ? user.tz : null,
  };
}

async function readUser(client: WebClient, userId: string): Promise<SlackUser | null> {
  try {
    const answer = await client.users.info({ user: userId, include_locale: true });
    return userSchema.parse(answer.user);
  } catch (error) {
    const name = slackErrorOf(error);
    if (name === 'missing_scope') return null;
    // Somebody whom Slack does not show to us is from outside.
    if (name === 'user_not_found' || name === 'user_not_visible' || name === 'users_not_found') {
      return { id: userId, is_stranger: true };
    }
    throw error;
  }
}

/** Members of user groups; a group that cannot be read has none. */
function createGroups({ client, log, now }: PeopleOptions) {
  const cache = createCache<ReadonlySet<string>>({ keepMs, most: 100, now });
  const silent: ReadonlySet<string> = new Set(['plan_upgrade_required', 'missing_scope', 'no_such_subteam']);
  return (group: string) =>
    cache.read(group, async () => {
      try {
        const answer = await client.usergroups.users.list({ usergroup: group });
        return new Set(z.array(z.string()).parse(answer.users ?? []));
      } catch (error) {
        const name = slackErrorOf(error);
        if (name === null || !silent.has(name)) throw error;
        log.warn({ group, code: `slack.${name}` }, 'a user group of the configuration cannot be read');
        return new Set<string>();
      }
    });
}

function roleByName(userId: string, { admins, operators }: PeopleOptions): Role | null {
  if (admins.includes(userId)) return 'admin';
  return operators.includes(userId) ? 'operator' : null;
}

function isOutside(user: SlackUser): boolean {
  return [user.deleted, user.is_bot, user.is_restricted, user.is_ultra_restricted, user.is_stranger].some(
    (flag) => flag === true,
  );
}

export function isGroup(id: string): boolean {
  return id.startsWith('S');
}

function localeOf(locale: string | null): Locale | null {
  if (locale === null) return null;
  if (locale.startsWith('ja')) return 'ja';
  return locale.startsWith('en') ? 'en' : null;
}
