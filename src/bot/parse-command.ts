import { nearestName } from '../domain/nearest-name.ts';
import type { Command } from './command.ts';
import { readDecideArguments, readLogsArguments, readStartArguments, slugOf } from './command-arguments.ts';
import { commandDefinitions, findVerb, type Verb, verbs } from './commands.ts';

export type ParsedCommand =
  | { kind: 'command'; command: Command }
  /** Nothing but blanks, or the name of the agent alone. */
  | { kind: 'empty' }
  /** A verb that is none; `nearest` is offered and not executed. */
  | { kind: 'unknown'; typed: string; nearest: Verb | null }
  /** A known verb with arguments that say nothing. */
  | { kind: 'usage'; verb: Verb; problem: string };

/**
 * Reads one line of chat: `/kaggle start titanic`, `@kaggle st`, `status https://www.kaggle.com/c/titanic`.
 * Letter case of verbs, full-width characters and smart quotes do not matter.
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
  const verb = findVerb(word);
  if (verb === null) return { kind: 'unknown', typed, nearest: nearestVerb(word) };
  const command = readArguments(verb, rest);
  return typeof command === 'string'
    ? { kind: 'usage', verb, problem: command }
    : { kind: 'command', command };
}

/** Compatibility forms become plain ones; chats turn straight quotes and dashes into typographic ones. */
function normalise(line: string): string {
  return line
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

/** @returns what is wrong, in a sentence, where the arguments say nothing */
function readArguments(verb: Verb, words: readonly string[]): Command | string {
  switch (verb) {
    case 'start':
      return readStartArguments(words);
    case 'logs':
      return readLogsArguments(words);
    case 'decide':
      return readDecideArguments(words);
    case 'list':
      return { verb };
    case 'help': {
      const topic = words[0];
      if (topic === undefined) return { verb, topic: null };
      return { verb, topic: findVerb(topic.toLowerCase()) };
    }
    default:
      return readSlugAlone(verb, words);
  }
}

function readSlugAlone(
  verb: 'pause' | 'resume' | 'stop' | 'status' | 'leaderboard' | 'budget',
  words: readonly string[],
): Command | string {
  const [typed] = words;
  if (typed === undefined) return { verb, slug: null };
  const slug = slugOf(typed);
  return slug === null ? `"${typed}" is no competition's slug` : { verb, slug };
}
