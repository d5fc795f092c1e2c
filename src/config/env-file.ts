import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { parseEnv } from 'node:util';

export type EnvFile = {
  values: Readonly<Record<string, string>>;
  /** Sentences that name the file and the line. No values: they may be secrets. */
  faults: readonly string[];
};

const assignment = /^\s*(?:export\s+)?[A-Za-z_][A-Za-z0-9_]*\s*=\s*(.*)$/;
const nothing = /^\s*(#.*)?$/;

/** Reads a settings file. One that does not exist is an empty one. */
export function readEnvFile(file: string): EnvFile {
  let content: string;
  try {
    content = readFileSync(file, 'utf8');
  } catch (error) {
    const code = codeOf(error);
    if (code === 'ENOENT') return { values: {}, faults: [] };
    return { values: {}, faults: [`${file} cannot be read (${code}): ${mendingOf(code, file)}`] };
  }
  const text = content.replace(/^\uFEFF/, '').replaceAll('\r\n', '\n');
  const faults = faultsOf(text).map((fault) => `${basename(file)} line ${fault.line}: ${fault.message}`);
  const values = Object.entries(parseEnv(text)).filter(
    (entry): entry is [string, string] => entry[1] !== undefined,
  );
  return { values: Object.fromEntries(values), faults };
}

type LineFault = { line: number; message: string };

/** Node's own parser skips what it does not understand, so a mistyped line would be lost without a word. */
function faultsOf(text: string): LineFault[] {
  const faults: LineFault[] = [];
  const lines = text.split('\n');
  for (let index = 0; index < lines.length; index += 1) {
    const current = lines[index] ?? '';
    if (nothing.test(current)) continue;
    const value = assignment.exec(current)?.[1];
    if (current.includes('\0')) {
      faults.push({ line: index + 1, message: 'has a NUL character; is this a text file?' });
    } else if (value === undefined) {
      faults.push({ line: index + 1, message: 'is neither NAME=value nor a comment that begins with #' });
    } else {
      const quoted = readQuoted(lines, index, value);
      if (quoted.message !== null) faults.push({ line: index + 1, message: quoted.message });
      index = quoted.lastLine;
    }
  }
  return faults;
}

type QuotedValue = {
  lastLine: number;
  /** Where the last line goes on behind the closing quote; null where none closes it. */
  closedAt: number | null;
  message: string | null;
};

/** Where a value ends that begins on line `index`: a quoted one may go on over further lines. */
export function readQuoted(lines: readonly string[], index: number, value: string): QuotedValue {
  const quote = value.charAt(0);
  if (!['"', "'", '`'].includes(quote)) return { lastLine: index, closedAt: null, message: null };
  let rest = value.slice(1);
  for (let line = index; line < lines.length; line += 1) {
    if (line > index) rest = lines[line] ?? '';
    const end = rest.indexOf(quote);
    if (end === -1) continue;
    const behind = rest.slice(end + 1);
    const message = nothing.test(behind) ? null : 'has text after the closing quote';
    return { lastLine: line, closedAt: (lines[line] ?? '').length - behind.length, message };
  }
  return { lastLine: index, closedAt: null, message: `has a ${quote} that is never closed` };
}

export function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'unknown reason';
}

function mendingOf(code: string, file: string): string {
  if (code === 'EISDIR') return 'it is a folder; a settings file has to be a file.';
  if (code === 'EACCES')
    return `make it readable for the user who starts the agent, for example: chmod u+r ${file}`;
  return 'check the file, or remove it.';
}
