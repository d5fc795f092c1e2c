import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { ConfigurationFailure, SystemFailure } from '../../domain/errors.ts';

/** Values by key, in order of their first writing. Values are never changed in place. */
export type Table<T> = {
  get(key: string): T | undefined;
  set(key: string, value: T): void;
  delete(key: string): void;
  values(): T[];
};

export type Store = {
  /** @throws ConfigurationFailure `slack_workspace.bad_store` where what was kept does not fit the schema */
  table<T>(name: string, schema: z.ZodType<T>): Table<T>;
  /** Writes down now what is still waiting. @throws SystemFailure `slack_workspace.store_failed` */
  flush(): void;
  close(): void;
};

const lineSchema = z.object({ t: z.string(), k: z.string(), v: z.unknown().optional() });
type Line = z.output<typeof lineSchema>;

const ownerOnly = 0o600;
/** Edits of one message within this time are written once. */
const writeDelayMs = 100;
const retryDelayMs = 5000;

/**
 * Tables in memory that are kept in one file of JSON lines, later lines winning, so that a change costs one line
 * and a crash at most the last ones. The file is written anew when most of its lines are outdated.
 * @param folder null: nothing is kept
 */
export function openStore(folder: string | null): Store {
  const path = folder === null ? null : join(folder, 'workspace.ndjson');
  if (folder !== null) mkdirSync(folder, { recursive: true, mode: 0o700 });
  const kept = path === null ? new Map<string, Map<string, unknown>>() : readKept(path);
  const waiting = new Map<string, () => Line>();
  let timer: NodeJS.Timeout | null = null;
  let outdatedLines = 0;
  let isBroken = false;

  const flush = (): void => {
    if (timer !== null) clearTimeout(timer);
    timer = null;
    if (path === null || waiting.size === 0) return;
    const lines = [...waiting.values()].map((line) => `${JSON.stringify(line())}\n`);
    outdatedLines += lines.length;
    try {
      if (isBroken || isWorthRewriting(outdatedLines, kept)) {
        rewrite(path, kept);
        outdatedLines = 0;
      } else {
        appendFileSync(path, lines.join(''), { mode: ownerOnly });
      }
    } catch (cause) {
      // Half a line may stand there now, so the next attempt writes the whole file.
      isBroken = true;
      throw new SystemFailure(
        'The built-in chat workspace could not write down its messages; is the disk full?',
        { code: 'slack_workspace.store_failed', cause },
      );
    }
    isBroken = false;
    waiting.clear();
  };
  const flushLater = (delayMs: number): void => {
    timer ??= setTimeout(() => {
      try {
        flush();
      } catch {
        // Nothing is lost yet: what waits is written with the next attempt, or told when the store is closed.
        flushLater(retryDelayMs);
      }
    }, delayMs).unref();
  };
  const write = (name: string, key: string, line: () => Line): void => {
    if (path === null) return;
    waiting.set(`${name} ${key}`, line);
    flushLater(writeDelayMs);
  };

  return {
    flush,
    close: flush,
    table(name, schema) {
      const rows = parseTable(name, schema, { path, raw: kept.get(name) ?? new Map() });
      kept.set(name, rows);
      return {
        get: (key) => rows.get(key),
        values: () => [...rows.values()],
        set(key, value) {
          rows.set(key, value);
          write(name, key, () => ({ t: name, k: key, v: rows.get(key) }));
        },
        delete(key) {
          if (rows.delete(key)) write(name, key, () => ({ t: name, k: key, v: rows.get(key) }));
        },
      };
    },
  };
}

function parseTable<T>(
  name: string,
  schema: z.ZodType<T>,
  { path, raw }: { path: string | null; raw: Map<string, unknown> },
): Map<string, T> {
  const rows = new Map<string, T>();
  for (const [key, value] of raw) {
    const parsed = schema.safeParse(value);
    if (!parsed.success) throw badStore(path, `${name} ${key}`, parsed.error);
    rows.set(key, parsed.data);
  }
  return rows;
}

function readKept(path: string): Map<string, Map<string, unknown>> {
  const tables = new Map<string, Map<string, unknown>>();
  if (!existsSync(path)) return tables;
  const bytes = readFileSync(path);
  // A last line without its end was cut off by a crash.
  const sizeBytes = bytes.lastIndexOf('\n') + 1;
  if (sizeBytes < bytes.length) truncateSync(path, sizeBytes);
  const lines = bytes.subarray(0, sizeBytes).toString('utf8').split('\n').slice(0, -1);
  for (const [index, text] of lines.entries()) {
    const { t, k, v } = parseLine(path, text, `line ${index + 1}`);
    const table = tables.get(t) ?? new Map<string, unknown>();
    if (v === undefined) table.delete(k);
    else table.set(k, v);
    tables.set(t, table);
  }
  if (isWorthRewriting(lines.length, tables)) rewrite(path, tables);
  return tables;
}

function isWorthRewriting(lines: number, tables: Map<string, Map<string, unknown>>): boolean {
  const live = [...tables.values()].reduce((sum, table) => sum + table.size, 0);
  return lines > 2 * live + 1000;
}

function parseLine(path: string, text: string, where: string): Line {
  try {
    return lineSchema.parse(JSON.parse(text));
  } catch (cause) {
    throw badStore(path, where, cause);
  }
}

function rewrite(path: string, tables: Map<string, Map<string, unknown>>): void {
  const lines: string[] = [];
  for (const [t, table] of tables) {
    for (const [k, v] of table) lines.push(`${JSON.stringify({ t, k, v })}\n`);
  }
  const temporary = `${path}.new`;
  writeFileSync(temporary, lines.join(''), { mode: ownerOnly });
  renameSync(temporary, path);
}

function badStore(path: string | null, where: string, cause: unknown): ConfigurationFailure {
  return new ConfigurationFailure(
    `The built-in chat workspace cannot read what it kept in ${path ?? 'memory'} (${where}); move that file away to begin with an empty one.`,
    { code: 'slack_workspace.bad_store', cause },
  );
}
