import { createReadStream, createWriteStream } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { parse } from 'csv-parse';
import { parse as parseNow } from 'csv-parse/sync';
import { stringify } from 'csv-stringify';
import { z } from 'zod';
import { parseNumber } from '../../domain/cells.ts';
import { BusinessFailure } from '../../domain/errors.ts';
import type { LocalFile } from '../../providers/kaggle/contract.ts';

const headBytes = 1024 * 1024;
const delimiters = [',', '\t', ';', '|'] as const;
const byteOrderMark = '\uFEFF';
const lineSchema = z.array(z.array(z.string()));

/**
 * The sample submission as everybody after reads it: commas, a header, no byte order mark. What is written otherwise
 * is written anew beside it; a sample that does not say how the columns are called is refused, because a submission
 * could only guess it.
 * @throws BusinessFailure `data.sample_headerless`
 */
export async function soundSample(file: LocalFile, folder: string, signal: AbortSignal): Promise<LocalFile> {
  const head = await readHead(file.path);
  const line = firstLine(head.replace(byteOrderMark, ''));
  const delimiter = delimiterOf(line);
  const [cells = []] = lineSchema.parse(parseNow(line, { delimiter, relax_quotes: true, to_line: 1 }));
  refuseData(file, cells);
  if (delimiter === ',' && !head.startsWith(byteOrderMark)) return file;
  const path = join(folder, 'sample-as-csv');
  await pipeline(
    createReadStream(file.path),
    parse({ bom: true, delimiter, skip_empty_lines: true }),
    stringify(),
    createWriteStream(path),
    { signal },
  );
  return { name: file.name, path, sizeBytes: (await stat(path)).size };
}

async function readHead(path: string): Promise<string> {
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(headBytes), 0, headBytes, 0);
    return buffer.toString('utf8', 0, bytesRead);
  } finally {
    await file.close();
  }
}

function firstLine(head: string): string {
  return head.split(/\r?\n/, 1)[0] ?? '';
}

/** The sign that parts the most cells; a comma where none does. */
function delimiterOf(line: string): (typeof delimiters)[number] {
  const counts = delimiters.map((delimiter) => line.split(delimiter).length - 1);
  return delimiters[counts.indexOf(Math.max(...counts))] ?? ',';
}

/** Class columns may be called 0, 1 and 2, but then the id's column has a name. */
function refuseData(file: LocalFile, cells: readonly string[]): void {
  if (cells.length < 2 || cells.some((cell) => parseNumber(cell) === null)) return;
  throw new BusinessFailure(
    `${file.name} has no header, so nobody can tell how the columns of a submission are called; the agent cannot work on this competition.`,
    { code: 'data.sample_headerless', details: { firstLine: cells.slice(0, 5) } },
  );
}
