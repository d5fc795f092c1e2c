import type { Config } from '../config/load.ts';
import { type ProcessRole, processRoles } from '../domain/roles.ts';

/** What this process does. */
export type Roles = {
  plays(role: ProcessRole): boolean;
  /** As it stands in the list of processes: `all`, or `bot+worker`. */
  name: string;
};

export function rolesOf({ general }: Pick<Config, 'general'>): Roles {
  const chosen = new Set<ProcessRole>(general.roles ?? processRoles);
  return {
    plays: (role) => chosen.has(role),
    name: general.roles === null ? 'all' : processRoles.filter((role) => chosen.has(role)).join('+'),
  };
}
