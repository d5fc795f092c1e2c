/** Every chat command, defined once: parser, help and documents come from this table. */

export const verbs = [
  'start',
  'pause',
  'resume',
  'stop',
  'status',
  'list',
  'leaderboard',
  'logs',
  'decide',
  'budget',
  'help',
] as const;

export type Verb = (typeof verbs)[number];

export const commandGroups = ['Run', 'Look', 'Decide', 'Help'] as const;

export type CommandDefinition = {
  verb: Verb;
  group: (typeof commandGroups)[number];
  aliases: readonly string[];
  /** As written after the verb; `<x>` must be there, `[x]` may be left out. */
  usage: string;
  /** One line. */
  summary: string;
  /** More for `help <command>`. */
  details: string;
  example: string;
};

export const commandDefinitions: Readonly<Record<Verb, CommandDefinition>> = {
  start: {
    verb: 'start',
    group: 'Run',
    aliases: ['run', 'enter'],
    usage: '<slug> [rounds=N] [time-limit=SECONDS] [approaches=N] [priority=N]',
    summary: 'enter a competition and work on it to its end',
    details:
      "The slug is the last part of the competition's address; the whole address works too. At most so many competitions as KAGGLE_AGENT_MAX_ACTIVE run at once; others wait, the lowest priority number first (1 to 1000; 100 where none is given).",
    example: 'start titanic rounds=3',
  },
  pause: {
    verb: 'pause',
    group: 'Run',
    aliases: [],
    usage: '[slug]',
    summary: 'hold a competition where it is; nothing is lost',
    details: 'Decisions of a paused competition wait too.',
    example: 'pause titanic',
  },
  resume: {
    verb: 'resume',
    group: 'Run',
    aliases: ['continue'],
    usage: '[slug]',
    summary: 'go on with a paused competition',
    details: 'It goes on in the stage in which it was paused.',
    example: 'resume titanic',
  },
  stop: {
    verb: 'stop',
    group: 'Run',
    aliases: ['abandon', 'cancel'],
    usage: '[slug]',
    summary: 'end a competition for good; asks before it does',
    details: 'What was submitted, its code and its results are kept; running experiments are ended.',
    example: 'stop titanic',
  },
  status: {
    verb: 'status',
    group: 'Look',
    aliases: ['st', 'show'],
    usage: '[slug]',
    summary: 'where a competition is, its scores and what it does now',
    details: 'Without a slug: the one that runs, or the list of all.',
    example: 'status titanic',
  },
  list: {
    verb: 'list',
    group: 'Look',
    aliases: ['ls'],
    usage: '',
    summary: 'all competitions, one line each',
    details: 'Those that need a decision come first.',
    example: 'list',
  },
  leaderboard: {
    verb: 'leaderboard',
    group: 'Look',
    aliases: ['lb', 'rank'],
    usage: '[slug]',
    summary: 'our rank and the best entrants, as last read',
    details: 'The leaderboard is read after each submission and by the schedule.',
    example: 'leaderboard titanic',
  },
  logs: {
    verb: 'logs',
    group: 'Look',
    aliases: ['log'],
    usage: '[slug] [N]',
    summary: 'the last N steps of a competition with their outcome (20)',
    details: 'Every run of a stage is listed with its attempt, its outcome and, where it failed, why.',
    example: 'logs titanic 50',
  },
  decide: {
    verb: 'decide',
    group: 'Decide',
    aliases: ['answer'],
    usage: '[decision] [option] [note]',
    summary: 'list open decisions, or answer one by letter or number',
    details:
      'With several open decisions name one by its id or by the slug of its competition. A note is advice: it is kept with the decision and given to research of the next round. Without an answer the default is taken at the deadline.',
    example: 'decide A skip neural nets, we tried',
  },
  budget: {
    verb: 'budget',
    group: 'Decide',
    aliases: ['cost'],
    usage: '[slug]',
    summary: 'what was spent today, and the caps',
    details:
      'The caps are settings: KAGGLE_AGENT_GPU_USD_PER_DAY and its neighbours in docs/configuration.md.',
    example: 'budget',
  },
  help: {
    verb: 'help',
    group: 'Help',
    aliases: ['?', 'h', 'commands'],
    usage: '[command]',
    summary: 'this list, or one command in detail',
    details: 'Every command also works without "/kaggle" in front.',
    example: 'help start',
  },
};

/** The verb that a word means: its name or one of its aliases. */
export function findVerb(word: string): Verb | null {
  return verbs.find((verb) => verb === word || commandDefinitions[verb].aliases.includes(word)) ?? null;
}
