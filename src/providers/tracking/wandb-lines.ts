import { z } from 'zod';
import type { RowValue } from './contract.ts';

/** Source: wandb core/internal/filestream: a line of at most 10 MiB less 100 KiB, a request of about 10 MiB. */
export const mostLineBytes = 10 * 1024 ** 2 - 100 * 1024;
/** Less than the service takes: a request holds names and quotes besides. */
const mostRequestBytes = 4 * 1024 ** 2;

/** One object as a line. Numbers that JSON cannot say are bare words, as the service's own writers have it. */
export function encodeRow(row: Readonly<Record<string, RowValue | readonly number[]>>): string {
  const cells = Object.entries(row).map(([name, value]) => `${JSON.stringify(name)}:${encode(value)}`);
  return `{${cells.join(',')}}`;
}

function encode(value: RowValue | readonly number[]): string {
  if (typeof value === 'number') return encodeNumber(value);
  if (Array.isArray(value)) return `[${value.map(encode).join(',')}]`;
  return JSON.stringify(value);
}

function encodeNumber(value: number): string {
  if (Number.isFinite(value)) return JSON.stringify(value);
  if (Number.isNaN(value)) return 'NaN';
  return value > 0 ? 'Infinity' : '-Infinity';
}

/** A line that is too long for the service becomes a short one: the places of those after it must stay. */
export function fitLine(line: string, shorten: (line: string) => string): string {
  return Buffer.byteLength(line) <= mostLineBytes ? line : shorten(line);
}

/** Cuts lines into runs that one request holds each; every run has at least one line. */
export function packLines(offset: number, lines: readonly string[]): { offset: number; content: string[] }[] {
  const packs: { offset: number; content: string[] }[] = [];
  let bytes = Number.POSITIVE_INFINITY;
  for (const [index, line] of lines.entries()) {
    const size = Buffer.byteLength(line);
    if (bytes + size > mostRequestBytes) {
      packs.push({ offset: offset + index, content: [] });
      bytes = 0;
    }
    packs.at(-1)?.content.push(line);
    bytes += size;
  }
  return packs;
}

const wordsOrStrings = /"(?:[^"\\]|\\.)*"|-?\bInfinity\b|\bNaN\b/g;

/** The service's JSON, which has bare NaN and Infinity. @returns undefined for what is no JSON; null for those words */
export function parseLooseJson(text: string): unknown {
  try {
    return JSON.parse(text.replace(wordsOrStrings, (found) => (found.startsWith('"') ? found : 'null')));
  } catch {
    return undefined;
  }
}

const plainRow = z.record(z.string(), z.unknown());
const plainValue = z.union([z.number(), z.string(), z.boolean(), z.null()]);

/** The plain values of an object that came from outside; anything else has none. */
export function plainValuesOf(value: unknown): Record<string, RowValue> {
  const row = plainRow.safeParse(value);
  if (!row.success) return {};
  return Object.fromEntries(
    Object.entries(row.data).flatMap(([name, cell]) => {
      const plain = plainValue.safeParse(cell);
      return plain.success ? [[name, plain.data]] : [];
    }),
  );
}
