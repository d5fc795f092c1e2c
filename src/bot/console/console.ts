import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import type { CardContent } from '../../domain/card.ts';
import type { Chat } from '../../domain/chat.ts';
import type { CommandFlows } from '../../domain/command-results.ts';
import { commandDefinitions, verbs } from '../commands.ts';
import { presentCard } from '../presenters/card.ts';
import type { Place } from '../presenters/format.ts';
import { createSession } from './session.ts';

const historySize = 200;
const promptText = 'kaggle> ';
const quitWords = /^\/?(?:quit|exit)$/i;

export type ConsoleOptions = {
  flows: CommandFlows;
  input: Readable;
  output: Writable;
  /** A person sits there: both ends are a terminal. Without one nothing is asked and nothing is read. */
  isInteractive: boolean;
  logFile: string;
  now: () => Date;
  timeZone?: string;
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

/** The local chat: a prompt on standard input and output that talks to the same flows as every other door. */
export function createConsole(options: ConsoleOptions): ConsoleChat {
  const { output, isInteractive } = options;
  const place = (): Place => {
    const zone = options.timeZone === undefined ? {} : { timeZone: options.timeZone };
    return { now: options.now(), ...zone };
  };
  const session = createSession({ flows: options.flows, logFile: options.logFile, place });
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

  return {
    chat: createConsoleCards({ canAnswer: isInteractive, say }),
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

function openLines({ input, output }: ConsoleOptions) {
  return createInterface({
    input,
    output,
    terminal: true,
    prompt: promptText,
    historySize,
    removeHistoryDuplicates: true,
    completer: completeVerb,
  });
}

/** Tab completes the verb. */
export function completeVerb(line: string): [string[], string] {
  const [, lead = '', typed = ''] = /^(\/?kaggle\s+|\/)?(\S*)$/i.exec(line) ?? [];
  if (line !== `${lead}${typed}`) return [[], line];
  const hits = verbs.filter((verb) => verb.startsWith(typed.toLowerCase()));
  return [hits.map((verb) => `${lead}${verb}${commandDefinitions[verb].usage === '' ? '' : ' '}`), line];
}

/** A card is printed when what it says has changed; a console cannot edit what has scrolled away. */
function createConsoleCards({ canAnswer, say }: { canAnswer: boolean; say(text: string): void }): Chat {
  const shown = new Map<string, string>();
  return {
    platform: 'console',
    channel: 'local',
    canAnswer,
    async deliver({ id, content }, previousMessageId) {
      const text = presentCard(content);
      if (shown.get(id) !== text) {
        // A process that was started anew has shown nothing yet, but what was told before is old news,
        // unless it is a question that may still be open.
        const isOldNews = !shown.has(id) && previousMessageId !== null && content.kind !== 'decision';
        if (!isOldNews) say(`${text}\n`);
        remember(shown, id, text);
      }
      return previousMessageId ?? messageIdOf(id, content);
    },
  };
}

const rememberedCards = 500;

function remember(shown: Map<string, string>, id: string, text: string): void {
  shown.delete(id);
  shown.set(id, text);
  const [oldest] = shown.keys();
  if (shown.size > rememberedCards && oldest !== undefined) shown.delete(oldest);
}

function messageIdOf(id: string, { kind }: CardContent): string {
  return `${kind}-${id}`;
}
