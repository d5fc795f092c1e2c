import { type Logger, pino } from 'pino';
import type { Secret } from '../config/secret.ts';
import { openLogFile } from './log-file.ts';
import { readableLine } from './readable-line.ts';
import { createSecretFilter } from './secret-filter.ts';

/** Kept in memory for the diagnostics of an emergency stop. */
const keptLines = 200;

const secretFields = ['authorization', 'cookie', 'password', 'secret', 'apiKey', 'token', 'accessToken'];

export type LogLevel = 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal' | 'silent';

export type LoggerOptions = {
  level: LogLevel;
  /** JSON lines go here; null: to no file. */
  file: string | null;
  /** Readable lines go here too, where asked. */
  readable?: { write(text: string): unknown } | null;
  secrets?: Iterable<Secret>;
  maxFileBytes?: number;
  keptFiles?: number;
};

export type Logging = {
  log: Logger;
  /** The last 200 lines, oldest first, without secrets. */
  lastLines(): string[];
  /** Secrets that became known later; lines written from now on have them taken out. */
  addSecrets(secrets: Iterable<Secret>): void;
  /** The text without the secrets that are known by now. */
  clean(text: string): string;
  /** Calls back when the log file cannot be written: the disk may be full. One listener; a second replaces it. */
  onFault(listener: (error: unknown) => void): void;
  close(): void;
};

/** The one logger of the process. Everything written passes the redaction, by field and by value. */
export function createLogger(options: LoggerOptions): Logging {
  const { readable = null } = options;
  const filter = createSecretFilter(options.secrets);
  const recent: string[] = [];
  let tellFault: (error: unknown) => void = () => undefined;
  const file = options.file === null ? null : openFile(options.file, options, (error) => tellFault(error));

  const write = (raw: string): void => {
    const line = filter.clean(raw);
    recent.push(line.trimEnd());
    if (recent.length > keptLines) recent.shift();
    file?.write(line);
    readable?.write(readableLine(line));
  };

  return {
    log: pino(pinoOptions(options.level), { write }),
    lastLines: () => [...recent],
    addSecrets: (secrets) => filter.add(secrets),
    clean: (text) => filter.clean(text),
    onFault: (listener) => {
      tellFault = listener;
    },
    close: () => file?.close(),
  };
}

function openFile(
  file: string,
  { readable, maxFileBytes, keptFiles }: LoggerOptions,
  onFault: (error: unknown) => void,
): ReturnType<typeof openLogFile> {
  return openLogFile({
    file,
    ...(maxFileBytes === undefined ? {} : { maxBytes: maxFileBytes }),
    ...(keptFiles === undefined ? {} : { keptFiles }),
    onFault: (error) => {
      const reason = error instanceof Error ? error.message : String(error);
      readable?.write(`warn   the log file cannot be written: ${reason}\n`);
      onFault(error);
    },
  });
}

function pinoOptions(level: LogLevel) {
  return {
    level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    redact: {
      paths: secretFields.flatMap((name) => [name, `*.${name}`, `*.*.${name}`]),
      // A fencing token is a number and no secret.
      censor: (value: unknown) => (typeof value === 'number' ? value : '[redacted]'),
    },
    serializers: { err: pino.stdSerializers.errWithCause, error: pino.stdSerializers.errWithCause },
  };
}
