import type { Role } from './person.ts';

/** What people can ask for, by what it changes; commands and buttons are named alike. */
const roleOf = {
  // looking changes nothing
  help: 'viewer',
  status: 'viewer',
  list: 'viewer',
  discover: 'viewer',
  why: 'viewer',
  leaderboard: 'viewer',
  research: 'viewer',
  tree: 'viewer',
  node: 'viewer',
  compare: 'viewer',
  lessons: 'viewer',
  logs: 'viewer',
  budget: 'viewer',
  config: 'viewer',
  decisions: 'viewer',
  details: 'viewer',
  language: 'viewer',
  // running, and answering what is asked
  start: 'operator',
  'start-form': 'operator',
  pause: 'operator',
  resume: 'operator',
  stop: 'operator',
  'stop-now': 'operator',
  decide: 'operator',
  note: 'operator',
  snooze: 'operator',
  again: 'operator',
  'factor-set': 'operator',
  'params-set': 'operator',
  'gpus-stop': 'operator',
  // money, and how the agent talks to everybody
  'lesson-forget': 'admin',
  'gpus-allow': 'admin',
  'budget-change': 'admin',
  'budget-form': 'admin',
  'config-change': 'admin',
  'config-form': 'admin',
} as const satisfies Record<string, Role>;

export type Permission = keyof typeof roleOf;

/** What a question about money may not be answered, put off or asked again by. */
const answering: ReadonlySet<Permission> = new Set(['decide', 'note', 'snooze', 'again']);

/**
 * The role that somebody needs for a command or an action.
 * @param decisionKind of the question that is answered: one about money is an admin's
 */
export function neededRole(permission: Permission, decisionKind: string | null = null): Role {
  if (isAboutMoney(decisionKind) && answering.has(permission)) return 'admin';
  return roleOf[permission];
}

function isAboutMoney(decisionKind: string | null): boolean {
  return decisionKind === 'budget' || decisionKind === 'model_budget';
}
