import { z } from 'zod';
import type { Actor } from '../domain/actor.ts';
import { type Preferences, preferencesSchema } from '../domain/preferences.ts';
import type { StatePort } from './port.ts';

/** What people changed, by name. */
const changesSchema = z.record(z.string(), z.unknown());

/**
 * How people want to be talked to: what somebody changed in a chat, and the rest as configured. What this machine
 * cannot follow (a time zone that it does not know) counts as not changed.
 */
export async function readPreferences(state: StatePort, defaults: Preferences): Promise<Preferences> {
  return merged(await state.call('read_preferences', {}, changesSchema), defaults);
}

/** Changes some of them for everybody, and says in the audit log who did. */
export async function changePreferences(
  state: StatePort,
  input: { changes: Partial<Preferences>; defaults: Preferences; actor: Actor },
): Promise<Preferences> {
  const changed = await state.call(
    'set_preferences',
    { p_changes: input.changes, p_actor: input.actor },
    changesSchema,
  );
  return merged(changed, input.defaults);
}

function merged(changes: Record<string, unknown>, defaults: Preferences): Preferences {
  const followed = Object.entries(changes).filter(
    ([name, value]) => preferencesSchema.partial().safeParse({ [name]: value }).success,
  );
  return preferencesSchema.parse({ ...defaults, ...Object.fromEntries(followed) });
}
