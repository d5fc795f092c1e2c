import { createDoor, type OpenDoor } from '../../src/bot/create-door.ts';
import type { Where } from '../../src/bot/door.ts';
import { createPlainInk } from '../../src/bot/inks/plain.ts';
import type { CommandFlows, FlowsFor } from '../../src/domain/command-results.ts';
import type { Person, Role } from '../../src/domain/person.ts';
import type { Locale } from '../../src/domain/preferences.ts';
import { now } from './overviews.ts';
import { somePreferences } from './preferences.ts';
import { silentLog } from './silent-log.ts';

export const thisInstallation = '0198c1f0';

export function doorOver(flows: CommandFlows | FlowsFor): OpenDoor {
  return createDoor({
    flowsFor: typeof flows === 'function' ? flows : () => flows,
    installation: thisInstallation,
    preferences: somePreferences,
    log: silentLog,
    now: () => now,
  });
}

/** Somebody in Slack. */
export function aPerson(
  role: Role | null = 'operator',
  { userId = 'U1', name = 'mika', locale = 'en' }: { userId?: string; name?: string; locale?: Locale } = {},
): Person {
  return { actor: { type: 'slack', teamId: 'T1', userId }, name, role, locale, timeZone: 'UTC' };
}

/** A channel of Slack that is not the home channel. */
export function aPlace(overrides: Partial<Where> = {}): Where {
  return {
    platform: 'slack',
    channel: 'C1',
    threadId: null,
    canSlash: true,
    ink: createPlainInk(),
    now,
    ...overrides,
  };
}
