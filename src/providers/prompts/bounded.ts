import { createHash } from 'node:crypto';
import { cleanText } from '../../domain/outside-text.ts';

const cutMark = '\n… (cut)';

/** At most so many characters, cut at a line's end, with a mark where something is left out. */
export function bounded(text: string, mostCharacters: number): string {
  if (text.length <= mostCharacters) return text;
  const room = Math.max(0, mostCharacters - cutMark.length);
  const kept = headOf(text, room);
  const lineEnd = kept.lastIndexOf('\n');
  return `${lineEnd > room / 2 ? kept.slice(0, lineEnd) : kept}${cutMark}`;
}

/** The first characters, never half of one: the vendor refuses a request with half a character in it. */
export function headOf(text: string, mostCharacters: number): string {
  const head = text.slice(0, mostCharacters);
  return head.isWellFormed() ? head : head.slice(0, -1).toWellFormed();
}

/** The last characters, never half of one. */
export function tailOf(text: string, mostCharacters: number): string {
  const tail = mostCharacters <= 0 ? '' : text.slice(-mostCharacters);
  return tail.isWellFormed() ? tail : tail.slice(1).toWellFormed();
}

/** As many of the entries, in their order, as there is room for; each is one piece of text. */
export function fitting(entries: readonly string[], mostCharacters: number): string[] {
  const kept: string[] = [];
  let used = 0;
  for (const entry of entries) {
    used += entry.length + 1;
    if (used > mostCharacters) break;
    kept.push(entry);
  }
  return kept;
}

const longestCell = 60;

/** A name or value from the data, as one short word of a card. */
export function cell(text: string, most = longestCell): string {
  const line = cleanText(text, most * 2).replaceAll(/\s+/g, ' ');
  return line.length <= most ? line : `${headOf(line, most - 1)}…`;
}

const longestMark = 12;

/**
 * A file as it stands in a prompt, exactly: unlike fenced text nothing in it is replaced. It ends at a mark made from its
 * own content, which therefore cannot stand in it.
 */
export function exactly(name: string, content: string): string {
  let mark = '';
  for (let salt = 0; mark === '' || content.includes(mark); salt += 1) {
    mark = createHash('sha256').update(`${salt} ${content}`).digest('hex').slice(0, longestMark);
  }
  return `[file ${name}, begins after this line and ends before ${mark}]\n${content}${content.endsWith('\n') ? '' : '\n'}[${mark}: end of ${name}]`;
}

/** A part of a prompt under a heading; empty where it has no content. */
export function section(title: string, body: string): string {
  return body.trim() === '' ? '' : `## ${title}\n${body.trim()}`;
}

/** The parts that say something, with a blank line between them. */
export function joined(...parts: readonly string[]): string {
  return parts.filter((part) => part !== '').join('\n\n');
}
