import type { Actor } from './actor.ts';
import type { Locale } from './preferences.ts';

/** What people may do, each including what comes before it: look, run and decide, change money and settings. */
export const roles = ['viewer', 'operator', 'admin'] as const;
export type Role = (typeof roles)[number];

/** Who stands at the door, as the platform knows them at this moment. */
export type Person = {
  actor: Actor;
  /** As others call them; for display. */
  name: string;
  /** Null: somebody from outside (a guest, another workspace), who may not even look. */
  role: Role | null;
  /** Null where the platform does not tell it. */
  locale: Locale | null;
  timeZone: string | null;
};

/** True where somebody in `role` may do what asks for `needed`. */
export function hasRole(role: Role | null, needed: Role): boolean {
  return role !== null && roles.indexOf(role) >= roles.indexOf(needed);
}
