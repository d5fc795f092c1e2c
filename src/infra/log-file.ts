import { closeSync, mkdirSync, openSync, renameSync, statSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';

const defaultMaxBytes = 10 * 1024 * 1024;
const defaultKeptFiles = 3;
/** Only the user who runs the agent reads its logs. */
const privateFile = 0o600;
const privateFolder = 0o700;

export type LogFile = { write(line: string): void; close(): void };

export type LogFileOptions = {
  file: string;
  /** The file is set aside as `<file>.1` before it grows over this. */
  maxBytes?: number;
  /** Files set aside that are kept. */
  keptFiles?: number;
  /** Told once when writing fails (a full disk, say); logging must never stop the work. */
  onFault: (error: unknown) => void;
};

/**
 * An append-only log file, rotated by size. Lines are written at once and not buffered: the last lines before
 * a crash are the ones that are needed.
 */
export function openLogFile(options: LogFileOptions): LogFile {
  const { file, maxBytes = defaultMaxBytes, keptFiles = defaultKeptFiles } = options;
  let isFaulty = false;
  let open: { descriptor: number; sizeBytes: number } | null = null;

  const reopen = (): { descriptor: number; sizeBytes: number } => {
    mkdirSync(dirname(file), { recursive: true, mode: privateFolder });
    const descriptor = openSync(file, 'a', privateFile);
    return { descriptor, sizeBytes: statSync(file).size };
  };

  const rotate = (): void => {
    if (open !== null) closeSync(open.descriptor);
    open = null;
    for (let index = keptFiles; index > 0; index -= 1) {
      const from = index === 1 ? file : `${file}.${index - 1}`;
      if (isThere(from)) renameSync(from, `${file}.${index}`);
    }
  };

  const attempt = (work: () => void): void => {
    try {
      work();
      isFaulty = false;
    } catch (error) {
      if (!isFaulty) options.onFault(error);
      isFaulty = true;
    }
  };

  return {
    write: (line) =>
      attempt(() => {
        const sizeBytes = Buffer.byteLength(line);
        open ??= reopen();
        if (open.sizeBytes > 0 && open.sizeBytes + sizeBytes > maxBytes) {
          rotate();
          open = reopen();
        }
        writeSync(open.descriptor, line);
        open.sizeBytes += sizeBytes;
      }),
    close: () =>
      attempt(() => {
        if (open !== null) closeSync(open.descriptor);
        open = null;
      }),
  };
}

function isThere(file: string): boolean {
  return statSync(file, { throwIfNoEntry: false }) !== undefined;
}
