import { discoverFilters } from '../domain/discovery-results.ts';
import { factorNames } from '../domain/feasibility.ts';
import { lessonDefinitions } from './lesson-commands.ts';
import { searchDefinitions } from './search-commands.ts';
import { trainingDefinitions } from './training-commands.ts';

/** Every chat command, defined once: parser, help, documents and the platforms' own command lists come from here. */

export const verbs = [
  'start',
  'pause',
  'resume',
  'stop',
  'status',
  'list',
  'discover',
  'why',
  'leaderboard',
  'research',
  'tree',
  'node',
  'compare',
  'params',
  'lessons',
  'logs',
  'decide',
  'budget',
  'config',
  'help',
] as const;

export type Verb = (typeof verbs)[number];

/** Their names in a person's language are in the catalogues: `answers:group.run`. */
export const commandGroups = ['run', 'look', 'decide', 'set_up'] as const;

export const listFilters = ['running', 'done', 'all', 'available'] as const;
export type ListFilter = (typeof listFilters)[number];

/** How far back the picture of the scores goes. */
export const periods = ['day', 'week', 'all'] as const;
export type Period = (typeof periods)[number];

/** Words for the caps that people can change, and what the ledger calls them. */
export const budgetScopes = {
  'gpu-day': 'gpu_day',
  'gpu-hour': 'fleet_hour',
  'llm-day': 'llm_day',
  'llm-competition': 'llm_competition',
} as const;

/** What can be set by `config set`, as it is typed. */
export const configNames = ['language', 'time-zone', 'digest', 'quiet-hours', 'bars', 'broadcast'] as const;
export type ConfigName = (typeof configNames)[number];

/** What can be written behind a verb; platforms with typed options offer each one by its name. */
export type CommandParameter = { name: string; isNeeded: boolean } & (
  | { kind: 'competition' | 'text' | 'flag' }
  | { kind: 'whole' | 'money'; min: number; max: number }
  | { kind: 'choice'; choices: readonly string[] }
);

export type CommandDefinition = {
  verb: Verb;
  group: (typeof commandGroups)[number];
  aliases: readonly string[];
  /** As written after the verb; `<x>` must be there, `[x]` may be left out. */
  usage: string;
  /** In the order in which they are typed. Their words are in the catalogues: `answers:parameter.<name>`. */
  parameters: readonly CommandParameter[];
  /** Only who asked sees the answer, unless `public` is the last word. False: everybody sees it. */
  isPrivate: boolean;
  example: string;
};

/** The database's bound: 1 is served first. */
export const highestPriority = 1_000;
export const mostRounds = 1_000;
export const mostApproaches = 50;
export const mostBudgetUsd = 100_000;
export const longestTimeLimitSeconds = 365 * 86_400;
export const mostLogLines = 500;
const mostPages = 1_000;

const competition: CommandParameter = { name: 'competition', kind: 'competition', isNeeded: false };
const allGpus: CommandParameter = { name: 'all-gpus', kind: 'flag', isNeeded: false };
const inPublic: CommandParameter = { name: 'public', kind: 'flag', isNeeded: false };

function whole(name: string, max: number): CommandParameter {
  return { name, kind: 'whole', isNeeded: false, min: 1, max };
}

