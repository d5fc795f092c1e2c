import { styleText } from 'node:util';
import { isSet } from './is-set.ts';

/** The part of a stream that the command line uses. */
export type Screen = {
  write(text: string): unknown;
  isTTY?: boolean;
  columns?: number;
  on?(event: 'error', listener: (error: Error) => void): unknown;
};

/** Every line for people begins with one of these. */
export type LineWord = 'ok' | 'run' | 'ask' | 'note' | 'warn' | 'error' | 'off';

const defaultWidth = 80;
const widest = 100;
const wordWidth = 5;

const colours: Readonly<Record<LineWord, 'green' | 'cyan' | 'yellow' | 'red' | 'gray'>> = {
  ok: 'green',
  run: 'cyan',
  ask: 'yellow',
  note: 'gray',
  warn: 'yellow',
  error: 'red',
  off: 'gray',
};

export type Output = {
  /** The answer: standard output. */
  answer(text: string): void;
  /** Everything else, for people: standard error. */
  tell(text: string): void;
  /** One line for people that begins with its word. */
  line(word: LineWord, text: string): void;
  /** As `tell`, without a line end; only for what is drawn anew on a terminal. */
  draw(text: string): void;
  /** The word padded, in colour where colour is wanted. */
  word(word: LineWord): string;
  /** Standard error is a terminal that can move its cursor. */
  isLive: boolean;
  width: number;
  /** Aborts when nobody reads the answer any more (`| head`). */
  closed: AbortSignal;
};

export type OutputOptions = {
  stdout: Screen;
  stderr: Screen;
  environment: Readonly<Record<string, string | undefined>>;
  isQuiet?: boolean;
};

/** Colour and movement only on a terminal; `NO_COLOR` and `TERM=dumb` win over everything. */
export function createOutput({ stdout, stderr, environment, isQuiet = false }: OutputOptions): Output {
  const isDumb = environment.TERM === 'dumb';
  const isLive = stderr.isTTY === true && !isDumb && !isQuiet && !isSet(environment.CI);
  const hasColour = stderr.isTTY === true && !isDumb && !isSet(environment.NO_COLOR);
  const closing = new AbortController();
  for (const screen of [stdout, stderr]) {
    screen.on?.('error', (error) => {
      if (!('code' in error) || error.code !== 'EPIPE') throw error;
      if (screen === stdout) closing.abort();
    });
  }
  const word = (one: LineWord): string => {
    const padded = one.padEnd(wordWidth);
    return hasColour ? styleText(colours[one], padded, { validateStream: false }) : padded;
  };
  const tell = (text: string): void => {
    if (!isQuiet) stderr.write(`${text}\n`);
  };
  return {
    answer: (text) => {
      if (!closing.signal.aborted) stdout.write(`${text}\n`);
    },
    tell,
    line: (one, text) => {
      // Errors are said even when quiet was asked for.
      if (one === 'error') stderr.write(`${word(one)}  ${text}\n`);
      else tell(`${word(one)}  ${text}`);
    },
    draw: (text) => {
      if (isLive) stderr.write(text);
    },
    word,
    isLive,
    width: Math.min(widest, stderr.columns ?? defaultWidth),
    closed: closing.signal,
  };
}
