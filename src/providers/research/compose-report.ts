import { cleanLine, cleanText, cleanUrl, soundsLikeOrder } from '../../domain/outside-text.ts';
import type { Citation } from './contract.ts';

/** A source as a service names it. */
export type RawSource = { title?: string | undefined; url?: string | undefined; quote?: string | undefined };

/** A part of a report, in bytes of UTF-8, end exclusive, and the sources that it rests on. */
export type Attribution = { startByte: number; endByte: number; sources: readonly RawSource[] };

const mostCitations = 200;
const mostQuotes = 8;
const longestQuote = 400;
const longestTitle = 200;
/** About a thousand pages; longer ones are cut. */
const longestReport = 400_000;

/**
 * A report with marks such as `[s3]` where it rests on a source, and its sources. Addresses that nobody should be shown
 * are left out, and a source without any that has no title either is none.
 */
export function composeReport(
  text: string,
  attributions: readonly Attribution[],
  others: readonly RawSource[] = [],
): { text: string; citations: Citation[] } {
  const book = createBook();
  // What only looks like one of our marks is none; as many bytes as before, so that every place stays.
  const bytes = Buffer.from(text.replaceAll(/\[(s\d{1,4})\]/g, '($1)'), 'utf8');
  const marks: { atByte: number; ids: string[] }[] = [];
  for (const { startByte, endByte, sources } of attributions) {
    const isWithin = startByte >= 0 && endByte > startByte && endByte <= bytes.length;
    const quote = isWithin ? bytes.subarray(startByte, endByte).toString('utf8') : '';
    const ids = sources.flatMap((source) => book.add(source, quote) ?? []);
    if (isWithin && ids.length > 0) marks.push({ atByte: endByte, ids: [...new Set(ids)] });
  }
  for (const source of others) book.add(source, '');
  return { text: cleanText(withMarks(bytes, marks), longestReport), citations: book.citations() };
}

function createBook() {
  const byKey = new Map<string, Citation>();
  return {
    /** @returns its id; null for what is no source */
    add(source: RawSource, quote: string): string | null {
      const url = cleanUrl(source.url ?? '');
      const title = titleOf(source.title ?? '', url);
      if (title === '') return null;
      const key = url ?? title.toLowerCase();
      const known = byKey.get(key);
      if (known === undefined && byKey.size >= mostCitations) return null;
      const citation = known ?? {
        id: `s${byKey.size + 1}`,
        title,
        ...(url === null ? {} : { url }),
        quotes: [],
      };
      for (const said of [quote, source.quote ?? '']) addQuote(citation, said);
      byKey.set(key, citation);
      return citation.id;
    },
    citations: () => [...byKey.values()],
  };
}

function titleOf(title: string, url: string | null): string {
  const cleaned = cleanLine(title, longestTitle);
  // people and later prompts are shown it
  if (cleaned !== '' && !soundsLikeOrder(cleaned)) return cleaned;
  return url === null ? '' : new URL(url).hostname;
}

function addQuote({ quotes }: Citation, quote: string): void {
  const said = cleanLine(quote, longestQuote);
  if (said !== '' && quotes.length < mostQuotes && !quotes.includes(said)) quotes.push(said);
}

/** The marks from the last to the first, so that no place moves. */
function withMarks(bytes: Buffer, marks: readonly { atByte: number; ids: string[] }[]): string {
  const pieces: string[] = [];
  let end = bytes.length;
  for (const { atByte, ids } of marks.toSorted((a, b) => b.atByte - a.atByte)) {
    const at = startOfCharacter(bytes, atByte);
    pieces.push(bytes.subarray(at, end).toString('utf8'), ids.map((id) => `[${id}]`).join(''));
    end = at;
  }
  pieces.push(bytes.subarray(0, end).toString('utf8'));
  return pieces.toReversed().join('');
}

/** A place within a character is moved before it. */
function startOfCharacter(bytes: Buffer, at: number): number {
  let start = at;
  while (start > 0 && start < bytes.length && ((bytes[start] ?? 0) & 0xc0) === 0x80) start -= 1;
  return start;
}
