import { createInterface } from 'node:readline';
import { type Readable, Writable } from 'node:stream';
import type { Asking, Choice } from './commands.ts';
import { Interrupted } from './interrupted.ts';

export type TerminalAsking = Asking & { close(): void };

export type TerminalAskingOptions = {
  input: Readable;
  /** Questions go here; answers that may be seen are echoed here. */
  output: { write(text: string): unknown; columns?: number };
  /** Ctrl-C and Ctrl-D, which no signal tells while keys are read. */
  onInterrupt: () => void;
  /** What waits for an answer is rejected with its reason. */
  signal: AbortSignal;
};

/** More would scroll away what was asked; all of them can be typed. */
const mostShown = 30;
const defaultWidth = 80;

/**
 * Asks at a terminal. What is typed shows only while an open question is on screen: not for secrets, and not what is
 * typed ahead, which may be one.
 */
export function openTerminalAsking(options: TerminalAskingOptions): TerminalAsking {
  const { output } = options;
  const { next, close } = openLines(options);

  const ask = async (question: string, isHidden = false): Promise<string> => {
    for (;;) {
      const answer = (await next(question, isHidden)).trim();
      if (answer !== '') return answer;
    }
  };

  return {
    text: (question) => ask(`${question}: `),
    hidden: (question) => ask(`${question}, what you type stays hidden: `, true),
    async enter(question) {
      await next(`${question}: `);
    },
    async confirm(question) {
      return /^y(es)?$/i.test((await next(`${question} [y/N] `)).trim());
    },
    async choose(question, choices) {
      output.write(`${question}\n${listOf(choices)}`);
      for (;;) {
        const answer = await ask(`A number from 1 to ${choices.length}, or the id: `);
        const chosen = chosenBy(answer, choices);
        if (chosen !== null) return chosen;
      }
    },
    close,
  };
}

/** Names come from outside; the sequences that steer a terminal are no part of a name. */
export function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}]/gu, '');
}

function listOf(choices: readonly Choice[]): string {
  const shown = choices
    .slice(0, mostShown)
    .map(({ label }, index) => `  ${index + 1}  ${printable(label)}\n`);
  const more = choices.length - shown.length;
  return `${shown.join('')}${more === 0 ? '' : `  … and ${more} more: type the name or the id\n`}`;
}

/** A number of the list, a name or an id; anything else long enough is taken for an id that is not in the list. */
function chosenBy(answer: string, choices: readonly Choice[]): string | null {
  const byNumber = /^\d{1,4}$/.test(answer) ? choices[Number(answer) - 1] : undefined;
  if (byNumber !== undefined) return byNumber.value;
  const bare = answer.replace(/^#/, '').toLowerCase();
  const named = choices.find(
    ({ value, label }) => value === answer || printable(label).replace(/^#/, '').toLowerCase() === bare,
  );
  if (named !== undefined) return named.value;
  return /^[A-Z0-9]{5,}$/.test(answer) ? answer : null;
}

type Waiting = { resolve: (line: string) => void; reject: (reason: unknown) => void };

function openLines({ input, output, onInterrupt, signal }: TerminalAskingOptions) {
  let isMuted = true;
  let waiting: Waiting | null = null;
  const ahead: string[] = [];
  const write = (chunk: unknown, _encoding: string, done: () => void): void => {
    if (!isMuted) output.write(String(chunk));
    done();
  };
  const screen = Object.assign(new Writable({ write }), { columns: output.columns ?? defaultWidth });
  const lines = createInterface({ input, output: screen, terminal: true, historySize: 0 });
  lines.on('line', (line) => {
    if (waiting === null) ahead.push(line);
    else waiting.resolve(line);
    // The next line may come with the same keystroke, before anybody has read this one.
    waiting = null;
    isMuted = true;
  });
  const abort = (): void => waiting?.reject(signal.reason);
  signal.addEventListener('abort', abort);
  const interrupt = (): void => {
    // Nothing else may keep the process alive until the signal comes.
    waiting?.reject(new Interrupted('SIGINT'));
    onInterrupt();
  };
  lines.on('SIGINT', interrupt);
  lines.once('close', interrupt);

  const show = (question: string, isHidden: boolean): void => {
    if (isHidden) return void output.write(question);
    // Half a line that was typed ahead would be shown, and may be half a secret.
    lines.write(null, { ctrl: true, name: 'u' });
    isMuted = false;
    lines.setPrompt(question);
    lines.prompt();
  };

  return {
    async next(question: string, isHidden = false): Promise<string> {
      signal.throwIfAborted();
      const early = ahead.shift();
      let isShown = false;
      try {
        show(question, isHidden);
        if (early !== undefined) return early;
        const { promise, ...settle } = Promise.withResolvers<string>();
        waiting = settle;
        const line = await promise;
        isShown = !isHidden;
        return line;
      } finally {
        // Where the answer was not shown, the end of its line was not either.
        if (!isShown) output.write('\n');
        waiting = null;
        isMuted = true;
      }
    },
    close(): void {
      lines.removeListener('close', interrupt);
      signal.removeEventListener('abort', abort);
      lines.close();
    },
  };
}
