import { randomBytes } from 'node:crypto';
import { open, readFile, realpath, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { parseEnv } from 'node:util';
import { ConfigurationFailure, Failure } from '../domain/errors.ts';
import { codeOf, readQuoted } from './env-file.ts';

/** For the owner's eyes alone: the file holds credentials. */
const ownerOnly = 0o600;

const assignment = /^(\s*(?:export\s+)?)([A-Za-z_][A-Za-z0-9_]*)\s*=\s*(.*)$/s;
const needsNoQuotes = /^[\w.:/@+=,-]+$/;

/**
 * Sets names in the text of a settings file. Everything else stays as it was: other lines, comments, their order.
 * A name that is not set yet goes below its commented-out example, or to the end.
 * @throws ConfigurationFailure `config.unwritable_value`, `config.env_unclear`
 */
export function editEnvText(text: string, values: Readonly<Record<string, string>>): string {
  const edited = Object.entries(values).reduce((before, [name, value]) => setOne(before, name, value), text);
  const expected = { ...readBack(text), ...values };
  const names = Object.keys(expected);
  const found = readBack(edited);
  if (names.every((name) => found[name] === expected[name])) return edited;
  throw new ConfigurationFailure(
    'A line of the settings file swallows the next one, so nothing was written: look for NAME= with nothing but blanks behind it, or a quote that is never closed.',
    { code: 'config.env_unclear' },
  );
}

function readBack(text: string): Record<string, string | undefined> {
  return parseEnv(text.replace(/^\uFEFF/, '').replaceAll('\r\n', '\n'));
}

type Place = { first: number; last: number; lead: string; comment: string };

function setOne(text: string, name: string, value: string): string {
  const lines = text.split('\n');
  const lineEnd = text.includes('\r\n') ? '\r' : '';
  const written = `${name}=${quoted(name, value)}`;
  // Where a name is set twice the last one counts.
  const place = placesOf(lines, name).at(-1);
  if (place !== undefined) {
    const end = (lines[place.last] ?? '').endsWith('\r') ? '\r' : '';
    const comment = place.comment === '' ? '' : ` ${place.comment}`;
    lines.splice(place.first, place.last - place.first + 1, `${place.lead}${written}${comment}${end}`);
    return lines.join('\n');
  }
  const example = exampleOf(lines, name);
  if (example !== null) {
    lines.splice(example + 1, 0, `${written}${lineEnd}`);
    return lines.join('\n');
  }
  const isClosed = text === '' || text.endsWith('\n');
  return `${text}${isClosed ? '' : `${lineEnd}\n`}${written}${lineEnd}\n`;
}

/** Every line at which this name is set; lines inside of a quoted value are none. */
function placesOf(lines: readonly string[], name: string): Place[] {
  return assignmentsIn(lines).flatMap(({ name: found, ...place }) => (found === name ? [place] : []));
}

function assignmentsIn(lines: readonly string[]): (Place & { name: string })[] {
  const bare = lines.map((line) => line.replace(/\r$/, ''));
  const found: (Place & { name: string })[] = [];
  for (let index = 0; index < bare.length; index += 1) {
    const [, lead, name, rest] = assignment.exec(bare[index] ?? '') ?? [];
    if (lead === undefined || name === undefined || rest === undefined) continue;
    const { lastLine, closedAt } = readQuoted(bare, index, rest);
    const behind = closedAt === null ? rest : (bare[lastLine] ?? '').slice(closedAt);
    found.push({ first: index, last: lastLine, lead, name, comment: commentIn(behind) });
    index = lastLine;
  }
  return found;
}

function commentIn(text: string): string {
  const start = text.indexOf('#');
  return start === -1 ? '' : text.slice(start);
}

/** The line of `#NAME=…`, as the shipped example file has it; null where there is none. */
function exampleOf(lines: readonly string[], name: string): number | null {
  const inside = new Set<number>();
  for (const { first, last } of assignmentsIn(lines)) {
    for (let line = first; line <= last; line += 1) inside.add(line);
  }
  const isExample = new RegExp(`^\\s*#\\s*(?:export\\s+)?${name}\\s*=`);
  const index = lines.findIndex((line, at) => !inside.has(at) && isExample.test(line));
  return index === -1 || index === lines.length - 1 ? null : index;
}

/** As Node's own reader takes it back. It knows no escapes, but for \n between double quotes. */
function quoted(name: string, value: string): string {
  if (needsNoQuotes.test(value)) return value;
  const quote = ["'", '`', '"'].find((one) => !value.includes(one) && !(one === '"' && value.includes('\\')));
  if (quote !== undefined && !/[\p{Cc}\p{Zl}\p{Zp}]/u.test(value)) return `${quote}${value}${quote}`;
  throw new ConfigurationFailure(
    `${name} holds characters that a settings file cannot carry; was more copied than the value itself?`,
    { code: 'config.unwritable_value' },
  );
}

/**
 * Sets names in a settings file, for its owner alone to read (mode 600). Whoever reads it meanwhile sees the old
 * file or the new one, never a half. A link is followed.
 * @throws ConfigurationFailure `config.env_not_writable`, `config.unwritable_value`, `config.env_unclear`
 */
export async function writeEnvFile(file: string, values: Readonly<Record<string, string>>): Promise<void> {
  try {
    const target = await realpath(file).catch(() => file);
    const before = await readFile(target, 'utf8').catch((error: unknown) => {
      if (codeOf(error) === 'ENOENT') return '';
      throw error;
    });
    await replaceWhole(target, editEnvText(before, values));
  } catch (cause) {
    if (cause instanceof Failure) throw cause;
    throw new ConfigurationFailure(
      `${file} cannot be written (${codeOf(cause)}); mend its owner or its folder's, then try again.`,
      { code: 'config.env_not_writable', cause },
    );
  }
}

async function replaceWhole(file: string, text: string): Promise<void> {
  // In the same folder: only there it can take the other's place in one step.
  const fresh = join(dirname(file), `.env.${randomBytes(6).toString('hex')}.new`);
  try {
    const handle = await open(fresh, 'wx', ownerOnly);
    try {
      await handle.writeFile(text);
      await handle.chmod(ownerOnly);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(fresh, file);
  } catch (error) {
    await rm(fresh, { force: true });
    throw error;
  }
}
