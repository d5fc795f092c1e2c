import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import type { Chat } from '../../domain/chat.ts';
import type { Person } from '../../domain/person.ts';
import { commandDefinitions, verbs } from '../commands.ts';
import type { Door } from '../door.ts';
import { createConsoleChat } from './console-chat.ts';
import { createSession } from './session.ts';

const historySize = 200;
const promptText = 'kaggle> ';
const quitWords = /^\/?(?:quit|exit)$/i;

export type ConsoleOptions = {
  door: Door;
  /** Who sits there. */
  person: Person;
  /** The first 8 characters of the installation's id. */
  installation: string;
  input: Readable;
  output: Writable;
  /** A person sits there: both ends are a terminal. Without one nothing is asked and nothing is read. */
  isInteractive: boolean;
  now: () => Date;
  /** `quit` or Ctrl-D: the person wants the agent to end. */
  onQuit: () => void;
  /** Ctrl-C, which no signal tells while the prompt reads the keys. May be called again. */
  onInterrupt: () => void;
};

export type ConsoleChat = {
  /** The console as a place for cards. */
  chat: Chat;
  /** Shows the prompt and begins to read. Without a terminal it does nothing. */
  start(): void;
  /** Writes a line above the prompt. */
  say(text: string): void;
  /** Stops reading and waits for the answer that is being made. */
  close(): Promise<void>;
};

/** The local chat: a prompt on standard input and output behind the same door as every other platform. */
export function createConsole(options: ConsoleOptions): ConsoleChat {
  const { output, isInteractive, door, person, now, installation } = options;
  const session = createSession({ door, person, now });
  let lines: ReturnType<typeof openLines> | null = null;
  let answering: Promise<void> = Promise.resolve();

  const say = (text: string): void => {
    // \r and "erase to the end of the line" take the prompt away; it comes back below the text.
    output.write(lines === null ? `${text}\n` : `\r\u001b[K${text}\n`);
    lines?.prompt(true);
  };

  const answer = async (line: string): Promise<void> => {
    if (quitWords.test(line.trim())) return options.onQuit();
    const text = await session.handle(line);
    if (text === '') lines?.prompt();
    else say(`${text}\n`);
  };

  const zone = person.timeZone === null ? {} : { timeZone: person.timeZone };
  return {
    chat: createConsoleChat({ canAnswer: isInteractive, installation, now, say, ...zone }),
    say,
    start() {
      if (!isInteractive || lines !== null) return;
      lines = openLines(options);
      // One after the other, so that answers come in the order of the questions.
      lines.on('line', (line) => {
        answering = answering.then(() => answer(line));
      });
      lines.on('SIGINT', options.onInterrupt);
      lines.once('close', options.onQuit);
      lines.prompt();
    },
    async close() {
      lines?.removeListener('close', options.onQuit);
      lines?.close();
      // What comes now does not belong to the prompt's line.
      if (lines !== null) output.write('\n');
      lines = null;
      await answering;
    },
  };
}

function openLines({ input, output, door, person }: ConsoleOptions) {
  return createInterface({
    input,
    output,
    terminal: true,
    prompt: promptText,
    historySize,
    removeHistoryDuplicates: true,
    completer: (line: string, done: (error: null, result: [string[], string]) => void) => {
      complete(line, { door, person }).then(
        (result) => done(null, result),
        () => done(null, [[], line]),
      );
    },
  });
}

/** Tab completes the verb, and behind it the competition. */
export async function complete(
  line: string,
  { door, person }: Pick<ConsoleOptions, 'door' | 'person'>,
): Promise<[string[], string]> {
  const [, lead = '', typed = ''] = /^(\/?kaggle\s+|\/)?(\S*)$/i.exec(line) ?? [];
  if (line === `${lead}${typed}`) {
    const hits = verbs.filter((verb) => verb.startsWith(typed.toLowerCase()));
    return [hits.map((verb) => `${lead}${verb}${commandDefinitions[verb].usage === '' ? '' : ' '}`), line];
  }
  const [, before, word = ''] = /^(.*\s)(\S*)$/.exec(line) ?? [];
  if (before === undefined) return [[], line];
  const suggestions = await door.suggest({ typed: word, person });
  const slugs = suggestions.map(({ value }) => value).filter((slug) => slug.startsWith(word));
  return [slugs.map((slug) => `${before}${slug} `), line];
}
