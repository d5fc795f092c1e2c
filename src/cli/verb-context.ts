import { delimiter } from 'node:path';
import type { Command } from '@commander-js/extra-typings';
import { InvalidArgumentError } from '@commander-js/extra-typings';
import type { Call, Commands, OpenCommands, SecretsDemand } from './commands.ts';
import type { ExitCode } from './exit-codes.ts';
import type { Output } from './output.ts';
import type { TerminalAsking } from './terminal-asking.ts';

/** Flags that every verb takes. */
export type GlobalFlags = {
  json?: true | undefined;
  quiet?: true | undefined;
  verbose?: true | undefined;
  input: boolean;
  data?: string | undefined;
  arena?: string[] | undefined;
};

/** What the verbs are built over. */
export type VerbContext = {
  program: Command<[], GlobalFlags>;
  open: OpenCommands;
  /** Made when the flags are known. */
  output: () => Output;
  /** A person can be asked here, as far as terminals tell. */
  isInteractive: boolean;
  /** Questions at the terminal; null where nobody can be asked. */
  openAsking: (signal: AbortSignal) => TerminalAsking | null;
  signal: AbortSignal;
  version: string;
  now: () => Date;
  /** Says how the verb ended; `done` where nothing is said. */
  exitWith: (code: ExitCode) => void;
  /** What is said instead of the usual where Ctrl-C ends the verb. */
  whenInterrupted: (words: string) => void;
};

export type Opened = {
  commands: Commands;
  call: Call;
  output: Output;
  isJson: boolean;
  /** Nobody may be asked otherwise. */
  canAsk: boolean;
};

/** Opens the agent with the flags of this call. */
export async function openFor(
  context: VerbContext,
  options: {
    isDemo?: boolean;
    mayBeIncomplete?: boolean;
    toleratesFaults?: boolean;
    /** `needed` where left out. */
    secrets?: SecretsDemand;
    /** Settings that the verb's own flags say, by the name of the environment variable. */
    flags?: Record<string, string>;
  } = {},
): Promise<Opened> {
  const flags = context.program.opts();
  const output = context.output();
  const canAsk = flags.input && context.isInteractive;
  const signal = AbortSignal.any([context.signal, output.closed]);
  const request = {
    flags: { ...settingsOf(flags), ...options.flags },
    isDemo: options.isDemo ?? false,
    isVerbose: flags.verbose === true,
    canAsk,
    mayBeIncomplete: options.mayBeIncomplete ?? false,
    toleratesFaults: options.toleratesFaults ?? false,
    secrets: options.secrets ?? 'needed',
  };
  const commands = await context.open(request, signal);
  for (const fault of commands.settingFaults()) {
    output.line('warn', `a setting is wrong and counts as not set: ${fault}`);
  }
  const onProgress = (text: string): void => output.line('run', text);
  return { commands, call: { signal, onProgress }, output, isJson: flags.json === true, canAsk };
}

function settingsOf({ data, arena, verbose }: GlobalFlags): Record<string, string> {
  return {
    ...(data === undefined ? {} : { KAGGLE_AGENT_DATA: data }),
    ...(arena === undefined ? {} : { ARENA_DIR: arena.join(delimiter) }),
    ...(verbose === true ? { LOG_LEVEL: 'debug' } : {}),
  };
}

/** One document on standard output, alone. */
export function answerJson(output: Output, document: Record<string, unknown>): void {
  output.answer(JSON.stringify({ schema: 1, ...document }));
}

/** Reads a whole number of at least `min`, and at most `max`, from the command line. */
export function wholeNumber(min: number, max = Number.MAX_SAFE_INTEGER): (text: string) => number {
  const bounds = max === Number.MAX_SAFE_INTEGER ? `of at least ${min}` : `from ${min} to ${max}`;
  return (text) => {
    const value = Number(text);
    if (/^\d{1,15}$/.test(text) && value >= min && value <= max) return value;
    throw new InvalidArgumentError(`It must be a whole number ${bounds}.`);
  };
}
