import { nearestName } from '../domain/nearest-name.ts';
import type { Command, Problem } from './command.ts';
import {
  type Read,
  readBudgetArguments,
  readConfigArguments,
  readDecideArguments,
  readLeaderboardArguments,
  readListArguments,
  readLogsArguments,
  readLookArguments,
  readSlugAlone,
} from './command-arguments.ts';
import { commandDefinitions, findVerb, type Verb, verbs } from './commands.ts';
import { readDiscoverArguments, readWhyArguments } from './explore-arguments.ts';
import { readLessonArguments } from './lesson-arguments.ts';
import { readNodeArguments, readResearchArguments, readTreeArguments } from './search-arguments.ts';
import { readStartArguments } from './start-arguments.ts';
import { readCompareArguments, readParamsArguments } from './training-arguments.ts';

export type ParsedCommand =
  | { kind: 'command'; command: Command }
  /** Nothing but blanks, or the name of the agent alone. */
  | { kind: 'empty' }
  /** A verb that is none; `nearest` is offered and not executed. */
  | { kind: 'unknown'; typed: string; nearest: Verb | null }
  /** A known verb with arguments that say nothing. */
  | { kind: 'usage'; verb: Verb; problem: Problem };

/** Longer lines are cut: a note has its 500 characters, and no command needs more than a few words beside it. */
const longestLine = 2_000;
const bareAnswer = /^[A-E1-5]$/i;

/**
 * Reads one line of chat: `/kaggle start titanic`, `@kaggle st`, `status https://www.kaggle.com/c/titanic`, and a
 * bare `A`, which answers the open decision. Letter case of verbs, full-width characters and smart quotes do not
 * matter.
 */
export function parseCommand(line: string): ParsedCommand {
  const words = normalise(line)
    .split(/\s+/)
    .filter((word) => word !== '');
  const [first = '', ...others] = words;
  const isAddressed = /^[/@]?kaggle$/i.test(first);
  const [typed, ...rest] = isAddressed ? others : words;
  if (typed === undefined) return { kind: 'empty' };
  const word = typed.toLowerCase().replace(/^\//, '');
  if (bareAnswer.test(word)) return { kind: 'command', command: readDecideArguments([typed, ...rest]) };
  const verb = findVerb(word);
  if (verb === null) return { kind: 'unknown', typed, nearest: nearestVerb(word) };
  const read = readArguments(verb, rest);
  return 'problem' in read
    ? { kind: 'usage', verb, problem: read.problem }
    : { kind: 'command', command: read };
}

/** Compatibility forms become plain ones; chats turn straight quotes and dashes into typographic ones. */
function normalise(line: string): string {
  return line
    .slice(0, longestLine)
    .normalize('NFKC')
    .replace(/[“”„«»]/g, '"')
    .replace(/[‘’‚]/g, "'")
    .replace(/(^|\s)[\u2013\u2014](?=[a-z])/g, '$1--')
    .trim();
}

function nearestVerb(word: string): Verb | null {
  const names = verbs.flatMap((verb) => [
    verb,
    ...commandDefinitions[verb].aliases.filter((a) => a.length > 2),
  ]);
  const near = nearestName(word, names);
  return near === null ? null : findVerb(near);
}

function readArguments(verb: Verb, words: readonly string[]): Read {
  switch (verb) {
    case 'start':
      return readStartArguments(words);
    case 'logs':
      return readLogsArguments(words);
    case 'decide':
      return readDecideArguments(words);
    case 'list':
      return readListArguments(words);
    case 'budget':
      return readBudgetArguments(words);
    case 'config':
      return readConfigArguments(words);
    case 'help': {
      const topic = words[0];
      if (topic === undefined) return { verb, topic: null };
      return { verb, topic: findVerb(topic.toLowerCase()) };
    }
    case 'discover':
      return readDiscoverArguments(words);
    case 'why':
      return readWhyArguments(words);
    case 'leaderboard':
      return readLeaderboardArguments(words);
    case 'status':
      return readLookArguments(verb, words);
    case 'research':
      return readResearchArguments(words);
    case 'tree':
      return readTreeArguments(words);
    case 'node':
      return readNodeArguments(words);
    case 'compare':
      return readCompareArguments(words);
    case 'params':
      return readParamsArguments(words);
    case 'lessons':
      return readLessonArguments(words);
    default:
      return readSlugAlone(verb, words);
  }
}
