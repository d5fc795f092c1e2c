import type { Log } from '../../domain/log.ts';
import type { Role } from '../../domain/person.ts';
import type { Preferences } from '../../domain/preferences.ts';
import type { Door, Where } from '../door.ts';
import type { Ink } from '../ink.ts';
import type { IdentityReader } from './identity.ts';
import { mention } from './ink.ts';
import type { People } from './people.ts';
import type { Speaker } from './speaker.ts';
import type { Spot } from './spot.ts';

/** What everything needs that brings people's words to the door. */
export type DeskOptions = {
  door: Door;
  people: People;
  identity: IdentityReader;
  speaker: Speaker;
  ink: Ink;
  homeChannel: string;
  /** Ids of users and user groups; empty: everybody of the workspace. */
  operators: readonly string[];
  /** Ids of users and user groups; empty: the workspace's own admins. */
  admins: readonly string[];
  /** How people want to be talked to, as far as it is known in memory. */
  preferences: () => Pick<Preferences, 'language' | 'bars'>;
  log: Log;
  now: () => Date;
};

/** Where something was said, in the door's words. What has no channel (the Home tab) counts as the home channel. */
export function whereOf(
  options: Pick<DeskOptions, 'homeChannel' | 'operators' | 'admins' | 'ink' | 'now'>,
  { channel, threadTs }: Pick<Spot, 'channel' | 'threadTs'>,
): Where {
  const { homeChannel, ink, now } = options;
  return {
    platform: 'slack',
    channel: channel ?? homeChannel,
    threadId: threadTs,
    canSlash: threadTs === null,
    isHome: channel === null || channel === homeChannel,
    whoCan: (role) => mentionsOf(role, options),
    ink,
    now: now(),
  };
}

/** Mentions in what one person sees notify nobody else. Null where no list says who it is. */
function mentionsOf(role: Role, { operators, admins }: Pick<DeskOptions, 'operators' | 'admins'>) {
  const ids = role === 'admin' ? admins : role === 'operator' ? operators : [];
  return ids.length === 0 ? null : ids.map(mention).join(' ');
}
