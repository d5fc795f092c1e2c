import {
  closeSync,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readFileSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';
import type { z } from 'zod';
import { ConfigurationFailure, SystemFailure } from '../domain/errors.ts';

export type Journal<T> = {
  /** Entries that were there when the journal was opened, oldest first. */
  entries: readonly T[];
  /** Returns when the entry is safely on disk. @throws SystemFailure `arena.journal_failed` and nothing is kept */
  append(entry: T): void;
  close(): void;
};

/**
 * Opens an append-only file of JSON lines. A last line that was cut off by a crash was never acknowledged and is
 * removed. Writing is synchronous on purpose: between a check and its entry nothing else may happen.
 * @throws ConfigurationFailure `arena.bad_journal` when an earlier line cannot be read
 */
export function openJournal<T>(path: string, schema: z.ZodType<T>): Journal<T> {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const file = openSync(path, 'a+', 0o600);
  const { entries, sizeBytes } = readEntries(path, schema);
  ftruncateSync(file, sizeBytes);
  let expectedBytes = sizeBytes;

  const append = (entry: T): void => {
    if (fstatSync(file).size !== expectedBytes) {
      throw new SystemFailure('Another arena writes in the same folder; stop one of the two.', {
        code: 'arena.journal_shared',
      });
    }
    const line = Buffer.from(`${JSON.stringify(entry)}\n`);
    try {
      writeFully(file, line);
      fsyncSync(file);
    } catch (cause) {
      ftruncateSync(file, expectedBytes);
      throw new SystemFailure(
        'The arena could not write its journal, so nothing was changed; is the disk full?',
        {
          code: 'arena.journal_failed',
          cause,
        },
      );
    }
    expectedBytes += line.length;
  };
  return { entries, append, close: () => closeSync(file) };
}

function readEntries<T>(path: string, schema: z.ZodType<T>): { entries: T[]; sizeBytes: number } {
  const bytes = readFileSync(path);
  const sizeBytes = bytes.lastIndexOf('\n') + 1;
  const lines = bytes.subarray(0, sizeBytes).toString('utf8').split('\n').slice(0, -1);
  const entries = lines.map((line, index) => {
    try {
      return schema.parse(JSON.parse(line));
    } catch (cause) {
      throw new ConfigurationFailure(
        `The arena's journal ${path} cannot be read at line ${index + 1}; restore it from a backup or move it away.`,
        { code: 'arena.bad_journal', cause },
      );
    }
  });
  return { entries, sizeBytes };
}

function writeFully(file: number, bytes: Buffer): void {
  let written = 0;
  while (written < bytes.length) written += writeSync(file, bytes, written);
}