export const commandDefinitions: Readonly<Record<Verb, CommandDefinition>> = {
  start: {
    verb: 'start',
    group: 'run',
    aliases: ['run', 'enter'],
    usage: '<slug> [budget=USD] [rounds=N] [priority=N] [approaches=N] [time-limit=SECONDS]',
    parameters: [
      competition,
      { name: 'budget', kind: 'money', isNeeded: false, min: 0, max: mostBudgetUsd },
      whole('rounds', mostRounds),
      whole('priority', highestPriority),
      whole('approaches', mostApproaches),
      whole('time-limit', longestTimeLimitSeconds),
    ],
    isPrivate: false,
    example: 'start titanic rounds=3',
  },
  pause: {
    verb: 'pause',
    group: 'run',
    aliases: ['hold'],
    usage: '[slug]',
    parameters: [competition],
    isPrivate: false,
    example: 'pause titanic',
  },
  resume: {
    verb: 'resume',
    group: 'run',
    aliases: ['continue'],
    usage: '[slug] | --all-gpus',
    parameters: [competition, allGpus],
    isPrivate: false,
    example: 'resume titanic',
  },
  stop: {
    verb: 'stop',
    group: 'run',
    aliases: ['abandon', 'cancel'],
    usage: '[slug] | --all-gpus',
    parameters: [competition, allGpus],
    isPrivate: false,
    example: 'stop titanic',
  },
  status: {
    verb: 'status',
    group: 'look',
    aliases: ['st', 'show'],
    usage: '[slug] [public]',
    parameters: [competition, inPublic],
    isPrivate: true,
    example: 'status titanic',
  },
  list: {
    verb: 'list',
    group: 'look',
    aliases: ['ls'],
    usage: '[running|done|all|available] [public]',
    parameters: [{ name: 'filter', kind: 'choice', isNeeded: false, choices: listFilters }, inPublic],
    isPrivate: true,
    example: 'list done',
  },
  discover: {
    verb: 'discover',
    group: 'look',
    aliases: ['find', 'suggestions'],
    usage: '[best|new|watched|ignored|entered|all] [page] [public]',
    parameters: [
      { name: 'show', kind: 'choice', isNeeded: false, choices: discoverFilters },
      whole('page', mostPages),
      inPublic,
    ],
    isPrivate: true,
    example: 'discover new',
  },
  why: {
    verb: 'why',
    group: 'look',
    aliases: ['feasibility'],
    usage: '<slug> [factor 0..1|auto] [public]',
    parameters: [
      competition,
      { name: 'factor', kind: 'choice', isNeeded: false, choices: factorNames },
      { name: 'to', kind: 'text', isNeeded: false },
      inPublic,
    ],
    isPrivate: true,
    example: 'why titanic',
  },
  leaderboard: {
    verb: 'leaderboard',
    group: 'look',
    aliases: ['lb', 'rank'],
    usage: '[slug] [day|week|all] [public]',
    parameters: [
      competition,
      { name: 'period', kind: 'choice', isNeeded: false, choices: periods },
      inPublic,
    ],
    isPrivate: true,
    example: 'leaderboard titanic week',
  },
  research: {
    verb: 'research',
    group: 'look',
    aliases: ['findings'],
    usage: '[slug] [page] [public]',
    parameters: [competition, whole('page', mostPages), inPublic],
    isPrivate: true,
    example: 'research titanic',
  },
  ...searchDefinitions,
  ...trainingDefinitions,
  ...lessonDefinitions,
  logs: {
    verb: 'logs',
    group: 'look',
    aliases: ['log'],
    usage: '[slug|decisions] [N] [errors] [public]',
    parameters: [
      competition,
      whole('lines', mostLogLines),
      { name: 'errors', kind: 'flag', isNeeded: false },
      inPublic,
    ],
    isPrivate: true,
    example: 'logs titanic 50',
  },
  decide: {
    verb: 'decide',
    group: 'decide',
    aliases: ['answer'],
    usage: '[decision] [option] [note]',
    parameters: [
      { name: 'decision', kind: 'text', isNeeded: false },
      { name: 'option', kind: 'text', isNeeded: false },
      { name: 'note', kind: 'text', isNeeded: false },
    ],
    isPrivate: true,
    example: 'decide A skip neural nets, we tried',
  },
  budget: {
    verb: 'budget',
    group: 'decide',
    aliases: ['cost', 'gpus'],
    usage: '[slug] [public] | gpu-day|gpu-hour|llm-day|llm-competition <USD> [reason]',
    parameters: [
      competition,
      { name: 'cap', kind: 'choice', isNeeded: false, choices: Object.keys(budgetScopes) },
      { name: 'usd', kind: 'money', isNeeded: false, min: 0, max: mostBudgetUsd },
      { name: 'reason', kind: 'text', isNeeded: false },
      inPublic,
    ],
    isPrivate: true,
    example: 'budget gpu-day 5 final week',
  },
  config: {
    verb: 'config',
    group: 'set_up',
    aliases: ['settings'],
    usage: '[set <name> <value>]',
    parameters: [
      { name: 'name', kind: 'choice', isNeeded: false, choices: configNames },
      { name: 'value', kind: 'text', isNeeded: false },
    ],
    isPrivate: true,
    example: 'config set language ja',
  },
  help: {
    verb: 'help',
    group: 'set_up',
    aliases: ['?', 'h', 'commands'],
    usage: '[command]',
    parameters: [{ name: 'command', kind: 'choice', isNeeded: false, choices: verbs }],
    isPrivate: true,
    example: 'help start',
  },
};

/** The verb that a word means: its name or one of its aliases. */
export function findVerb(word: string): Verb | null {
  return verbs.find((verb) => verb === word || commandDefinitions[verb].aliases.includes(word)) ?? null;
}
