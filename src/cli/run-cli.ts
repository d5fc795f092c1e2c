import { CommanderError } from '@commander-js/extra-typings';
import { asFailure } from '../domain/errors.ts';
import type { OpenCommands } from './commands.ts';
import { describeFailure } from './describe-failure.ts';
import { type ExitCode, exitCodeOf, exitCodes } from './exit-codes.ts';
import { Interrupted } from './interrupted.ts';
import { isSet } from './is-set.ts';
import { createOutput, type Output, type Screen } from './output.ts';
import { createProgram } from './program.ts';
import type { TerminalAsking } from './terminal-asking.ts';
import { answerJson } from './verb-context.ts';

export type CliOptions = {
  /** Without the program's own name. */
  args: readonly string[];
  open: OpenCommands;
  stdout: Screen;
  stderr: Screen;
  environment: Readonly<Record<string, string | undefined>>;
  /** Standard input and error are a terminal. */
  isInteractive: boolean;
  /** Asks questions at the terminal; nobody can be asked where it is left out. */
  openAsking?: (signal: AbortSignal) => TerminalAsking;
  /** Aborts with `Interrupted` as its reason. */
  signal: AbortSignal;
  version: string;
  now: () => Date;
  /** Writes what is not for people (stack, cause) to the log. @returns a reference, and where the log lies */
  report: (error: unknown) => { ref: string; logFile: string };
};

/** One call of the command line: parse, carry out, show. @returns the exit code; never throws */
export async function runCli(options: CliOptions): Promise<ExitCode> {
  const { args, stdout, stderr, environment } = options;
  const isJson = args.includes('--json');
  const output = createOutput({ stdout, stderr, environment, isQuiet: args.includes('--quiet') });
  let code: ExitCode = exitCodes.done;
  let interrupted = 'Stopped; nothing is lost.';
  const program = createProgram({
    open: options.open,
    output: () => output,
    isInteractive: options.isInteractive && !isSet(environment.CI),
    openAsking: (signal) => options.openAsking?.(signal) ?? null,
    signal: options.signal,
    version: options.version,
    now: options.now,
    exitWith: (given) => {
      code = given;
    },
    whenInterrupted: (words) => {
      interrupted = words;
    },
    writeHelp: (text) => output.answer(text.trimEnd()),
    writeUsage: (text) => output.tell(text.trimEnd()),
  });
  try {
    await program.parseAsync(args, { from: 'user' });
    return endedBySignal(options, { output, words: interrupted }) ?? code;
  } catch (error) {
    if (output.closed.aborted) return exitCodes.done;
    const ended = endedBySignal(options, { output, words: interrupted }, error);
    if (ended !== null) return ended;
    if (error instanceof CommanderError) return endParsing(error, { output, isJson });
    return fail(error, { output, isJson, report: options.report });
  }
}

/** Ctrl-C ends whatever runs; how the aborted work answers to it does not matter. */
function endedBySignal(
  { signal }: CliOptions,
  { output, words }: { output: Output; words: string },
  error?: unknown,
): ExitCode | null {
  const interrupted = [signal.reason, error].find((one) => one instanceof Interrupted);
  if (interrupted === undefined) return null;
  output.tell(words);
  return exitCodeOf(interrupted);
}

type Ending = { output: Output; isJson: boolean };

/** Help and version end the parsing too, as commander sees it. */
function endParsing(error: CommanderError, { output, isJson }: Ending): ExitCode {
  if (error.exitCode === 0) return exitCodes.done;
  if (error.code === 'commander.help') return exitCodes.wrongUsage;
  const [what = '', ...hints] = error.message.replace(/^error: /, '').split('\n');
  const next = [...hints.map((hint) => hint.replace(/^\((.*)\)$/, '$1')), 'All verbs: kaggle-agent help'];
  show(
    { output, isJson },
    { code: 'usage.invalid', class: 'usage', message: sentence(what), next, ref: null },
  );
  return exitCodes.wrongUsage;
}

function fail(error: unknown, { output, isJson, report }: Ending & Pick<CliOptions, 'report'>): ExitCode {
  const code = exitCodeOf(error);
  const failure = asFailure(error);
  const { ref, logFile } = report(error);
  const { what, next } = describeFailure(error, logFile);
  const isOurs = failure.kind === 'system';
  show(
    { output, isJson },
    { code: failure.code, class: failure.kind, message: what, next, ref: isOurs ? ref : null },
  );
  return code;
}

type ErrorDocument = {
  code: string;
  class: string;
  message: string;
  next: readonly string[];
  ref: string | null;
};

/** The JSON document on standard output, or sentences on standard error. Never both, never a stack. */
function show({ output, isJson }: Ending, error: ErrorDocument): void {
  if (isJson) {
    answerJson(output, { error });
    return;
  }
  const [first = '', ...more] = error.message.split('\n');
  const lines = [...more, ...error.next, ...(error.ref === null ? [] : [`ref ${error.ref}`])];
  output.line('error', [first, ...lines.map((line) => `       ${line.trimStart()}`)].join('\n'));
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}`.replace(/([^.!?])$/, '$1.');
}
